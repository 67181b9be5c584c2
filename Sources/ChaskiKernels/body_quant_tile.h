// Owns: one tile of the product of packed panels with int8 columns, for every type: unpacking,
// dot products, sums. Does not own: the walk over tiles (body_quant.h), the layout (formats.h).
//
// A tile is LANES rows (or all 16) times a few columns. For each block of 32 the weights are
// unpacked once into registers and used by every column of the tile; the sums stay in registers
// from the first block to the last. Each sum takes its blocks in order, so tiles of every shape agree.

#include "fetch.h"

// MARK: What differs between types

/// A type's weights as integers: weight = unpacked code - offset.
typedef struct {
  int32_t offset;
  int32_t largest;   // the largest code, at most 63
  int32_t is_signed; // the codes need 8 bits: lanes_dot_signed
  int32_t minima;    // the format has minima
  int32_t halves;    // a scale per 16 weights, not per 32
} quant_traits;

CK_INLINE quant_traits traits_of(int32_t type) {
  switch (type) {
    case CK_Q4_0: return (quant_traits){.offset = 8, .largest = 15};
    case CK_Q4_1: case CK_Q4_K: return (quant_traits){.largest = 15, .minima = 1};
    case CK_Q5_0: return (quant_traits){.offset = 16, .largest = 31};
    case CK_Q5_1: case CK_Q5_K: return (quant_traits){.largest = 31, .minima = 1};
    case CK_Q2_K: return (quant_traits){.largest = 3, .minima = 1, .halves = 1};
    case CK_Q3_K: return (quant_traits){.offset = 4, .largest = 7, .halves = 1};
    case CK_Q6_K: return (quant_traits){.offset = 32, .largest = 63, .halves = 1};
    case CK_TQ1_0: case CK_TQ2_0: return (quant_traits){.offset = 1, .largest = 3};
    case CK_MXFP4: return (quant_traits){.offset = 12, .largest = 24};
    default: return (quant_traits){.offset = LANES_BIAS, .is_signed = 1};
  }
}

/// Unpacks one block of LANES rows: vector g holds the weights 4 g ... 4 g + 3 of each row.
CK_INLINE void unpack_weights(int32_t type, const uint8_t *codes, const uint8_t *high,
                              lanes_b weights[8]) {
  static const int8_t iq4_values[16] = {CK_IQ4_VALUES};
  static const int8_t mxfp4_values[16] = {CK_MXFP4_VALUES};
  const ck_layout layout = ck_layout_of(type);
  enum { VECTOR = 4 * CK_PANEL_ROWS };
  CK_UNROLL
  for (int g = 0; g < 8; g++) {
    switch (layout.code_bits) {
      case 2:
        weights[g] = lanes_field(lanes_load_b(codes + g / 4 * VECTOR), g % 4 * 2, 0x03);
        break;
      case 4:
        weights[g] = lanes_field(lanes_load_b(codes + g % 4 * VECTOR), g / 4 * 4, 0x0f);
        break;
      default: weights[g] = lanes_signed(lanes_load_b(codes + g * VECTOR)); break;
    }
    if (layout.high_bits == 1) {
      const lanes_b bits = lanes_load_b(high);
      weights[g] = lanes_or(weights[g],
                            lanes_field(bits, g - layout.code_bits, 1 << layout.code_bits));
    }
    if (layout.high_bits == 2) {
      const lanes_b bits = lanes_load_b(high + g / 4 * VECTOR);
      weights[g] = lanes_or(weights[g], lanes_field(bits, g % 4 * 2 - 4, 0x30));
    }
    if (type == CK_IQ4_NL || type == CK_IQ4_XS) {
      weights[g] = lanes_look_up(iq4_values, LANES_BIAS, weights[g]);
    }
    if (type == CK_MXFP4) {
      weights[g] = lanes_look_up(mxfp4_values, traits_of(CK_MXFP4).offset, weights[g]);
    }
  }
}

/// The scales of one block of LANES rows. Without halves, `sub` and `sub_minimum` are unused;
/// `minimum` is what is added: a K-quant's with its sign turned.
typedef struct {
  lanes_f scale, minimum;
  lanes_f sub[2], sub_minimum[2];
} block_scales;

