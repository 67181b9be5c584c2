// Owns: the kernels on int8 activations: their quantisation, the product of packed panels with
// them, and the measuring aids. Written once over lanes_*.h, so that the order of the float
// operations cannot differ between instruction sets.
// Does not own: one tile of the product (body_quant_tile.h), the float kernels (body_float.h).

#include "body_quant_tile.h"
// After the tiles, whose parts it uses.
#include "body_quant_pair.h"

// MARK: The product

// The second plane's steps in one of the first: a rest of half a step is 127.
#define CK_FINE_STEPS 254.0f

enum {
  // Activations that all panels of a group meet before the next ones: less than half of a first-level cache,
  // beside the weights that are fetched ahead (32 kB made products a seventh slower).
  READY_CAPACITY = 20 * 1024,
  // Panels that one tile of columns meets before the next tile: enough to repay the activations' way
  // to the first-level cache, few enough to stay in the second from tile to tile.
  GROUP_PANELS = 32,
  GROUP_LEAST = 4,
  GROUP_BYTES = 640 * 1024,
};

/// Puts one block of one column in its place `c` of `columns` in `block`.
///
/// starts: what undoes the offset, -offset * (sum of the codes that a dot product takes);
/// sums: scale * sum of 32, or the two sums of 16 where the type has halves.
CK_INLINE void arrange_block(quant_traits traits, const int8_t *codes, const int16_t *sums,
                             float scale, uint8_t *block, int columns, int c) {
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

/// The width of the tile that begins where `left` columns are left. 16 are two tiles of 8: decode of 16
/// sequences is 1.06 to 1.33 times as fast as with 12 and 4 (Zen 5, 2026).
CK_INLINE int tile_index(int64_t left) {
  int index = left == 16 && LANES_WIDEST == 12 ? 1 : 0;
  while (tile_widths[index] > left) index++;
  return index;
}

/// The second planes of the `columns` columns from `column`: the blocks that any of them has one for. A column
/// that has none there gets a scale of -1, which no real one is.
CK_INLINE void arrange_fine(quant_traits traits, const ck_q8_columns *x, int64_t column,
                            int columns) {
  const int64_t blocks = x->depth / CK_BLOCK;
  const int32_t bytes = ready_layout_of(traits).end;
  const uint8_t *flags = x->fine_flags + column * blocks;
  int32_t *list = x->fine_blocks + column * (blocks + 1);
  uint8_t *block = x->fine_ready + column * blocks * bytes;
  int32_t count = 0;
  for (int64_t b = 0; b < blocks; b++) {
    int any = 0;
    for (int c = 0; c < columns; c++) any |= flags[c * blocks + b];
    if (!any) continue;
    list[++count] = (int32_t)b;
    for (int c = 0; c < columns; c++) {
      static const float none = -1;
      const int64_t at = (column + c) * blocks + b;
      if (flags[c * blocks + b]) {
        arrange_block(traits, x->fine_codes + at * CK_BLOCK, x->fine_sums + 2 * at,
                      x->scales[at] / CK_FINE_STEPS, block, columns, c);
      } else {
        memcpy(block + columns * READY_SCALES + 4 * c, &none, sizeof none);
      }
    }
    block += columns * bytes;
  }
  list[0] = count;
}

// A tile's columns lie side by side, block after block: it reads one stream, whatever the columns'
// distance (a power of two there would put all columns in the same sets of the first cache).
static void arrange_q8_kernel(int32_t type, const ck_q8_columns *x, int64_t first_column,
                              int64_t last_column) {
  const quant_traits traits = traits_of(type);
  const int64_t blocks = x->depth / CK_BLOCK;
  const int32_t bytes = ready_layout_of(traits).end;
  for (int64_t column = first_column; column < last_column;) {
    const int columns = tile_widths[tile_index(x->columns - column)];
    for (int c = 0; c < columns; c++) {
      uint8_t *block = x->ready + column * blocks * bytes;
      for (int64_t b = 0; b < blocks; b++, block += columns * bytes) {
        const int64_t at = (column + c) * blocks + b;
        arrange_block(traits, x->codes + at * CK_BLOCK, x->sums + 2 * at, x->scales[at], block,
                      columns, c);
      }
    }
    if (x->fine_codes) arrange_fine(traits, x, column, columns);
    column += columns;
  }
}

static int32_t arrangement_kernel(int32_t type) {
  if (!tiles_of(type)) return 0;
  const quant_traits traits = traits_of(type);
  return 1 + traits.offset * 4 + traits.minima * 2 + traits.halves;
}

/// The arguments of a product, and what follows from them.
typedef struct {
  int32_t type, accumulate;
  const uint8_t *panels;
  int64_t panel_bytes, rows;
  const ck_q8_columns *x;
  float *out;
  int64_t out_stride;
  quant_traits traits;
} product;

/// Writes (or adds) one panel's sums to the result.
static void write_panel(const product *p, int64_t panel, int64_t first_column, int columns,
                       const float *sums) {
  const int64_t row = panel * CK_PANEL_ROWS;
  const int64_t left = p->rows - row;
  for (int c = 0; c < columns; c++, sums += CK_PANEL_ROWS) {
    float *out = p->out + (first_column + c) * p->out_stride + row;
    if (left < CK_PANEL_ROWS) {
      for (int64_t i = 0; i < left; i++) out[i] = p->accumulate ? out[i] + sums[i] : sums[i];
      continue;
    }
    for (int i = 0; i < CK_PANEL_ROWS; i += LANES) {
      lanes_f sum = lanes_load_f(sums + i);
      if (p->accumulate) sum = lanes_add(lanes_load_f(out + i), sum);
      lanes_store_f(out + i, sum);
    }
  }
}

/// Panels first ..< last times the `columns` columns from `first_column`, for which `tile` is.
static void multiply_group(const product *p, int64_t first, int64_t last, int64_t first_column,
                           int columns, tile_function tile) {
  _Alignas(CK_ALIGNMENT) float sums[GROUP_PANELS * LANES_WIDEST * CK_PANEL_ROWS];
  const int64_t blocks = p->x->depth / CK_BLOCK;
  const int64_t bytes = ready_layout_of(p->traits).end;
  const uint8_t *ready = p->x->ready + first_column * blocks * bytes;
  // Runs of equal length.
  const int64_t longest = READY_CAPACITY / (columns * bytes);
  const int64_t runs = (blocks + longest - 1) / longest;
  const int64_t run = (blocks + runs - 1) / runs;
  // Only if the depth takes several runs do all panels' sums wait from one to the next.
  const int64_t sums_step = blocks > run ? columns * CK_PANEL_ROWS : 0;
  const tile_function pair = pair_of(p->type, columns);
  const int32_t *fine = p->x->fine_codes ? p->x->fine_blocks + first_column * (blocks + 1) : 0;
  const fine_function add_fine = fine && fine[0] > 0 ? fine_of(p->type) : 0;
  const uint8_t *fine_ready = fine ? p->x->fine_ready + first_column * blocks * bytes : 0;
  for (int64_t start = 0; start < blocks; start += run) {
    const int64_t end = start + run < blocks ? start + run : blocks;
    for (int64_t panel = first, count; panel < last; panel += count) {
      count = pair && panel + 1 < last ? 2 : 1;
      float *panel_sums = sums + (panel - first) * sums_step;
      const tile_call call = {p->panels + panel * p->panel_bytes, p->panel_bytes, start, end,
                              ready + start * columns * bytes, panel_sums, start == 0};
      if (count == 2) pair(&call);
      else tile(&call);
      for (int64_t i = 0; i < count && end == blocks; i++) {
        float *own = panel_sums + i * columns * CK_PANEL_ROWS;
        const uint8_t *weights = p->panels + (panel + i) * p->panel_bytes;
        if (add_fine) add_fine(weights, fine, fine_ready, columns, own);
        write_panel(p, panel + i, first_column, columns, own);
      }
    }
  }
}

static void matmul_q8_kernel(int32_t type, const void *panels, int64_t depth, int64_t rows,
                             int64_t first_panel, int64_t last_panel, const ck_q8_columns *x,
                             float *out, int64_t out_stride, int32_t accumulate) {
  const tile_function *tiles = tiles_of(type);
  const int64_t panel_bytes = ck_panel_bytes(type, depth);
  if (!tiles || panel_bytes == 0) return;
  const product p = {
      .type = type, .accumulate = accumulate, .panels = panels, .panel_bytes = panel_bytes,
      .rows = rows, .x = x, .out = out, .out_stride = out_stride,
      .traits = traits_of(type)};
  const int64_t fitting = GROUP_BYTES / panel_bytes;
  const int64_t group = fitting < GROUP_LEAST    ? GROUP_LEAST
                        : fitting > GROUP_PANELS ? GROUP_PANELS
                                                 : fitting;
  for (int64_t first = first_panel; first < last_panel; first += group) {
    const int64_t end = first + group;
    const int64_t last = end < last_panel ? end : last_panel;
    int width = 0;
    for (int64_t column = 0; column < x->columns; column += tile_widths[width]) {
      width = tile_index(x->columns - column);
      multiply_group(&p, first, last, column, tile_widths[width], tiles[width]);
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
  enum { WEIGHTS = LANES_WIDEST < 8 ? 2 : 3, ACTIVATIONS = 4, CHAINS = WEIGHTS * ACTIVATIONS };
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
