// Owns: float columns made ready for products, and the walk over panels and columns.
// Does not own: the inner loops (body_float_tile.h, body_bf16_unit.h), quantised panels
// (body_quant.h).

enum {
  // Panels that one tile of columns meets before the next tile: enough to repay reading the columns
  // again, few enough that the panels mostly stay in the second-level cache from tile to tile.
  FLOAT_GROUP = 8,
};

/// Float32 numbers kept of a column: the steps of a line are never split.
CK_INLINE int64_t ready_steps(int64_t depth) { return depth + (depth & 1); }

// MARK: Making ready

/// Where the bits of each column's smallest number that is not 0 stand. [columns]
CK_INLINE uint32_t *ready_smallest(const ck_float_columns *x) {
  return (uint32_t *)x->ready + x->columns * ready_steps(x->depth);
}

/// Rounds to bfloat16, to nearest even, as float32 bits; subnormal numbers become 0.
CK_INLINE uint32_t round_to_bf16(uint32_t bits) {
  const uint32_t magnitude = bits & 0x7fffffff;
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000;
  const uint32_t number = magnitude < 0x00800000 ? bits & 0x80000000 : rounded;
  return magnitude > 0x7f800000 ? (bits | 0x00400000) & 0xffff0000 : number;
}

enum { READY_RUN = 128 };  // steps of a tile's columns that are rounded, then laid side by side

/// READY_RUN steps of a column, of which `left` are there, 0 after them.
CK_INLINE void take_run(const float *x, int64_t left, uint32_t run[READY_RUN]) {
  const int64_t count = left < READY_RUN ? left : READY_RUN;
  memcpy(run, x, (size_t)count * sizeof *run);
  memset(run + count, 0, (size_t)(READY_RUN - count) * sizeof *run);
}

/// Rounds a run; returns the lesser of `smallest` and the magnitudes, 0 apart, less 1.
CK_INLINE uint32_t round_run(uint32_t run[READY_RUN], uint32_t smallest) {
  for (int i = 0; i < READY_RUN; ++i) {
    run[i] = round_to_bf16(run[i]);
    // Less 1, a zero is the greatest.
    const uint32_t magnitude = (run[i] & 0x7fffffff) - 1;
    smallest = magnitude < smallest ? magnitude : smallest;
  }
  return smallest;
}

/// Joins each two numbers of a rounded run in one word, the earlier in the high half.
CK_INLINE void pair_run(uint32_t run[READY_RUN]) {
  for (int i = 0; i < READY_RUN / 2; ++i) {
    run[i] = run[2 * i] | run[2 * i + 1] >> 16;
  }
}

/// Four words of four runs, side by side.
CK_INLINE void lay_four(uint32_t (*runs)[READY_RUN], int64_t at, uint32_t *to, int columns) {
  typedef uint32_t four __attribute__((vector_size(16)));
  four a, b, c, d;
  memcpy(&a, runs[0] + at, sizeof a);
  memcpy(&b, runs[1] + at, sizeof b);
  memcpy(&c, runs[2] + at, sizeof c);
  memcpy(&d, runs[3] + at, sizeof d);
  const four ab01 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const four ab23 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const four cd01 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const four cd23 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const four rows[4] = {__builtin_shufflevector(ab01, cd01, 0, 1, 4, 5),
                        __builtin_shufflevector(ab01, cd01, 2, 3, 6, 7),
                        __builtin_shufflevector(ab23, cd23, 0, 1, 4, 5),
                        __builtin_shufflevector(ab23, cd23, 2, 3, 6, 7)};
  for (int i = 0; i < 4; ++i) {
    memcpy(to + i * columns, &rows[i], sizeof rows[i]);
  }
}

/// Lays `count` words of each run side by side: [columns, READY_RUN] to [count, columns].
CK_INLINE void lay_runs(uint32_t (*runs)[READY_RUN], int64_t count, int columns, uint32_t *to) {
  for (int c = 0; c < columns;) {
    int64_t i = 0;
    const int across = columns - c >= 4 ? 4 : 1;
    for (; across == 4 && i + 4 <= count; i += 4) {
      lay_four(runs + c, i, to + i * columns + c, columns);
    }
    for (; i < count; ++i) {
      for (int more = 0; more < across; ++more) {
        to[i * columns + c + more] = runs[c + more][i];
      }
    }
    c += across;
  }
}

/// One tile's columns: [columns, depth] to [steps, columns], or, for the unit, to [steps / 2, columns]
/// words of two bfloat16.
CK_INLINE void ready_tile(const float *x, int64_t stride, const ck_float_columns *result,
                          int64_t column, int columns, int in_pairs) {
  const uint32_t infinity = 0x7f800000;
  const int64_t steps = ready_steps(result->depth);
  const int64_t words = in_pairs ? steps / 2 : steps;
  const int64_t run_words = in_pairs ? READY_RUN / 2 : READY_RUN;
  uint32_t *to = (uint32_t *)result->ready + column * words;
  uint32_t runs[CK_FLOAT_TILE][READY_RUN];
  for (int c = 0; c < columns; ++c) {
    ready_smallest(result)[column + c] = infinity - 1;
  }
  for (int64_t first = 0; first < words; first += run_words, to += run_words * columns) {
    const int64_t step = in_pairs ? 2 * first : first;
    for (int c = 0; c < columns; ++c) {
      uint32_t *smallest = ready_smallest(result) + column + c;
      take_run(x + (column + c) * stride + step, result->depth - step, runs[c]);
      if (result->rounded) *smallest = round_run(runs[c], *smallest);
      if (in_pairs) pair_run(runs[c]);
    }
    lay_runs(runs, words - first < run_words ? words - first : run_words, columns, to);
  }
  for (int c = 0; c < columns; ++c) {
    ++ready_smallest(result)[column + c];
  }
}