CK_INLINE block_scales unpack_scales(int32_t type, const uint8_t *scales, const uint8_t *subs,
                                     int row) {
  const uint8_t *minima = scales + 2 * CK_PANEL_ROWS + 2 * row;
  const uint8_t *first = subs + row, *second = subs + CK_PANEL_ROWS + row;
  const lanes_f minus = lanes_set1_f(-1.0f);
  block_scales result;
  result.minimum = minus;
  result.sub[0] = result.sub[1] = result.sub_minimum[0] = result.sub_minimum[1] = minus;
  if (type == CK_MXFP4) {
    result.scale = lanes_load_e8m0_half(scales + row);
    return result;
  }
  result.scale = lanes_load_f16(scales + 2 * row);
  switch (type) {
    case CK_Q4_1: case CK_Q5_1: result.minimum = lanes_load_f16(minima); break;
    case CK_Q4_K: case CK_Q5_K:
      result.scale = lanes_mul(result.scale, lanes_load_u8(first, 0, 255));
      result.minimum = lanes_mul(lanes_load_f16(minima), lanes_load_u8(second, 0, 255));
      result.minimum = lanes_mul(result.minimum, minus);
      break;
    case CK_IQ4_XS: result.scale = lanes_mul(result.scale, lanes_load_i8(first)); break;
    case CK_Q3_K: case CK_Q6_K:
      result.sub[0] = lanes_load_i8(first);
      result.sub[1] = lanes_load_i8(second);
      break;
    case CK_Q2_K:
      result.sub[0] = lanes_load_u8(first, 0, 15);
      result.sub[1] = lanes_load_u8(second, 0, 15);
      result.sub_minimum[0] = lanes_load_u8(first, 4, 15);
      result.sub_minimum[1] = lanes_load_u8(second, 4, 15);
      result.minimum = lanes_mul(lanes_load_f16(minima), minus);
      break;
    default: break;
  }
  return result;
}

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

/// Fewer columns than these read 16 rows together, whatever LANES.
enum { FEW_COLUMNS = 4 };

/// What one tile needs to know.
typedef struct {
  const uint8_t *panel;
  int64_t panel_bytes;
  int64_t first_block, last_block;
  const uint8_t *ready;  // of first_block
  float *sums;           // [columns, 16], read (unless is_first) and written
  int32_t is_first;      // the sums begin here, at zero
} tile_call;

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

/// acc + one block of LANES rows times column `c` of `columns`.
CK_INLINE lanes_f tile_step(int32_t type, const lanes_b weights[8], block_scales scales,
                            const uint8_t *ready, int columns, int c, lanes_f acc) {
  const quant_traits traits = traits_of(type);
  const ready_layout layout = ready_layout_of(traits);
  const uint8_t *codes = ready + c * CK_BLOCK;
  const uint8_t *starts = ready + columns * layout.starts + 4 * c;
  const uint8_t *sums = ready + columns * layout.sums + 4 * c;
  const lanes_f scale = lanes_set1_f(ready_float(ready + columns * READY_SCALES + 4 * c));
  const int32_t start0 = traits.offset == 0 ? 0 : ready_int(starts);
  lanes_f dot, sum;
  if (traits.halves) {
    // Whole numbers below 2^24 all the way: exact in floats.
    const int32_t start1 = traits.offset == 0 ? 0 : ready_int(starts + 4 * columns);
    dot = lanes_mul(scales.sub[0], tile_dot(traits, weights, 4, codes, start0));
    dot = lanes_fma(scales.sub[1], tile_dot(traits, weights + 4, 4, codes + 16, start1), dot);
  } else {
    dot = tile_dot(traits, weights, 8, codes, start0);
  }
  acc = lanes_fma(lanes_mul(scales.scale, dot), scale, acc);
  if (!traits.minima) return acc;
  if (traits.halves) {
    const lanes_f sum1 = lanes_set1_f(ready_float(sums + 4 * columns));
    sum = lanes_mul(scales.sub_minimum[0], lanes_set1_f(ready_float(sums)));
    sum = lanes_mul(scale, lanes_fma(scales.sub_minimum[1], sum1, sum));
  } else {
    sum = lanes_set1_f(ready_float(sums));
  }
  return lanes_fma(scales.minimum, sum, acc);
}

