// Owns: one tile of the product of packed panels with int8 columns, for every type: dot products and sums.
// Does not own: unpacking (body_quant_weights.h), the tile of many columns (body_quant_many.h), the walk over
// tiles (body_quant.h).
//
// For each block of 32 the weights are unpacked once into registers and used by every column of the tile.
// One to three columns' sums stay in registers from the first block to the last, and memory is what bounds them.
// More columns' sums stay in the first-level cache: one load and one store to a block's eight products, and the
// registers hold two panels' weights, so that an activation taken from memory serves both (where a register
// has room for 16 rows). Each sum takes its blocks in order, so tiles of every shape agree.

#include "fetch.h"

#include "body_quant_weights.h"

// MARK: Activations made ready for a tile

/// What `arrange_q8` writes for a block of C columns: where each part begins, and all its bytes, both
/// times C. codes [C, 32], scales [C], then, where the type needs them, starts [1 or 2, C] (int32) and
/// sums [1 or 2, C] (float).
typedef struct {
  int32_t starts, sums, end;
} ready_layout;

enum { READY_SCALES = CK_BLOCK };

CK_INLINE ready_layout ready_layout_of(quant_traits traits) {
  const int32_t parts = traits.halves ? 8 : 4;
  ready_layout layout;
  layout.starts = READY_SCALES + 4;
  layout.sums = layout.starts + (traits.offset != 0 ? parts : 0);
  layout.end = layout.sums + (traits.minima ? parts : 0);
  return layout;
}

CK_INLINE float ready_float(const uint8_t *p) {
  float value;
  memcpy(&value, p, sizeof value);
  return value;
}

CK_INLINE int32_t ready_int(const uint8_t *p) { return (int32_t)ck_load_u32(p); }

// MARK: Tiles

enum {
  // From so many columns on sums are in memory.
  MANY_COLUMNS = 4,
  // The second planes of so many columns are in one list; a shift makes room for their places.
  PART_COLUMNS = CK_COLUMN_PART,
  PART_SHIFT = 4,
  MOST_PARTS = CK_TILE_COLUMNS / PART_COLUMNS,
};
_Static_assert(1 << PART_SHIFT == PART_COLUMNS, "a column's place fits the shift");

/// A tile's sums and where they go. Columns of a matrix are often a power of two apart, so that their places fall in
/// a few sets of the first-level cache: written all at once, each waits for the second. (Zen 5, 2026: 5 to 10 %.)
typedef struct {
  const float *sums;  // [columns, LANES_PANELS, 16]
  float *out;
  int64_t out_stride, columns, rows;
  int32_t accumulate;
} tile_results;

/// What one tile needs to know.
typedef struct {
  const uint8_t *panel;
  int64_t panel_bytes;
  int64_t second;  // from this panel to the other that is multiplied with it, in bytes; 0: to itself
  int64_t blocks;
  const uint8_t *ready;
  int64_t columns;
  float *sums;  // [columns, LANES_PANELS, 16], written
  const tile_results *before;  // what four columns and more write meanwhile
  // The second planes of the first PART_COLUMNS columns; null: none of the tile's. The others' follow.
  const int32_t *fine_blocks;  // blocks + 1 a column
  const uint8_t *fine_ready;   // blocks * bytes a column
} tile_call;

/// A list of second planes that names none.
static const int32_t no_fine_blocks[1] = {INT32_MAX};

/// One block's products of LANES rows with `count` vectors of activations.
CK_INLINE lanes_f tile_dot(quant_traits traits, const lanes_b *weights, int count,
                           const uint8_t *codes, int32_t start) {
  const int8_t *activations = (const int8_t *)codes;
  const lanes_i first = lanes_set1_i(start);
  if (traits.is_signed) {
    return lanes_f_of_i(lanes_dot_signed(weights, count, activations, first));
  }
  return lanes_f_of_i(lanes_dot(weights, count, traits.largest, activations, first));
}

