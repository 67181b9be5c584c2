// Owns: the inner loop of attention: a tile of up to 12 columns times up to 8 vectors of 16 lanes
// whose sums stay in registers; both halves of attention run it. Does not own: the walk over pages
// (body_attention.h), the tiles of matrix products (body_float_tile.h).

#include "cache.h"
#include "fetch.h"
#include "formats.h"

enum {
  /// Tiles of more columns compute so long over a page that the processor fetches the next one by itself.
  CK_FETCHING_COLUMNS = 8,
};

/// How the wide operand is stored.
typedef enum tile_kind {
  TILE_F32,
  TILE_F16,
  TILE_Q8_KEYS,    ///< int8; per 32 steps and lane a float16 scale for the sum of those steps
  TILE_Q8_VALUES,  ///< int8; per step and two vectors a float16 scale for the element
} tile_kind;

/// sums[c, v] = fma(wide[v, k], factors[c, k], sums[c, v]) over k in order.
typedef struct tile {
  const uint8_t *wide;   ///< 16 elements of vector v at step k: + v * vector_bytes + k * step_bytes
  int64_t vector_bytes;
  int64_t step_bytes;
  const uint8_t *scales;  ///< float16, for the Q8 kinds
  int64_t scale_vector_bytes;
  int64_t scale_step_bytes;
  const float *factors;  ///< column c at step k: + c * factor_stride + k
  int64_t factor_stride;
  int64_t count;  ///< steps
  float *sums;    ///< 16 lanes of column c, vector v: + c * sum_stride + 16 v
  int64_t sum_stride;
  int32_t from_zero;  ///< whether sums start at 0, not at what `sums` holds
  const uint8_t *ahead;  ///< what will be read next, fetched as fast as `wide` is read; or null
} tile;

/// Bytes that one vector of the wide operand takes.
CK_INLINE int64_t tile_vector_bytes(tile_kind kind) {
  return kind == TILE_F32 ? 64 : kind == TILE_F16 ? 32 : 16;
}

CK_INLINE v16f tile_wide(tile_kind kind, const tile *t, int vector, int64_t step) {
  const uint8_t *place = t->wide + vector * t->vector_bytes + step * t->step_bytes;
  switch (kind) {
    case TILE_F32:
      return v16f_load((const float *)(const void *)place);
    case TILE_F16:
      return v16f_load_f16(place);
    case TILE_Q8_KEYS:
      return v16f_from_i32(v16i_load_i8(place));
    case TILE_Q8_VALUES:
      break;
  }
  // Exact: 11 bits of scale times 8 bits of code.
  const uint8_t *scale =
      t->scales + (vector / 2) * t->scale_vector_bytes + step * t->scale_step_bytes;
  return v16f_mul(v16f_set1_f16(scale), v16f_from_i32(v16i_load_i8(place)));
}

/// Steps first ..< last of a tile whose sums are in registers.
CK_INLINE void tile_steps(tile_kind kind, int columns, int vectors, const tile *t, int64_t first,
                           int64_t last, v16f *sums) {
  for (int64_t k = first; k < last; ++k) {
    v16f wide[8];
    CK_UNROLL
    for (int v = 0; v < vectors; ++v) {
      wide[v] = tile_wide(kind, t, v, k);
    }
    if (columns <= CK_FETCHING_COLUMNS && t->ahead) {
      const int64_t bytes = vectors * tile_vector_bytes(kind);
      fetch((uintptr_t)t->ahead + (uintptr_t)(k * bytes), bytes);
    }
    CK_UNROLL
    for (int c = 0; c < columns; ++c) {
      const v16f factor = v16f_set1(t->factors[c * t->factor_stride + k]);
      CK_UNROLL
      for (int v = 0; v < vectors; ++v) {
        sums[c * vectors + v] = v16f_fma(wide[v], factor, sums[c * vectors + v]);
      }
    }
  }
}

CK_INLINE void product_tile(tile_kind kind, int columns, int vectors, const tile *t) {
  v16f sums[CK_ATTENTION_COLUMNS * 2];
  CK_UNROLL
  for (int c = 0; c < columns; ++c) {
    CK_UNROLL
    for (int v = 0; v < vectors; ++v) {
      const float *start = t->sums + c * t->sum_stride + 16 * v;
      sums[c * vectors + v] = t->from_zero ? v16f_zero() : v16f_load(start);
    }
  }
  tile_steps(kind, columns, vectors, t, 0, t->count, sums);
  CK_UNROLL
  for (int c = 0; c < columns; ++c) {
    CK_UNROLL
    for (int v = 0; v < vectors; ++v) {
      v16f_store(t->sums + c * t->sum_stride + 16 * v, sums[c * vectors + v]);
    }
  }
}