// How far ahead weights are fetched. A few columns read panels from end to end, as fast as memory gives
// them: measured with one column on one core of a Zen 5 (2026), fetching 8 KiB ahead reaches what reading
// alone does, where no fetching reaches two thirds of it. More columns take a part of each panel in turn:
// the next is a panel's length away, and a margin; not too little where panels are short.
enum { FETCH_AHEAD = 8 * 1024, FETCH_MARGIN = 4 * 1024, FETCH_LEAST = 16 * 1024 };

CK_INLINE int64_t fetch_distance(int columns, int64_t panel_bytes) {
  const int64_t distance = panel_bytes + FETCH_MARGIN;
  return columns < FEW_COLUMNS ? FETCH_AHEAD : distance < FETCH_LEAST ? FETCH_LEAST : distance;
}

/// Where accumulator `i` comes from and goes to: groups of one column lie together.
CK_INLINE float *tile_sums(const tile_call *call, int groups, int row, int i) {
  return call->sums + i / groups * CK_PANEL_ROWS + row + i % groups * LANES;
}

/// A tile of `groups` * LANES rows from `row`, and `columns` columns; the constants' values are
/// known wherever this is inlined.
CK_INLINE void run_tile(int32_t type, int columns, int groups, int row, const tile_call *call) {
  const ck_layout layout = ck_layout_of(type);
  const ck_strip strip = ck_strip_of(layout);
  const int64_t ready_bytes = ready_layout_of(traits_of(type)).end;
  const uint8_t *panel = call->panel;
  const uint8_t *ready = call->ready;
  lanes_f acc[LANES_WIDEST * (CK_PANEL_ROWS / LANES)];
  CK_UNROLL
  for (int i = 0; i < columns * groups; i++) {
    acc[i] = lanes_set1_f(0.0f);
  }
  if (!call->is_first) {
    CK_UNROLL
    for (int i = 0; i < columns * groups; i++) {
      acc[i] = lanes_load_f(tile_sums(call, groups, row, i));
    }
  }
  const int64_t pace = strip.end / strip.blocks;
  uintptr_t ahead =
      (uintptr_t)panel + (uintptr_t)(call->first_block * pace +
                                     fetch_distance(columns, call->panel_bytes));
  for (int64_t b = call->first_block; b < call->last_block; b++) {
    if (row == 0) fetch(ahead, pace);
    ahead += (uintptr_t)pace;
    const ck_block_place place = ck_place_of(layout, b);
    const uint8_t *codes = panel + place.codes + 4 * row, *high = panel + place.high + 4 * row;
    CK_UNROLL
    for (int group = 0; group < groups; group++) {
      const int offset = group * LANES;
      lanes_b weights[8];
      unpack_weights(type, codes + 4 * offset, high + 4 * offset, weights);
      const block_scales unpacked = unpack_scales(type, panel + place.scales, panel + place.subs,
                                                  row + offset);
      CK_UNROLL
      for (int c = 0; c < columns; c++) {
        acc[c * groups + group] = tile_step(type, weights, unpacked, ready, columns, c,
                                            acc[c * groups + group]);
      }
    }
    ready += columns * ready_bytes;
  }
  CK_UNROLL
  for (int i = 0; i < columns * groups; i++) {
    lanes_store_f(tile_sums(call, groups, row, i), acc[i]);
  }
}

/// Few columns read all 16 rows together, so that memory is read in order; more columns take
/// LANES rows at a time, so that the sums fit the registers.
CK_INLINE void run_tiles(int32_t type, int columns, const tile_call *call) {
  if (columns < FEW_COLUMNS) {
    run_tile(type, columns, CK_PANEL_ROWS / LANES, 0, call);
  } else {
    for (int row = 0; row < CK_PANEL_ROWS; row += LANES) run_tile(type, columns, 1, row, call);
  }
}

