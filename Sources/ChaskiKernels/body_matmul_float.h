// Owns: products of F32, F16 and BF16 panels ([depth][16] elements, panel after panel) with float
// columns. Does not own: the inner loop (body_tile.h), quantised panels (body_quant.h).

/// Where a tile's results go: rows from `row` on of columns from `column` on.
typedef struct float_target {
  float *out;
  int64_t stride;
  int64_t rows;
  int32_t accumulate;
} float_target;

/// Copies a tile's sums [columns, 16 vectors] out, without the rows that only fill the last panel.
static inline void write_sums(const float_target *target, const float *sums, int64_t column,
                              int columns, int64_t row, int vectors) {
  for (int c = 0; c < columns; ++c) {
    for (int v = 0; v < vectors; ++v) {
      const int64_t first = row + 16 * v;
      const int64_t left = target->rows - first;
      if (left <= 0) continue;
      float *out = target->out + (column + c) * target->stride + first;
      v16f sum = v16f_load(sums + 16 * (c * vectors + v));
      if (left >= 16) {
        v16f_store(out, target->accumulate ? v16f_add(v16f_load(out), sum) : sum);
      } else {
        if (target->accumulate) sum = v16f_add(v16f_load_partial(out, left), sum);
        v16f_store_partial(out, sum, left);
      }
    }
  }
}

static inline void run_float_tile(int32_t type, int columns, int vectors, const tile *t) {
  switch (type) {
    case CK_F32:
      run_f32_tile(columns, vectors, t);
      break;
    case CK_F16:
      run_f16_tile(columns, vectors, t);
      break;
    default:
      run_bf16_tile(columns, vectors, t);
  }
}

static void matmul_float_kernel(int32_t type, const void *panels, int64_t depth, int64_t rows,
                                int64_t first_panel, int64_t last_panel, const float *x,
                                int64_t x_stride, int64_t columns, float *out, int64_t out_stride,
                                int32_t accumulate) {
  const int64_t step_bytes = type == CK_F32 ? 64 : 32;
  const int64_t panel_bytes = ck_padded(depth * step_bytes);
  const float_target target = {out, out_stride, rows, accumulate};
  if (columns <= 0) return;
  for (int64_t panel = first_panel; panel < last_panel;) {
    const int vectors = tile_vectors(tile_columns(columns), last_panel - panel);
    for (int64_t column = 0; column < columns;) {
      const int across = tile_columns(columns - column);
      float sums[CK_ATTENTION_COLUMNS * 2 * 16];
      const tile t = {
          .wide = (const uint8_t *)panels + panel * panel_bytes,
          .vector_bytes = panel_bytes,
          .step_bytes = step_bytes,
          .factors = x + column * x_stride,
          .factor_stride = x_stride,
          .count = depth,
          .sums = sums,
          .sum_stride = 16 * vectors,
          .from_zero = 1,
      };
      run_float_tile(type, across, vectors, &t);
      write_sums(&target, sums, column, across, panel * CK_PANEL_ROWS, vectors);
      column += across;
    }
    panel += vectors;
  }
}
