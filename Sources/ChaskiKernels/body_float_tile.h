// Owns: one tile of the product of F32, F16 or BF16 panels with float columns: up to 12 columns
// times 1 or 2 panels whose sums stay in registers. Does not own: the walk over tiles
// (body_matmul_float.h), the dot product of the bfloat16 unit (body_bf16_unit.h), attention's tile
// (body_tile.h).
//
// Every type is read in lines of 64 bytes, 16 rows by one weight (F32) or two (F16, BF16).

/// acc[c, v] = fma(weight[v, k], x[c, k], acc[c, v]) over k in order, from 0.
typedef struct float_tile {
  const uint8_t *panel;  ///< of vector 0; vector v's is + v * panel_bytes
  int64_t panel_bytes;
  int64_t lines;
  const void *ready;  ///< [steps, columns], as `ready_float` left them
  float *sums;        ///< [columns, vectors, 16]
} float_tile;

enum {
  FLOAT_LINE = 64,  // bytes
  // How far ahead each panel is fetched, in bytes. One column on one core of a Zen 5 (November 2026),
  // share of what reading alone reaches: 2 panels together 90 to 98 %, with 8192 bytes 78 to 83 %;
  // 4 panels 80 to 90 %, 8 panels 70 to 82 %, one panel of F16 62 % (its sums wait for each other).
  FLOAT_FETCH = 4096,
};

/// Weights that a line holds of each row.
CK_INLINE int float_line_steps(int32_t type) { return type == CK_F32 ? 1 : 2; }

/// Lines of one panel.
CK_INLINE int64_t float_lines(int32_t type, int64_t depth) {
  return type == CK_F32 ? depth : (depth + 1) / 2;
}

/// The weights of one line, in the order in which they are summed.
CK_INLINE void load_line(int32_t type, const uint8_t *line, v16f weights[2]) {
  switch (type) {
    case CK_F32:
      weights[0] = v16f_load((const float *)(const void *)line);
      break;
    case CK_F16:
      weights[0] = v16f_load_f16(line);
      weights[1] = v16f_load_f16(line + FLOAT_LINE / 2);
      break;
    default:
      v16f_load_bf16_pairs(line, &weights[0], &weights[1]);
  }
}

/// Fetches a line ahead; the address need not be in any object.
CK_INLINE void fetch_line(const uint8_t *line) {
  __builtin_prefetch((const void *)((uintptr_t)line + FLOAT_FETCH), 0, 3);
}

CK_INLINE void multiply_tile(int32_t type, int columns, int vectors, const float_tile *t) {
  const float *x = t->ready;
  const uint8_t *line = t->panel;
  const int steps = float_line_steps(type);
  v16f sums[CK_TILE_ACCUMULATORS];
  CK_UNROLL
  for (int i = 0; i < columns * vectors; ++i) {
    sums[i] = v16f_zero();
  }
  for (int64_t i = 0; i < t->lines; ++i, line += FLOAT_LINE, x += steps * columns) {
    v16f weights[2][2];
    CK_UNROLL
    for (int v = 0; v < vectors; ++v) {
      load_line(type, line + v * t->panel_bytes, weights[v]);
      fetch_line(line + v * t->panel_bytes);
    }
    CK_UNROLL
    for (int s = 0; s < steps; ++s) {
      CK_UNROLL
      for (int c = 0; c < columns; ++c) {
        const v16f factor = v16f_set1(x[s * columns + c]);
        CK_UNROLL
        for (int v = 0; v < vectors; ++v) {
          sums[c * vectors + v] = v16f_fma(weights[v][s], factor, sums[c * vectors + v]);
        }
      }
    }
  }
  CK_UNROLL
  for (int i = 0; i < columns * vectors; ++i) {
    v16f_store(t->sums + 16 * i, sums[i]);
  }
}

/// Columns of the widest tile for `left` columns.
static inline int float_columns(int64_t left) {
  if (left >= 12 && CK_TILE_ACCUMULATORS >= 24) return 12;
  if (left >= 8 && CK_TILE_ACCUMULATORS >= 16) return 8;
  if (left >= 6 && CK_TILE_ACCUMULATORS >= 6) return 6;
  return left > 4 ? 4 : (int)left;
}

/// Panels of the widest tile of `columns` columns for `left` panels. Two are enough chains of sums for
/// one column, and memory is faster with two streams than with four or eight.
static inline int float_vectors(int columns, int64_t left) {
  return left >= 2 && 2 * columns <= CK_TILE_ACCUMULATORS ? 2 : 1;
}

typedef void (*float_tile_function)(int columns, int vectors, const float_tile *t);