/// As `tile_dot`, for several panels, each activation taken from memory once.
CK_INLINE void tile_dots(quant_traits traits, int panels, lanes_b weights[][8], int first, int count,
                         const uint8_t *codes, int32_t start, lanes_f *dots) {
  if (panels == 1) {
    dots[0] = tile_dot(traits, weights[0] + first, count, codes, start);
    return;
  }
#if LANES_PANELS > 1
  // No product waits for more than one before it: the processor always finds another to begin (Zen 5, 2026:
  // 8 % faster than chains of eight).
  const int chains = count / 2;
  lanes_i sums[4][LANES_PANELS];
  CK_UNROLL
  for (int i = 0; i < count; i++) {
    const int g = i % chains * 2 + i / chains;
    const lanes_b four = lanes_set1_i(ready_int(codes + 4 * g));
    CK_UNROLL
    for (int p = 0; p < panels; p++) {
      lanes_i *sum = &sums[i % chains][p];
      if (i < chains) *sum = lanes_set1_i(i == 0 ? start : 0);
      *sum = lanes_product(weights[p][first + g], four, *sum);
    }
  }
  CK_UNROLL
  for (int p = 0; p < panels; p++) {
    lanes_i sum = sums[0][p];
    CK_UNROLL
    for (int i = 1; i < chains; i++) sum = lanes_add_i(sum, sums[i][p]);
    dots[p] = lanes_f_of_i(sum);
  }
#endif
}

/// acc[p] += one block of LANES rows of panel p times column `c` of `columns`.
CK_INLINE void tile_step(int32_t type, int panels, lanes_b weights[][8], const block_scales *scales,
                         const uint8_t *ready, int64_t columns, int64_t c, lanes_f *acc) {
  const quant_traits traits = traits_of(type);
  const ready_layout layout = ready_layout_of(traits);
  const uint8_t *codes = ready + c * CK_BLOCK;
  const uint8_t *starts = ready + columns * layout.starts + 4 * c;
  const uint8_t *sums = ready + columns * layout.sums + 4 * c;
  const lanes_f scale = lanes_set1_f(ready_float(ready + columns * READY_SCALES + 4 * c));
  const int32_t start0 = traits.offset == 0 ? 0 : ready_int(starts);
  lanes_f dots[LANES_PANELS], later[LANES_PANELS];
  tile_dots(traits, panels, weights, 0, traits.halves ? 4 : 8, codes, start0, dots);
  if (traits.halves) {
    const int32_t start1 = traits.offset == 0 ? 0 : ready_int(starts + 4 * columns);
    tile_dots(traits, panels, weights, 4, 4, codes + 16, start1, later);
  }
  CK_UNROLL
  for (int p = 0; p < panels; p++) {
    if (traits.halves) {
      // Whole numbers below 2^24 all the way: exact in floats.
      dots[p] = lanes_fma(scales[p].sub[1], later[p], lanes_mul(scales[p].sub[0], dots[p]));
    }
    acc[p] = lanes_fma(lanes_mul(scales[p].scale, dots[p]), scale, acc[p]);
    if (!traits.minima) continue;
    lanes_f sum = lanes_set1_f(ready_float(sums));
    if (traits.halves) {
      const lanes_f sum1 = lanes_set1_f(ready_float(sums + 4 * columns));
      sum = lanes_mul(scales[p].sub_minimum[0], sum);
      sum = lanes_mul(scale, lanes_fma(scales[p].sub_minimum[1], sum1, sum));
    }
    acc[p] = lanes_fma(scales[p].minimum, sum, acc[p]);
  }
}

// How far ahead a few columns' weights are fetched: measured with one column on one core of a Zen 5 (2026), 8 KiB
// reaches what reading alone does, where no fetching reaches two thirds of it.
enum { FETCH_AHEAD = 8 * 1024 };

