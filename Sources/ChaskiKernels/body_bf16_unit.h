// Owns: products of BF16 panels by the bfloat16 dot product (Cooper Lake, Sapphire Rapids, Zen 4,
// and later). Does not own: the same bits without it (body_float_tile.h), the walk over tiles
// (body_matmul_float.h).
//
// VDPBF16PS takes pairs: it adds the product of the two high halves to the sum, then that of the two
// low ones, each with one rounding (Intel 64 and IA-32 Architectures Software Developer's Manual,
// volume 2, VDPBF16PS: "FP32 FMA with daz in, ftz out and RNE rounding"). The earlier weight of a
// pair stands in the high half, so sums take their products in order.

CK_INLINE void unit_tile(int columns, int vectors, const float_tile *t) {
  const uint8_t *x = t->ready;
  const uint8_t *line = t->panel;
  __m512 sums[CK_TILE_ACCUMULATORS];
  CK_UNROLL
  for (int i = 0; i < columns * vectors; ++i) {
    sums[i] = _mm512_setzero_ps();
  }
  for (int64_t i = 0; i < t->lines; ++i, line += FLOAT_LINE, x += 4 * columns) {
    __m512bh weights[2];
    CK_UNROLL
    for (int v = 0; v < vectors; ++v) {
      weights[v] = (__m512bh)_mm512_loadu_si512(line + v * t->panel_bytes);
      fetch_line(line + v * t->panel_bytes);
    }
    CK_UNROLL
    for (int c = 0; c < columns; ++c) {
      const __m512bh factor = (__m512bh)_mm512_set1_epi32((int32_t)ck_load_u32(x + 4 * c));
      CK_UNROLL
      for (int v = 0; v < vectors; ++v) {
        sums[c * vectors + v] = _mm512_dpbf16_ps(sums[c * vectors + v], weights[v], factor);
      }
    }
  }
  CK_UNROLL
  for (int i = 0; i < columns * vectors; ++i) {
    _mm512_storeu_ps(t->sums + 16 * i, sums[i]);
  }
}

CK_FLOAT_TILES(multiply_bf16_unit_tile, unit_tile)

static void ready_float_unit_kernel(const float *x, int64_t stride, int64_t first_column,
                                    int64_t last_column, const ck_float_columns *result) {
  ready_tiles(x, stride, first_column, last_column, result, result->rounded);
}

static void matmul_float_unit_kernel(int32_t type, const void *panels, int64_t rows,
                                     int64_t first_panel, int64_t last_panel,
                                     const ck_float_columns *x, float *out, int64_t out_stride,
                                     int32_t accumulate) {
  if (!ck_is_float_product(type, x)) return;
  float_product p = float_product_of(type, panels, rows, x, out, out_stride, accumulate);
  if (x->rounded) {
    p.column_bytes /= 2;
    p.run = multiply_bf16_unit_tile;
  }
  multiply_panels(&p, first_panel, last_panel);
}
