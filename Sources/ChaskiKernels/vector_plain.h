// Owns: sixteen lanes of float32 or int32 in plain C: the meaning of every name that
// vector_avx2.h, vector_avx512.h and vector_neon.h give again with instructions.
// Does not own: kernels. Exactly one vector_*.h is included in each isa_*.c.
//
// Every operation rounds once, to nearest even, and gives the same bits in each header, NaN
// payloads excepted.

#ifndef CHASKI_VECTOR_H
#define CHASKI_VECTOR_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "half.h"

#pragma STDC FP_CONTRACT OFF

/// Accumulators of type v16f that the registers hold beside their operands.
#define CK_TILE_ACCUMULATORS 4

typedef struct v16f {
  float lane[16];
} v16f;

typedef struct v16i {
  int32_t lane[16];
} v16i;

#define CK_LANES(expression)       \
  for (int i = 0; i < 16; ++i) {   \
    result.lane[i] = (expression); \
  }                                \
  return result

// MARK: Floats in and out

static inline v16f v16f_set1(float value) {
  v16f result;
  CK_LANES(value);
}

static inline v16f v16f_zero(void) { return v16f_set1(0); }

/// `source` may be unaligned, in this and every other load and store.
static inline v16f v16f_load(const float *source) {
  v16f result;
  memcpy(result.lane, source, sizeof result.lane);
  return result;
}

static inline void v16f_store(float *destination, v16f value) {
  memcpy(destination, value.lane, sizeof value.lane);
}

/// The first `count` (0...16) lanes from memory, the others +0; reads no further.
static inline v16f v16f_load_partial(const float *source, int64_t count) {
  v16f result;
  CK_LANES(i < count ? source[i] : 0.0f);
}

/// Writes the first `count` (0...16) lanes and nothing else.
static inline void v16f_store_partial(float *destination, v16f value, int64_t count) {
  for (int i = 0; i < 16 && i < count; ++i) {
    destination[i] = value.lane[i];
  }
}

/// 16 float16, exactly; a signalling NaN turns quiet.
static inline v16f v16f_load_f16(const void *source) {
  uint16_t bits[16];
  memcpy(bits, source, sizeof bits);
  v16f result;
  CK_LANES(ck_f32_from_f16(bits[i]));
}

/// One float16 in all lanes.
static inline v16f v16f_set1_f16(const void *source) {
  uint16_t bits;
  memcpy(&bits, source, sizeof bits);
  return v16f_set1(ck_f32_from_f16(bits));
}

/// Rounds to 16 float16, ties to even.
static inline void v16f_store_f16(void *destination, v16f value) {
  uint16_t bits[16];
  for (int i = 0; i < 16; ++i) {
    bits[i] = ck_f16_from_f32(value.lane[i]);
  }
  memcpy(destination, bits, sizeof bits);
}

/// 16 words of two bfloat16: those in the high halves and those in the low ones, exactly.
static inline void v16f_load_bf16_pairs(const void *source, v16f *high, v16f *low) {
  uint32_t words[16];
  memcpy(words, source, sizeof words);
  for (int i = 0; i < 16; ++i) {
    high->lane[i] = ck_f32_from_bits(words[i] & 0xffff0000);
    low->lane[i] = ck_f32_from_bits(words[i] << 16);
  }
}

/// 32 floats: those at even places and those at odd ones.
static inline void v16f_load_pairs(const float *source, v16f *even, v16f *odd) {
  for (int i = 0; i < 16; ++i) {
    even->lane[i] = source[2 * i];
    odd->lane[i] = source[2 * i + 1];
  }
}

/// The inverse of `v16f_load_pairs`.
static inline void v16f_store_pairs(float *destination, v16f even, v16f odd) {
  for (int i = 0; i < 16; ++i) {
    destination[2 * i] = even.lane[i];
    destination[2 * i + 1] = odd.lane[i];
  }
}

/// Lane i of vector e becomes element e of row i, rows at a distance of `stride` floats.
static inline void v16f_store_transposed(const v16f *vectors, float *rows, int64_t stride) {
  for (int i = 0; i < 16; ++i) {
    for (int e = 0; e < 16; ++e) {
      rows[i * stride + e] = vectors[e].lane[i];
    }
  }
}

// MARK: Float arithmetic

static inline v16f v16f_add(v16f a, v16f b) {
  v16f result;
  CK_LANES(a.lane[i] + b.lane[i]);
}

static inline v16f v16f_sub(v16f a, v16f b) {
  v16f result;
  CK_LANES(a.lane[i] - b.lane[i]);
}

static inline v16f v16f_mul(v16f a, v16f b) {
  v16f result;
  CK_LANES(a.lane[i] * b.lane[i]);
}