/// One to three columns, all 16 rows together, so that memory is read in order; the constants' values are known
/// wherever this is inlined.
CK_INLINE void run_few(int32_t type, int columns, const tile_call *call) {
  enum { GROUPS = CK_PANEL_ROWS / LANES };
  const ck_layout layout = ck_layout_of(type);
  const ck_strip strip = ck_strip_of(layout);
  const int64_t ready_bytes = ready_layout_of(traits_of(type)).end;
  const int64_t pace = strip.end / strip.blocks;
  const uint8_t *panel = call->panel;
  const uint8_t *ready = call->ready;
  const uint8_t *fine_ready = call->fine_ready;
  const int32_t *fine = call->fine_blocks ? call->fine_blocks : no_fine_blocks;
  lanes_f acc[(MANY_COLUMNS - 1) * GROUPS];
  CK_UNROLL
  for (int i = 0; i < columns * GROUPS; i++) acc[i] = lanes_set1_f(0.0f);
  for (int64_t b = 0; b < call->blocks; b++) {
    fetch((uintptr_t)panel + (uintptr_t)(b * pace + FETCH_AHEAD), pace);
    const ck_block_place place = ck_place_of(layout, b);
    const int has_fine = *fine >> PART_SHIFT == b;
    CK_UNROLL
    for (int group = 0; group < GROUPS; group++) {
      const int row = group * LANES;
      lanes_b weights[1][8];
      unpack_weights(type, panel + place.codes + 4 * row, panel + place.high + 4 * row, weights[0]);
      const block_scales scales =
          unpack_scales(type, panel + place.scales, panel + place.subs, row);
      const int32_t *next = fine;
      const uint8_t *next_ready = fine_ready;
      CK_UNROLL
      for (int c = 0; c < columns; c++) {
        lanes_f *sum = &acc[c * GROUPS + group];
        tile_step(type, 1, weights, &scales, ready, columns, c, sum);
        if (!has_fine || *next != (int32_t)(b << PART_SHIFT | c)) continue;
        tile_step(type, 1, weights, &scales, next_ready, 1, 0, sum);
        next++;
        next_ready += ready_bytes;
      }
      if (group < GROUPS - 1) continue;
      fine = next;
      fine_ready = next_ready;
    }
    ready += columns * ready_bytes;
  }
  CK_UNROLL
  for (int i = 0; i < columns * GROUPS; i++) {
    float *sums = call->sums + i / GROUPS * (LANES_PANELS * CK_PANEL_ROWS);
    lanes_store_f(sums + i % GROUPS * LANES, acc[i]);
  }
}

#include "body_quant_many.h"

// MARK: One tile for each type

typedef void (*tile_function)(const tile_call *call);

#define TYPES(each)                                                                        \
  each(CK_Q4_0) each(CK_Q4_1) each(CK_Q5_0) each(CK_Q5_1) each(CK_Q8_0) each(CK_Q2_K)      \
  each(CK_Q3_K) each(CK_Q4_K) each(CK_Q5_K) each(CK_Q6_K) each(CK_IQ4_NL) each(CK_IQ4_XS)  \
  each(CK_TQ2_0) each(CK_MXFP4)

#define TILES(type)                                                                 \
  static void tile_##type##_1(const tile_call *call) { run_few(type, 1, call); }     \
  static void tile_##type##_2(const tile_call *call) { run_few(type, 2, call); }     \
  static void tile_##type##_3(const tile_call *call) { run_few(type, 3, call); }     \
  static void tile_##type##_many(const tile_call *call) { run_many(type, call); }
TYPES(TILES)

#define CASE(type)                                                                         \
  case type: {                                                                             \
    static const tile_function tiles[MANY_COLUMNS] = {tile_##type##_many, tile_##type##_1, \
                                                      tile_##type##_2, tile_##type##_3};   \
    return tiles;                                                                          \
  }

/// The tiles of a type: of 1 to 3 columns at 1 to 3, of more at 0; null for types that are not quantised.
static const tile_function *tiles_of(int32_t type) {
  switch (type) {
    TYPES(CASE)
    case CK_TQ1_0: return tiles_of(CK_TQ2_0);
    default: return 0;
  }
}

#undef TILES
#undef TYPES
#undef CASE
