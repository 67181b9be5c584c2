// Owns: the kernels on int8 activations: their quantisation, the product of packed panels with
// them, and the measuring aids. Written once over lanes_*.h, so that the order of the float
// operations cannot differ between instruction sets.
// Does not own: one tile of the product (body_quant_tile.h), the float kernels (body_float.h).

#include "body_quant_tile.h"

// MARK: The product

// The second plane's steps in one of the first: a rest of half a step is 127.
#define CK_FINE_STEPS 254.0f

enum {
  // Panels that one tile of columns meets before the next tile: they stay in the second-level cache from tile
  // to tile.
  GROUP_BYTES = 384 * 1024,
};

/// Columns of one tile: those of a step are dealt out in whole parts, as evenly as that allows.
CK_INLINE int64_t tile_width(int64_t columns) {
  if (columns <= CK_TILE_COLUMNS) return CK_TILE_COLUMNS;
  const int64_t tiles = (columns + CK_TILE_COLUMNS - 1) / CK_TILE_COLUMNS;
  const int64_t each = (columns + tiles - 1) / tiles;
  return (each + CK_COLUMN_PART - 1) / CK_COLUMN_PART * CK_COLUMN_PART;
}

/// Puts one block of one column in its place `c` of `columns` in `block`.
///
/// starts: what undoes the offset, -offset * (sum of the codes that a dot product takes);
/// sums: scale * sum of 32, or the two sums of 16 where the type has halves.
CK_INLINE void arrange_block(quant_traits traits, const int8_t *codes, const int16_t *sums,
                             float scale, uint8_t *block, int64_t columns, int64_t c) {
  const ready_layout layout = ready_layout_of(traits);
  const int32_t sum0 = sums[0], sum1 = sums[1];
  memcpy(block + c * CK_BLOCK, codes, CK_BLOCK);
  memcpy(block + columns * READY_SCALES + 4 * c, &scale, 4);
  if (traits.offset != 0) {
    const int32_t start0 = -traits.offset * (traits.halves ? sum0 : sum0 + sum1);
    const int32_t start1 = -traits.offset * sum1;
    memcpy(block + columns * layout.starts + 4 * c, &start0, 4);
    if (traits.halves) memcpy(block + columns * (layout.starts + 4) + 4 * c, &start1, 4);
  }
  if (traits.minima) {
    const float float0 = traits.halves ? (float)sum0 : scale * (float)(sum0 + sum1);
    const float float1 = (float)sum1;
    memcpy(block + columns * layout.sums + 4 * c, &float0, 4);
    if (traits.halves) memcpy(block + columns * (layout.sums + 4) + 4 * c, &float1, 4);
  }
}

/// The second planes of the `columns` columns from `column`, one after the other, and a list that names each: its
/// block, shifted, and its place among the columns. No block has the number at the list's end.
CK_INLINE void arrange_fine(quant_traits traits, const ck_q8_columns *x, int64_t column,
                            int64_t columns) {
  const int64_t blocks = x->depth / CK_BLOCK;
  const int32_t bytes = ready_layout_of(traits).end;
  const uint8_t *flags = x->fine_flags + column * blocks;
  int32_t *list = x->fine_blocks + column * (blocks + 1);
  uint8_t *ready = x->fine_ready + column * blocks * bytes;
  for (int64_t b = 0; b < blocks; b++) {
    for (int64_t c = 0; c < columns; c++) {
      if (!flags[c * blocks + b]) continue;
      const int64_t at = (column + c) * blocks + b;
      arrange_block(traits, x->fine_codes + at * CK_BLOCK, x->fine_sums + 2 * at,
                    x->scales[at] / CK_FINE_STEPS, ready, 1, 0);
      *list++ = (int32_t)(b << PART_SHIFT | c);
      ready += bytes;
    }
  }
  *list = no_fine_blocks[0];
}

// A tile's columns lie side by side, block after block: it reads one stream, whatever the columns'
// distance (a power of two there would put all columns in the same sets of the first cache).
static void arrange_q8_kernel(int32_t type, const ck_q8_columns *x, int64_t first_column,
                              int64_t last_column) {
  const quant_traits traits = traits_of(type);
  const int64_t blocks = x->depth / CK_BLOCK;
  const int32_t bytes = ready_layout_of(traits).end;
  const int64_t width = tile_width(x->columns);
  for (int64_t column = first_column; column < last_column; column += CK_COLUMN_PART) {
    const int64_t left = last_column - column;
    const int64_t part = left < CK_COLUMN_PART ? left : CK_COLUMN_PART;
    const int64_t first = column / width * width;
    const int64_t columns = x->columns - first < width ? x->columns - first : width;
    for (int64_t c = column; c < column + part; c++) {
      uint8_t *block = x->ready + first * blocks * bytes;
      for (int64_t b = 0; b < blocks; b++, block += columns * bytes) {
        const int64_t at = c * blocks + b;
        arrange_block(traits, x->codes + at * CK_BLOCK, x->sums + 2 * at, x->scales[at], block,
                      columns, c - first);
      }
    }
    if (x->fine_codes) arrange_fine(traits, x, column, part);
  }
}