static inline v16f v16f_div(v16f a, v16f b) {
  v16f result;
  CK_LANES(a.lane[i] / b.lane[i]);
}

/// a * b + c, rounded once.
static inline v16f v16f_fma(v16f a, v16f b, v16f c) {
  v16f result;
  CK_LANES(fmaf(a.lane[i], b.lane[i], c.lane[i]));
}

/// a > b ? a : b, so b where either is NaN.
static inline v16f v16f_max(v16f a, v16f b) {
  v16f result;
  CK_LANES(a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]);
}

/// a < b ? a : b, so b where either is NaN.
static inline v16f v16f_min(v16f a, v16f b) {
  v16f result;
  CK_LANES(a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]);
}

static inline v16f v16f_abs(v16f a) {
  v16f result;
  CK_LANES(fabsf(a.lane[i]));
}

/// Flips the sign, of zeros too.
static inline v16f v16f_neg(v16f a) {
  v16f result;
  CK_LANES(-a.lane[i]);
}

static inline v16f v16f_sqrt(v16f a) {
  v16f result;
  CK_LANES(sqrtf(a.lane[i]));
}

/// a < b ? x : y, so y where a or b is NaN.
static inline v16f v16f_select_less(v16f a, v16f b, v16f x, v16f y) {
  v16f result;
  CK_LANES(a.lane[i] < b.lane[i] ? x.lane[i] : y.lane[i]);
}

/// Folds lanes: i with i + 8, then i + 4, i + 2, i + 1.
static inline float v16f_sum(v16f a) {
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) {
      a.lane[i] = a.lane[i] + a.lane[i + width];
    }
  }
  return a.lane[0];
}

/// Folds lanes with `v16f_max` in the order of `v16f_sum`.
static inline float v16f_hmax(v16f a) {
  for (int width = 8; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) {
      a.lane[i] = a.lane[i] > a.lane[i + width] ? a.lane[i] : a.lane[i + width];
    }
  }
  return a.lane[0];
}

// MARK: Integers

static inline v16i v16i_set1(int32_t value) {
  v16i result;
  CK_LANES(value);
}

static inline v16i v16i_load(const int32_t *source) {
  v16i result;
  memcpy(result.lane, source, sizeof result.lane);
  return result;
}

static inline void v16i_store(int32_t *destination, v16i value) {
  memcpy(destination, value.lane, sizeof value.lane);
}

/// 16 int8, widened.
static inline v16i v16i_load_i8(const void *source) {
  int8_t bytes[16];
  memcpy(bytes, source, sizeof bytes);
  v16i result;
  CK_LANES(bytes[i]);
}

/// 16 uint8, widened.
static inline v16i v16i_load_u8(const void *source) {
  uint8_t bytes[16];
  memcpy(bytes, source, sizeof bytes);
  v16i result;
  CK_LANES(bytes[i]);
}

/// Keeps the low 32 bits, as `v16i_sub`, `v16i_mul` and `v16i_shift_left` do.
static inline v16i v16i_add(v16i a, v16i b) {
  v16i result;
  CK_LANES((int32_t)((uint32_t)a.lane[i] + (uint32_t)b.lane[i]));
}

static inline v16i v16i_sub(v16i a, v16i b) {
  v16i result;
  CK_LANES((int32_t)((uint32_t)a.lane[i] - (uint32_t)b.lane[i]));
}

static inline v16i v16i_mul(v16i a, v16i b) {
  v16i result;
  CK_LANES((int32_t)((uint32_t)a.lane[i] * (uint32_t)b.lane[i]));
}

/// `count` is 0...31.
static inline v16i v16i_shift_left(v16i a, int count) {
  v16i result;
  CK_LANES((int32_t)((uint32_t)a.lane[i] << count));
}

// MARK: Between floats and integers

static inline v16f v16f_from_i32(v16i a) {
  v16f result;
  CK_LANES((float)a.lane[i]);
}

/// Nearest, ties to even; INT32_MIN where the result does not fit and for NaN.
static inline v16i v16i_from_f32_nearest(v16f a) {
  v16i result;
  CK_LANES(a.lane[i] >= -0x1p31f && a.lane[i] < 0x1p31f ? (int32_t)rintf(a.lane[i]) : INT32_MIN);
}

static inline v16f v16f_from_bits(v16i a) {
  v16f result;
  memcpy(&result, &a, sizeof result);
  return result;
}

static inline v16i v16i_from_bits(v16f a) {
  v16i result;
  memcpy(&result, &a, sizeof result);
  return result;
}

#undef CK_LANES

#endif