#define CK_TILE_CASE(run, columns, vectors)                                      \
  case columns * 16 + vectors:                                                   \
    if (columns * vectors <= CK_TILE_ACCUMULATORS) run(columns, vectors, t);     \
    return

/// A function with code of its own for every tile that `float_columns` and `float_vectors` may
/// choose; `run` is inlined with its counts known.
#define CK_FLOAT_TILES(name, run)                                                        \
  static __attribute__((noinline)) void name(int columns, int vectors,                   \
                                             const float_tile *t) {                      \
    switch (columns * 16 + vectors) {                                                    \
      CK_TILE_CASE(run, 12, 2);                                                          \
      CK_TILE_CASE(run, 12, 1);                                                          \
      CK_TILE_CASE(run, 8, 2);                                                           \
      CK_TILE_CASE(run, 8, 1);                                                           \
      CK_TILE_CASE(run, 6, 2);                                                           \
      CK_TILE_CASE(run, 6, 1);                                                           \
      CK_TILE_CASE(run, 4, 2);                                                           \
      CK_TILE_CASE(run, 4, 1);                                                           \
      CK_TILE_CASE(run, 3, 2);                                                           \
      CK_TILE_CASE(run, 3, 1);                                                           \
      CK_TILE_CASE(run, 2, 2);                                                           \
      CK_TILE_CASE(run, 2, 1);                                                           \
      CK_TILE_CASE(run, 1, 2);                                                           \
      CK_TILE_CASE(run, 1, 1);                                                           \
    }                                                                                    \
  }

#define CK_RUN_F32(columns, vectors, t) multiply_tile(CK_F32, columns, vectors, t)
#define CK_RUN_F16(columns, vectors, t) multiply_tile(CK_F16, columns, vectors, t)
#define CK_RUN_BF16(columns, vectors, t) multiply_tile(CK_BF16, columns, vectors, t)

CK_FLOAT_TILES(multiply_f32_tile, CK_RUN_F32)
CK_FLOAT_TILES(multiply_f16_tile, CK_RUN_F16)
CK_FLOAT_TILES(multiply_bf16_tile, CK_RUN_BF16)

#undef CK_RUN_F32
#undef CK_RUN_F16
#undef CK_RUN_BF16

// MARK: The bfloat16 unit's arithmetic

// The unit knows no subnormal number: it takes those it reads as zero, and what it would round to
// one (as if exponents had no end) becomes zero, of the same sign in both cases.

CK_INLINE v16f flush_subnormal(v16f a) {
  return v16f_select_less(v16f_abs(a), v16f_set1(0x1p-126f), v16f_mul(a, v16f_zero()), a);
}

/// w * x + sum as the unit has it; none of the three is subnormal. Computed once more 2^64 times as
/// large: there the result is rounded as if exponents had no end. What overflows there is not small.
CK_INLINE v16f fma_flushed(v16f w, v16f x, v16f sum) {
  const v16f up = v16f_set1(0x1p64f);
  const v16f result = v16f_fma(w, x, sum);
  const v16f scaled = v16f_fma(v16f_mul(w, up), x, v16f_mul(sum, up));
  return v16f_select_less(v16f_abs(scaled), v16f_set1(0x1p-62f), v16f_mul(result, v16f_zero()),
                          result);
}

/// As `multiply_bf16_tile`, with the unit's treatment of small numbers, and slowly.
static void multiply_bf16_flushed(int columns, int vectors, const float_tile *t) {
  for (int v = 0; v < vectors; ++v) {
    for (int c = 0; c < columns; ++c) {
      const uint8_t *line = t->panel + v * t->panel_bytes;
      const float *x = (const float *)t->ready + c;
      v16f sum = v16f_zero();
      for (int64_t i = 0; i < t->lines; ++i, line += FLOAT_LINE, x += 2 * columns) {
        v16f weights[2];
        load_line(CK_BF16, line, weights);
        sum = fma_flushed(flush_subnormal(weights[0]), v16f_set1(x[0]), sum);
        sum = fma_flushed(flush_subnormal(weights[1]), v16f_set1(x[columns]), sum);
      }
      v16f_store(t->sums + 16 * (c * vectors + v), sum);
    }
  }
}

/// Whether no sum of products of such weights and activations can be so small that the unit would
/// flush it, given the bits of the smallest that are not 0. A number is a multiple of 2^-7 of the
/// power of two in it; products, and so all sums, rounded or not, are then multiples of 2^-126.
static inline int is_never_flushed(uint32_t smallest_weight, uint32_t smallest_x) {
  const uint32_t weight = smallest_weight >> 23, x = smallest_x >> 23;
  return weight > 0 && weight + x >= 2 * (127 + 7) - 126;
}
