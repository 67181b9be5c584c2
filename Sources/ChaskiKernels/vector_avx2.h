// Owns: sixteen lanes of float32 or int32 in two AVX2 registers; vector_plain.h says what each
// name means. Does not own: kernels, nor the target attribute, which the including isa_*.c sets
// after <immintrin.h> (needs avx2, fma, f16c).

#ifndef CHASKI_VECTOR_H
#define CHASKI_VECTOR_H

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "half.h"

#pragma STDC FP_CONTRACT OFF

#define CK_TILE_ACCUMULATORS 6

typedef struct v16f {
  __m256 lo, hi;
} v16f;

typedef struct v16i {
  __m256i lo, hi;
} v16i;

// MARK: Floats in and out

static inline v16f v16f_set1(float value) {
  const __m256 all = _mm256_set1_ps(value);
  return (v16f){all, all};
}

static inline v16f v16f_zero(void) { return (v16f){_mm256_setzero_ps(), _mm256_setzero_ps()}; }

static inline v16f v16f_load(const float *source) {
  return (v16f){_mm256_loadu_ps(source), _mm256_loadu_ps(source + 8)};
}

static inline void v16f_store(float *destination, v16f value) {
  _mm256_storeu_ps(destination, value.lo);
  _mm256_storeu_ps(destination + 8, value.hi);
}

static inline v16i ck_first_lanes(int64_t count) {
  const __m256i all = _mm256_set1_epi32((int32_t)count);
  return (v16i){_mm256_cmpgt_epi32(all, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)),
                _mm256_cmpgt_epi32(all, _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15))};
}

static inline v16f v16f_load_partial(const float *source, int64_t count) {
  const v16i mask = ck_first_lanes(count);
  return (v16f){_mm256_maskload_ps(source, mask.lo), _mm256_maskload_ps(source + 8, mask.hi)};
}

static inline void v16f_store_partial(float *destination, v16f value, int64_t count) {
  const v16i mask = ck_first_lanes(count);
  _mm256_maskstore_ps(destination, mask.lo, value.lo);
  _mm256_maskstore_ps(destination + 8, mask.hi, value.hi);
}

static inline v16f v16f_load_f16(const void *source) {
  const __m128i *halves = (const __m128i *)source;
  return (v16f){_mm256_cvtph_ps(_mm_loadu_si128(halves)),
                _mm256_cvtph_ps(_mm_loadu_si128(halves + 1))};
}

static inline v16f v16f_set1_f16(const void *source) {
  int16_t bits;
  memcpy(&bits, source, sizeof bits);
  const __m256 all = _mm256_cvtph_ps(_mm_set1_epi16(bits));
  return (v16f){all, all};
}

static inline void v16f_store_f16(void *destination, v16f value) {
  __m128i *halves = (__m128i *)destination;
  _mm_storeu_si128(halves, _mm256_cvtps_ph(value.lo, _MM_FROUND_TO_NEAREST_INT));
  _mm_storeu_si128(halves + 1, _mm256_cvtps_ph(value.hi, _MM_FROUND_TO_NEAREST_INT));
}

static inline void v16f_load_bf16_pairs(const void *source, v16f *high, v16f *low) {
  const __m256i *words = (const __m256i *)source;
  const __m256i a = _mm256_loadu_si256(words), b = _mm256_loadu_si256(words + 1);
  const __m256i mask = _mm256_set1_epi32((int)0xffff0000);
  *high = (v16f){_mm256_castsi256_ps(_mm256_and_si256(a, mask)),
                 _mm256_castsi256_ps(_mm256_and_si256(b, mask))};
  *low = (v16f){_mm256_castsi256_ps(_mm256_slli_epi32(a, 16)),
                _mm256_castsi256_ps(_mm256_slli_epi32(b, 16))};
}

static inline __m256 ck_even_of(__m256 a, __m256 b, int odd) {
  // The shuffle takes two from each quarter of a, then of b: quarters come as a0 b0 a1 b1.
  const __m256 mixed = odd ? _mm256_shuffle_ps(a, b, 0xdd) : _mm256_shuffle_ps(a, b, 0x88);
  return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(mixed), 0xd8));
}

static inline void v16f_load_pairs(const float *source, v16f *even, v16f *odd) {
  const v16f a = v16f_load(source);
  const v16f b = v16f_load(source + 16);
  *even = (v16f){ck_even_of(a.lo, a.hi, 0), ck_even_of(b.lo, b.hi, 0)};
  *odd = (v16f){ck_even_of(a.lo, a.hi, 1), ck_even_of(b.lo, b.hi, 1)};
}

static inline void ck_store_eight_pairs(float *destination, __m256 even, __m256 odd) {
  const __m256 low = _mm256_unpacklo_ps(even, odd);   // pairs 0 1, 4 5
  const __m256 high = _mm256_unpackhi_ps(even, odd);  // pairs 2 3, 6 7
  _mm256_storeu_ps(destination, _mm256_permute2f128_ps(low, high, 0x20));
  _mm256_storeu_ps(destination + 8, _mm256_permute2f128_ps(low, high, 0x31));
}

static inline void v16f_store_pairs(float *destination, v16f even, v16f odd) {
  ck_store_eight_pairs(destination, even.lo, odd.lo);
  ck_store_eight_pairs(destination + 16, even.hi, odd.hi);
}