/// As `product_tile`, but sums of 32 steps are formed apart, from 0, and joined as
/// fma(scale, block sum, sum): one multiplication by the scale, not 32.
CK_INLINE void scaled_tile(int columns, int vectors, const tile *t) {
  for (int64_t block = 0; block < t->count / CK_BLOCK; ++block) {
    v16f sums[CK_ATTENTION_COLUMNS * 2];
    CK_UNROLL
    for (int i = 0; i < columns * vectors; ++i) {
      sums[i] = v16f_zero();
    }
    tile_steps(TILE_Q8_KEYS, columns, vectors, t, block * CK_BLOCK, (block + 1) * CK_BLOCK, sums);
    CK_UNROLL
    for (int v = 0; v < vectors; ++v) {
      const v16f scale = v16f_load_f16(t->scales + v * t->scale_vector_bytes +
                                       block * t->scale_step_bytes);
      CK_UNROLL
      for (int c = 0; c < columns; ++c) {
        float *sum = t->sums + c * t->sum_stride + 16 * v;
        const v16f before = t->from_zero && block == 0 ? v16f_zero() : v16f_load(sum);
        v16f_store(sum, v16f_fma(scale, sums[c * vectors + v], before));
      }
    }
  }
}

/// Columns of the widest tile for `left` columns.
static inline int tile_columns(int64_t left) {
  if (left >= 12 && CK_TILE_ACCUMULATORS >= 24) return 12;
  if (left >= 8 && CK_TILE_ACCUMULATORS >= 16) return 8;
  if (left >= 6 && CK_TILE_ACCUMULATORS >= 6) return 6;
  return left > 4 ? 4 : (int)left;
}

/// Vectors of the widest tile of `columns` columns for `left` vectors: 8, 4, 2 or 1.
static inline int tile_vectors(int columns, int64_t left) {
  // Three columns of eight vectors would leave no register for the operands.
  int vectors = columns == 3 ? CK_TILE_ACCUMULATORS >= 24 ? 4 : 1 : 8;
  while (vectors > left || vectors * columns > CK_TILE_ACCUMULATORS) {
    vectors /= 2;
  }
  return vectors;
}

#define CK_TILE_CASE(kind, columns, vectors)                  \
  case columns * 16 + vectors:                                \
    if (columns * vectors <= CK_TILE_ACCUMULATORS) {          \
      if (kind == TILE_Q8_KEYS) {                             \
        scaled_tile(columns, vectors, t);                     \
      } else {                                                \
        product_tile(kind, columns, vectors, t);              \
      }                                                       \
    }                                                         \
    return

/// Every tile that `tile_columns` and `tile_vectors` may choose, each with its own code.
#define CK_TILE_FUNCTION(name, kind)                                                     \
  static __attribute__((noinline)) void name(int columns, int vectors, const tile *t) {  \
    switch (columns * 16 + vectors) {                                                    \
      CK_TILE_CASE(kind, 12, 2);                                                         \
      CK_TILE_CASE(kind, 12, 1);                                                         \
      CK_TILE_CASE(kind, 8, 2);                                                          \
      CK_TILE_CASE(kind, 8, 1);                                                          \
      CK_TILE_CASE(kind, 6, 4);                                                          \
      CK_TILE_CASE(kind, 6, 2);                                                          \
      CK_TILE_CASE(kind, 6, 1);                                                          \
      CK_TILE_CASE(kind, 4, 4);                                                          \
      CK_TILE_CASE(kind, 4, 2);                                                          \
      CK_TILE_CASE(kind, 4, 1);                                                          \
      CK_TILE_CASE(kind, 3, 4);                                                          \
      CK_TILE_CASE(kind, 3, 2);                                                          \
      CK_TILE_CASE(kind, 3, 1);                                                          \
      CK_TILE_CASE(kind, 2, 8);                                                          \
      CK_TILE_CASE(kind, 2, 4);                                                          \
      CK_TILE_CASE(kind, 2, 2);                                                          \
      CK_TILE_CASE(kind, 2, 1);                                                          \
      CK_TILE_CASE(kind, 1, 8);                                                          \
      CK_TILE_CASE(kind, 1, 4);                                                          \
      CK_TILE_CASE(kind, 1, 2);                                                          \
      CK_TILE_CASE(kind, 1, 1);                                                          \
    }                                                                                    \
  }

CK_TILE_FUNCTION(run_f32_tile, TILE_F32)
CK_TILE_FUNCTION(run_f16_tile, TILE_F16)
CK_TILE_FUNCTION(run_q8_keys_tile, TILE_Q8_KEYS)
CK_TILE_FUNCTION(run_q8_values_tile, TILE_Q8_VALUES)

#undef CK_TILE_FUNCTION
#undef CK_TILE_CASE