/// Adds the second planes to one panel's sums, [columns, 16], block after block: `list` is how many blocks and
/// which, `ready` their planes. Few columns have one: a sum is fetched from memory for each.
CK_INLINE void run_fine(int32_t type, const uint8_t *panel, const int32_t *list,
                        const uint8_t *ready, int columns, float *sums) {
  const ck_layout layout = ck_layout_of(type);
  const int64_t ready_bytes = ready_layout_of(traits_of(type)).end;
  for (int32_t i = 1; i <= list[0]; i++, ready += columns * ready_bytes) {
    const ck_block_place place = ck_place_of(layout, list[i]);
    for (int row = 0; row < CK_PANEL_ROWS; row += LANES) {
      lanes_b weights[8];
      unpack_weights(type, panel + place.codes + 4 * row, panel + place.high + 4 * row, weights);
      const block_scales scales =
          unpack_scales(type, panel + place.scales, panel + place.subs, row);
      for (int c = 0; c < columns; c++) {
        if (ready_float(ready + columns * READY_SCALES + 4 * c) < 0) continue;
        float *sum = sums + c * CK_PANEL_ROWS + row;
        lanes_store_f(sum, tile_step(type, weights, scales, ready, columns, c, lanes_load_f(sum)));
      }
    }
  }
}

typedef void (*fine_function)(const uint8_t *panel, const int32_t *list, const uint8_t *ready,
                              int columns, float *sums);

typedef void (*tile_function)(const tile_call *call);

#define TILE(type, columns)                                            \
  static void tile_##type##_##columns(const tile_call *call) {         \
    run_tiles(type, columns, call);                                    \
  }

// The numbers of columns that have a tile, widest first.
#if LANES_WIDEST >= 12
#define WIDTHS(each, type) \
  each(type, 12) each(type, 8) each(type, 4) each(type, 3) each(type, 2) each(type, 1)
#elif LANES_WIDEST >= 8
#define WIDTHS(each, type) each(type, 8) each(type, 4) each(type, 3) each(type, 2) each(type, 1)
#elif LANES_WIDEST >= 4
#define WIDTHS(each, type) each(type, 4) each(type, 3) each(type, 2) each(type, 1)
#else
#define WIDTHS(each, type) each(type, 2) each(type, 1)
#endif

#define WIDTH(type, columns) columns,
static const int tile_widths[] = {WIDTHS(WIDTH, )};
enum { TILE_WIDTHS = sizeof tile_widths / sizeof tile_widths[0] };

#define TYPES(each)                                                                        \
  each(CK_Q4_0) each(CK_Q4_1) each(CK_Q5_0) each(CK_Q5_1) each(CK_Q8_0) each(CK_Q2_K)      \
  each(CK_Q3_K) each(CK_Q4_K) each(CK_Q5_K) each(CK_Q6_K) each(CK_IQ4_NL) each(CK_IQ4_XS)  \
  each(CK_TQ2_0) each(CK_MXFP4)

#define TILES(type) WIDTHS(TILE, type)
TYPES(TILES)

#define NAME(type, columns) tile_##type##_##columns,
#define CASE(type)                                                            \
  case type: {                                                                \
    static const tile_function tiles[TILE_WIDTHS] = {WIDTHS(NAME, type)};     \
    return tiles;                                                             \
  }

/// The tiles of a type, one for each of `tile_widths`; null for types that are not quantised.
static const tile_function *tiles_of(int32_t type) {
  switch (type) {
    TYPES(CASE)
    case CK_TQ1_0: return tiles_of(CK_TQ2_0);
    default: return 0;
  }
}

#define FINE(type)                                                                        \
  static void fine_##type(const uint8_t *panel, const int32_t *list, const uint8_t *ready, \
                          int columns, float *sums) {                                      \
    run_fine(type, panel, list, ready, columns, sums);                                     \
  }
TYPES(FINE)

#define FINE_CASE(type) case type: return fine_##type;

/// What adds the second planes for weights of a type; null for types that are not quantised.
static fine_function fine_of(int32_t type) {
  switch (type) {
    TYPES(FINE_CASE)
    case CK_TQ1_0: return fine_CK_TQ2_0;
    default: return 0;
  }
}

#undef FINE
#undef FINE_CASE
#undef TILE
#undef TILES
#undef TYPES
#undef WIDTH
#undef WIDTHS
#undef NAME
#undef CASE