static int32_t arrangement_kernel(int32_t type) {
  if (!tiles_of(type)) return 0;
  const quant_traits traits = traits_of(type);
  return 1 + traits.offset * 4 + traits.minima * 2 + traits.halves;
}

/// The arguments of a product, and what follows from them.
typedef struct {
  const tile_function *tiles;
  int32_t accumulate;
  const uint8_t *panels;
  int64_t panel_bytes, rows;
  const ck_q8_columns *x;
  float *out;
  int64_t out_stride;
  quant_traits traits;
} product;

/// Panels first ..< last times the `columns` columns of the tile from `first_column`.
static void multiply_group(const product *p, int64_t first, int64_t last, int64_t first_column,
                           int64_t columns) {
  enum { SUMS = CK_TILE_COLUMNS * LANES_PANELS * CK_PANEL_ROWS };
  _Alignas(CK_ALIGNMENT) float sums[2][SUMS];
  const int64_t blocks = p->x->depth / CK_BLOCK;
  const int64_t bytes = ready_layout_of(p->traits).end;
  const int is_fine = p->x->fine_codes != 0;
  const int is_many = columns >= MANY_COLUMNS;
  const tile_function tile = p->tiles[is_many ? 0 : columns];
  const int64_t step = is_many ? LANES_PANELS : 1;
  tile_results before = {.columns = 0};
  for (int64_t panel = first, i = 0; panel < last; panel += step, i ^= 1) {
    const int64_t row = panel * CK_PANEL_ROWS;
    const int64_t end = (last - panel < step ? last : panel + step) * CK_PANEL_ROWS;
    const tile_call call = {
        .panel = p->panels + panel * p->panel_bytes,
        .panel_bytes = p->panel_bytes,
        .second = end - row > CK_PANEL_ROWS ? p->panel_bytes : 0,
        .blocks = blocks,
        .ready = p->x->ready + first_column * blocks * bytes,
        .columns = columns,
        .sums = sums[i],
        .before = &before,
        .fine_blocks = is_fine ? p->x->fine_blocks + first_column * (blocks + 1) : 0,
        .fine_ready = is_fine ? p->x->fine_ready + first_column * blocks * bytes : 0,
    };
    tile(&call);
    before = (tile_results){
        .sums = sums[i],
        .out = p->out + first_column * p->out_stride + row,
        .out_stride = p->out_stride,
        .columns = columns,
        .rows = (end < p->rows ? end : p->rows) - row,
        .accumulate = p->accumulate,
    };
    if (!is_many) write_results(&before, 0, columns);
  }
  if (is_many) write_results(&before, 0, columns);
}

static void matmul_q8_kernel(int32_t type, const void *panels, int64_t depth, int64_t rows,
                             int64_t first_panel, int64_t last_panel, const ck_q8_columns *x,
                             float *out, int64_t out_stride, int32_t accumulate) {
  const tile_function *tiles = tiles_of(type);
  const int64_t panel_bytes = ck_panel_bytes(type, depth);
  if (!tiles || panel_bytes == 0 || x->columns <= 0) return;
  const product p = {
      .tiles = tiles, .accumulate = accumulate, .panels = panels, .panel_bytes = panel_bytes,
      .rows = rows, .x = x, .out = out, .out_stride = out_stride,
      .traits = traits_of(type)};
  const int64_t fitting = GROUP_BYTES / panel_bytes / LANES_PANELS * LANES_PANELS;
  const int64_t group = fitting > LANES_PANELS ? fitting : LANES_PANELS;
  const int64_t width = tile_width(x->columns);
  for (int64_t first = first_panel; first < last_panel; first += group) {
    const int64_t last = last_panel - first < group ? last_panel : first + group;
    for (int64_t column = 0; column < x->columns; column += width) {
      const int64_t left = x->columns - column;
      multiply_group(&p, first, last, column, left < width ? left : width);
    }
  }
}

// MARK: Quantising

/// What a block's largest value must exceed to get a second plane.
static float fine_threshold(const float *x, int64_t depth) {
  v16f sum = v16f_zero();
  for (int64_t i = 0; i < depth; i += 16) {
    const v16f values = v16f_load(x + i);
    sum = v16f_fma(values, values, sum);
  }
  return CK_FINE_RATIO * sqrtf(v16f_sum(sum) / (float)depth);
}