CK_INLINE void ready_tiles(const float *x, int64_t stride, int64_t first_column,
                           int64_t last_column, const ck_float_columns *result, int in_pairs) {
  for (int64_t column = first_column; column < last_column;) {
    const int columns = float_columns(last_column - column);
    if (columns == CK_FLOAT_TILE) {
      ready_tile(x, stride, result, column, CK_FLOAT_TILE, in_pairs);
    } else {
      ready_tile(x, stride, result, column, columns, in_pairs);
    }
    column += columns;
  }
}

static void ready_float_kernel(const float *x, int64_t stride, int64_t first_column,
                               int64_t last_column, const ck_float_columns *result) {
  ready_tiles(x, stride, first_column, last_column, result, 0);
}

// MARK: The product

/// The arguments of a product, and what follows from them.
typedef struct float_product {
  int32_t type, accumulate;
  const uint8_t *panels;
  int64_t panel_bytes, rows;
  const ck_float_columns *x;
  int64_t column_bytes;  ///< from one ready column's numbers to the next's
  float *out;
  int64_t out_stride;
  float_tile_function run;
} float_product;

/// Copies a tile's sums [columns, vectors, 16] out, without the rows that only fill the last panel.
static inline void write_sums(const float_product *p, const float *sums, int64_t column,
                              int columns, int64_t panel, int vectors) {
  for (int c = 0; c < columns; ++c) {
    for (int v = 0; v < vectors; ++v) {
      const int64_t first = (panel + v) * CK_PANEL_ROWS;
      const int64_t left = p->rows - first;
      if (left <= 0) continue;
      float *out = p->out + (column + c) * p->out_stride + first;
      v16f sum = v16f_load(sums + 16 * (c * vectors + v));
      if (left >= 16) {
        v16f_store(out, p->accumulate ? v16f_add(v16f_load(out), sum) : sum);
      } else {
        if (p->accumulate) sum = v16f_add(v16f_load_partial(out, left), sum);
        v16f_store_partial(out, sum, left);
      }
    }
  }
}

/// Whether a tile of rounded columns must take care of small numbers.
static int needs_flushing(const float_product *p, int64_t column, int columns, int64_t panel,
                          int vectors) {
  const uint32_t *xs = ready_smallest(p->x) + column;
  uint32_t x = xs[0], weight = UINT32_MAX;
  for (int c = 1; c < columns; ++c) {
    x = xs[c] < x ? xs[c] : x;
  }
  for (int v = 0; v < vectors; ++v) {
    const uint32_t least = ck_bf16_smallest(p->panels + (panel + v) * p->panel_bytes, p->x->depth);
    weight = least < weight ? least : weight;
  }
  return !is_never_flushed(weight, x);
}

static void multiply_one_tile(const float_product *p, int64_t column, int columns, int64_t panel,
                              int vectors) {
  float sums[CK_TILE_ACCUMULATORS * 16];
  const float_tile t = {
      .panel = p->panels + panel * p->panel_bytes,
      .panel_bytes = p->panel_bytes,
      .lines = float_lines(p->type, p->x->depth),
      .ready = (const uint8_t *)p->x->ready + column * p->column_bytes,
      .sums = sums,
  };
  if (p->run == multiply_bf16_tile && p->x->rounded &&
      needs_flushing(p, column, columns, panel, vectors)) {
    multiply_bf16_flushed(columns, vectors, &t);
  } else {
    p->run(columns, vectors, &t);
  }
  write_sums(p, sums, column, columns, panel, vectors);
}

static void multiply_panels(const float_product *p, int64_t first_panel, int64_t last_panel) {
  for (int64_t first = first_panel; first < last_panel; first += FLOAT_GROUP) {
    const int64_t last = first + FLOAT_GROUP < last_panel ? first + FLOAT_GROUP : last_panel;
    for (int64_t column = 0; column < p->x->columns;) {
      const int columns = float_columns(p->x->columns - column);
      for (int64_t panel = first; panel < last;) {
        const int vectors = float_vectors(columns, last - panel);
        multiply_one_tile(p, column, columns, panel, vectors);
        panel += vectors;
      }
      column += columns;
    }
  }
}

static float_product float_product_of(int32_t type, const void *panels, int64_t rows,
                                      const ck_float_columns *x, float *out, int64_t out_stride,
                                      int32_t accumulate) {
  return (float_product){
      .type = type, .accumulate = accumulate, .panels = panels,
      .panel_bytes = ck_panel_bytes(type, x->depth), .rows = rows, .x = x,
      .column_bytes = 4 * ready_steps(x->depth), .out = out, .out_stride = out_stride,
      .run = type == CK_F32 ? multiply_f32_tile : type == CK_F16 ? multiply_f16_tile
                                                                 : multiply_bf16_tile};
}

static void matmul_float_kernel(int32_t type, const void *panels, int64_t rows,
                                int64_t first_panel, int64_t last_panel, const ck_float_columns *x,
                                float *out, int64_t out_stride, int32_t accumulate) {
  if (!ck_is_float_product(type, x)) return;
  const float_product p =
      float_product_of(type, panels, rows, x, out, out_stride, accumulate);
  multiply_panels(&p, first_panel, last_panel);
}