/// Four vectors of eight lanes: elements of rows 0 to 3 in the low halves, 4 to 7 in the high ones.
static inline void ck_store_four_columns(__m256 a, __m256 b, __m256 c, __m256 d, float *rows,
                                         int64_t stride) {
  const __m256d low01 = _mm256_castps_pd(_mm256_unpacklo_ps(a, b));
  const __m256d high01 = _mm256_castps_pd(_mm256_unpackhi_ps(a, b));
  const __m256d low23 = _mm256_castps_pd(_mm256_unpacklo_ps(c, d));
  const __m256d high23 = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
  const __m256 pairs[4] = {_mm256_castpd_ps(_mm256_unpacklo_pd(low01, low23)),
                           _mm256_castpd_ps(_mm256_unpackhi_pd(low01, low23)),
                           _mm256_castpd_ps(_mm256_unpacklo_pd(high01, high23)),
                           _mm256_castpd_ps(_mm256_unpackhi_pd(high01, high23))};
  for (int i = 0; i < 4; ++i) {
    _mm_storeu_ps(rows + i * stride, _mm256_castps256_ps128(pairs[i]));
    _mm_storeu_ps(rows + (4 + i) * stride, _mm256_extractf128_ps(pairs[i], 1));
  }
}

static inline void v16f_store_transposed(const v16f *vectors, float *rows, int64_t stride) {
  for (int e = 0; e < 16; e += 4) {
    const v16f *four = vectors + e;
    ck_store_four_columns(four[0].lo, four[1].lo, four[2].lo, four[3].lo, rows + e, stride);
    ck_store_four_columns(four[0].hi, four[1].hi, four[2].hi, four[3].hi, rows + 8 * stride + e,
                          stride);
  }
}

// MARK: Float arithmetic

static inline v16f v16f_add(v16f a, v16f b) {
  return (v16f){_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)};
}

static inline v16f v16f_sub(v16f a, v16f b) {
  return (v16f){_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)};
}

static inline v16f v16f_mul(v16f a, v16f b) {
  return (v16f){_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)};
}

static inline v16f v16f_div(v16f a, v16f b) {
  return (v16f){_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)};
}

static inline v16f v16f_fma(v16f a, v16f b, v16f c) {
  return (v16f){_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}

static inline v16f v16f_max(v16f a, v16f b) {
  return (v16f){_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)};
}

static inline v16f v16f_min(v16f a, v16f b) {
  return (v16f){_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)};
}

static inline v16f v16f_abs(v16f a) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return (v16f){_mm256_andnot_ps(sign, a.lo), _mm256_andnot_ps(sign, a.hi)};
}

static inline v16f v16f_neg(v16f a) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  return (v16f){_mm256_xor_ps(sign, a.lo), _mm256_xor_ps(sign, a.hi)};
}

static inline v16f v16f_sqrt(v16f a) {
  return (v16f){_mm256_sqrt_ps(a.lo), _mm256_sqrt_ps(a.hi)};
}

static inline v16f v16f_select_less(v16f a, v16f b, v16f x, v16f y) {
  return (v16f){_mm256_blendv_ps(y.lo, x.lo, _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ)),
                _mm256_blendv_ps(y.hi, x.hi, _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ))};
}

static inline float v16f_sum(v16f a) {
  const __m256 eight = _mm256_add_ps(a.lo, a.hi);
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static inline float v16f_hmax(v16f a) {
  const __m256 eight = _mm256_max_ps(a.lo, a.hi);
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// MARK: Integers

static inline v16i v16i_set1(int32_t value) {
  const __m256i all = _mm256_set1_epi32(value);
  return (v16i){all, all};
}

static inline v16i v16i_load(const int32_t *source) {
  return (v16i){_mm256_loadu_si256((const __m256i *)source),
                _mm256_loadu_si256((const __m256i *)(source + 8))};
}

static inline void v16i_store(int32_t *destination, v16i value) {
  _mm256_storeu_si256((__m256i *)destination, value.lo);
  _mm256_storeu_si256((__m256i *)(destination + 8), value.hi);
}

static inline v16i v16i_load_i8(const void *source) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)source);
  return (v16i){_mm256_cvtepi8_epi32(bytes), _mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8))};
}

static inline v16i v16i_load_u8(const void *source) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)source);
  return (v16i){_mm256_cvtepu8_epi32(bytes), _mm256_cvtepu8_epi32(_mm_srli_si128(bytes, 8))};
}

static inline v16i v16i_add(v16i a, v16i b) {
  return (v16i){_mm256_add_epi32(a.lo, b.lo), _mm256_add_epi32(a.hi, b.hi)};
}

static inline v16i v16i_sub(v16i a, v16i b) {
  return (v16i){_mm256_sub_epi32(a.lo, b.lo), _mm256_sub_epi32(a.hi, b.hi)};
}

static inline v16i v16i_mul(v16i a, v16i b) {
  return (v16i){_mm256_mullo_epi32(a.lo, b.lo), _mm256_mullo_epi32(a.hi, b.hi)};
}

static inline v16i v16i_shift_left(v16i a, int count) {
  return (v16i){_mm256_slli_epi32(a.lo, count), _mm256_slli_epi32(a.hi, count)};
}

// MARK: Between floats and integers

static inline v16f v16f_from_i32(v16i a) {
  return (v16f){_mm256_cvtepi32_ps(a.lo), _mm256_cvtepi32_ps(a.hi)};
}

static inline v16i v16i_from_f32_nearest(v16f a) {
  return (v16i){_mm256_cvtps_epi32(a.lo), _mm256_cvtps_epi32(a.hi)};
}

static inline v16f v16f_from_bits(v16i a) {
  return (v16f){_mm256_castsi256_ps(a.lo), _mm256_castsi256_ps(a.hi)};
}

static inline v16i v16i_from_bits(v16f a) {
  return (v16i){_mm256_castps_si256(a.lo), _mm256_castps_si256(a.hi)};
}

#endif