/// The second plane of the block at `at`: what the first leaves of `block`.
static void quantize_fine(const float *block, float scale, float inverse, int64_t at,
                          const ck_q8_columns *result) {
  float rest[CK_BLOCK];
  const v16f minus = v16f_set1(-scale);
  for (int i = 0; i < CK_BLOCK; i += 16) {
    const v16f codes = v16f_from_i32(v16i_load_i8(result->codes + at * CK_BLOCK + i));
    v16f_store(rest + i, v16f_fma(minus, codes, v16f_load(block + i)));
  }
  lanes_quantize(rest, inverse * CK_FINE_STEPS, result->fine_codes + at * CK_BLOCK,
                 result->fine_sums + 2 * at);
}

static void quantize_q8_kernel(const float *x, int64_t stride, const ck_q8_columns *result) {
  const int64_t blocks = result->depth / CK_BLOCK;
  const int32_t largest_finite = 0x7f7fffff;
  for (int64_t column = 0; column < result->columns; column++, x += stride) {
    const float threshold = result->fine_codes ? fine_threshold(x, result->depth) : 0.0f;
    for (int64_t b = 0; b < blocks; b++) {
      const int64_t at = column * blocks + b;
      if (result->fine_flags) result->fine_flags[at] = 0;
      const float *block = x + b * CK_BLOCK;
      int8_t *codes = result->codes + at * CK_BLOCK;
      int16_t *sums = result->sums + 2 * at;
      const int32_t bits = lanes_largest(block);
      const float largest = ck_f32_from_bits((uint32_t)bits);
      const float inverse = 127.0f / largest;
      // Not finite, or so small that the inverse is not: no codes, and NaN or 0 says which.
      if (bits > largest_finite || !(inverse <= 0x1.fffffep127f)) {
        memset(codes, 0, CK_BLOCK);
        sums[0] = sums[1] = 0;
        result->scales[at] = bits > largest_finite ? ck_f32_from_bits(0x7fc00000u) : 0.0f;
        continue;
      }
      result->scales[at] = largest / 127.0f;
      lanes_quantize(block, inverse, codes, sums);
      // A threshold that is not finite exceeds nothing; an inverse too large to refine is refined by none.
      if (!result->fine_codes || !(largest > threshold) || inverse > 0x1p100f) continue;
      result->fine_flags[at] = 1;
      quantize_fine(block, result->scales[at], inverse, at, result);
    }
  }
}

// MARK: Measuring

static uint64_t probe_read_kernel(const void *memory, int64_t bytes) {
  enum { VECTORS = 4, STEP = 64 };
  const uint8_t *p = memory;
  v16i sums[VECTORS];
  CK_UNROLL
  for (int i = 0; i < VECTORS; i++) sums[i] = v16i_set1(0);
  for (; bytes >= VECTORS * STEP; bytes -= VECTORS * STEP, p += VECTORS * STEP) {
    CK_UNROLL
    for (int i = 0; i < VECTORS; i++) {
      sums[i] = v16i_add(sums[i], v16i_load((const int32_t *)(p + i * STEP)));
    }
  }
  int32_t lanes[16];
  v16i_store(lanes, v16i_add(v16i_add(sums[0], sums[1]), v16i_add(sums[2], sums[3])));
  uint64_t checksum = 0;
  for (int i = 0; i < 16; i++) checksum += (uint32_t)lanes[i];
  for (; bytes > 0; bytes--, p++) checksum += *p;
  return checksum;
}

static double probe_int8_kernel(int64_t rounds) {
  // 12 chains (8 with half the registers): the product's latency times its throughput. Each has
  // its own pair of operands, loaded anew each round, so that no product can be left out.
  enum { WEIGHTS = LANES_REGISTERS < 32 ? 2 : 3, ACTIVATIONS = 4, CHAINS = WEIGHTS * ACTIVATIONS };
  enum { BYTES = 4 * LANES };
  _Alignas(CK_ALIGNMENT) uint8_t bytes[CHAINS][BYTES];
  for (int i = 0; i < CHAINS * BYTES; i++) {
    // 1 and -1 in turn as activations: no sum can overflow.
    bytes[i / BYTES][i % BYTES] = i / BYTES < WEIGHTS || i % 2 == 0 ? 1 : 0xff;
  }
  lanes_i sums[CHAINS];
  CK_UNROLL
  for (int i = 0; i < CHAINS; i++) sums[i] = lanes_set1_i(i);
  for (int64_t round = 0; round < rounds; round++) {
    __asm__ volatile("" : : "r"(bytes) : "memory");
    CK_UNROLL
    for (int i = 0; i < CHAINS; i++) {
      const lanes_b weights = lanes_load_b(bytes[i % WEIGHTS]);
      const lanes_b activations = lanes_load_b(bytes[WEIGHTS + i / WEIGHTS]);
      sums[i] = lanes_product(weights, activations, sums[i]);
    }
  }
  lanes_i kept[CHAINS];  // apart from `sums`, whose address nobody may know: they stay in registers
  CK_UNROLL
  for (int i = 0; i < CHAINS; i++) kept[i] = sums[i];
  __asm__ volatile("" : : "r"(kept) : "memory");
  return (double)rounds * CHAINS * LANES * 4 * 2;
}
