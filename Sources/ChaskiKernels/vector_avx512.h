// Owns: sixteen lanes of float32 or int32 in one AVX-512 register; vector_plain.h says what each
// name means. Does not own: kernels, nor the target attribute, which the including isa_*.c sets
// after <immintrin.h> (needs avx512f, avx512bw, avx512vl, avx512dq, fma, f16c).

#ifndef CHASKI_VECTOR_H
#define CHASKI_VECTOR_H

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "half.h"

#pragma STDC FP_CONTRACT OFF

#define CK_TILE_ACCUMULATORS 24

typedef __m512 v16f;
typedef __m512i v16i;

// MARK: Floats in and out

static inline v16f v16f_set1(float value) { return _mm512_set1_ps(value); }

static inline v16f v16f_zero(void) { return _mm512_setzero_ps(); }

static inline v16f v16f_load(const float *source) { return _mm512_loadu_ps(source); }

static inline void v16f_store(float *destination, v16f value) {
  _mm512_storeu_ps(destination, value);
}

static inline __mmask16 ck_first_lanes(int64_t count) {
  return (__mmask16)((1u << count) - 1);
}

static inline v16f v16f_load_partial(const float *source, int64_t count) {
  return _mm512_maskz_loadu_ps(ck_first_lanes(count), source);
}

static inline void v16f_store_partial(float *destination, v16f value, int64_t count) {
  _mm512_mask_storeu_ps(destination, ck_first_lanes(count), value);
}

static inline v16f v16f_load_f16(const void *source) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)source));
}

static inline v16f v16f_set1_f16(const void *source) {
  int16_t bits;
  memcpy(&bits, source, sizeof bits);
  return _mm512_cvtph_ps(_mm256_set1_epi16(bits));
}

static inline void v16f_store_f16(void *destination, v16f value) {
  _mm256_storeu_si256((__m256i *)destination,
                      _mm512_cvtps_ph(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

static inline void v16f_load_bf16_pairs(const void *source, v16f *high, v16f *low) {
  const __m512i words = _mm512_loadu_si512(source);
  *high = _mm512_castsi512_ps(_mm512_and_si512(words, _mm512_set1_epi32((int)0xffff0000)));
  *low = _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
}

static inline void v16f_load_pairs(const float *source, v16f *even, v16f *odd) {
  const __m512 a = _mm512_loadu_ps(source);
  const __m512 b = _mm512_loadu_ps(source + 16);
  const __m512i places =
      _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  *even = _mm512_permutex2var_ps(a, places, b);
  *odd = _mm512_permutex2var_ps(a, _mm512_add_epi32(places, _mm512_set1_epi32(1)), b);
}

static inline void v16f_store_pairs(float *destination, v16f even, v16f odd) {
  const __m512i places = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i later = _mm512_add_epi32(places, _mm512_set1_epi32(8));
  _mm512_storeu_ps(destination, _mm512_permutex2var_ps(even, places, odd));
  _mm512_storeu_ps(destination + 16, _mm512_permutex2var_ps(even, later, odd));
}

static inline void v16f_store_transposed(const v16f *vectors, float *rows, int64_t stride) {
  v16f quads[16];  // [i, q]: in quarter k, vectors 4 q to 4 q + 3 of row 4 k + i
  for (int q = 0; q < 4; ++q) {
    const v16f *four = vectors + 4 * q;
    const __m512d low01 = _mm512_castps_pd(_mm512_unpacklo_ps(four[0], four[1]));
    const __m512d high01 = _mm512_castps_pd(_mm512_unpackhi_ps(four[0], four[1]));
    const __m512d low23 = _mm512_castps_pd(_mm512_unpacklo_ps(four[2], four[3]));
    const __m512d high23 = _mm512_castps_pd(_mm512_unpackhi_ps(four[2], four[3]));
    quads[q] = _mm512_castpd_ps(_mm512_unpacklo_pd(low01, low23));
    quads[4 + q] = _mm512_castpd_ps(_mm512_unpackhi_pd(low01, low23));
    quads[8 + q] = _mm512_castpd_ps(_mm512_unpacklo_pd(high01, high23));
    quads[12 + q] = _mm512_castpd_ps(_mm512_unpackhi_pd(high01, high23));
  }
  for (int i = 0; i < 4; ++i) {
    const v16f *four = quads + 4 * i;
    const __m512 even01 = _mm512_shuffle_f32x4(four[0], four[1], 0x88);
    const __m512 odd01 = _mm512_shuffle_f32x4(four[0], four[1], 0xdd);
    const __m512 even23 = _mm512_shuffle_f32x4(four[2], four[3], 0x88);
    const __m512 odd23 = _mm512_shuffle_f32x4(four[2], four[3], 0xdd);
    _mm512_storeu_ps(rows + i * stride, _mm512_shuffle_f32x4(even01, even23, 0x88));
    _mm512_storeu_ps(rows + (4 + i) * stride, _mm512_shuffle_f32x4(odd01, odd23, 0x88));
    _mm512_storeu_ps(rows + (8 + i) * stride, _mm512_shuffle_f32x4(even01, even23, 0xdd));
    _mm512_storeu_ps(rows + (12 + i) * stride, _mm512_shuffle_f32x4(odd01, odd23, 0xdd));
  }
}

// MARK: Float arithmetic

static inline v16f v16f_add(v16f a, v16f b) { return _mm512_add_ps(a, b); }

static inline v16f v16f_sub(v16f a, v16f b) { return _mm512_sub_ps(a, b); }

static inline v16f v16f_mul(v16f a, v16f b) { return _mm512_mul_ps(a, b); }

static inline v16f v16f_div(v16f a, v16f b) { return _mm512_div_ps(a, b); }

static inline v16f v16f_fma(v16f a, v16f b, v16f c) { return _mm512_fmadd_ps(a, b, c); }

static inline v16f v16f_max(v16f a, v16f b) { return _mm512_max_ps(a, b); }

static inline v16f v16f_min(v16f a, v16f b) { return _mm512_min_ps(a, b); }

static inline v16f v16f_abs(v16f a) { return _mm512_abs_ps(a); }

static inline v16f v16f_neg(v16f a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }

static inline v16f v16f_sqrt(v16f a) { return _mm512_sqrt_ps(a); }

static inline v16f v16f_select_less(v16f a, v16f b, v16f x, v16f y) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}

static inline float v16f_sum(v16f a) {
  const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static inline float v16f_hmax(v16f a) {
  const __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(a), _mm512_extractf32x8_ps(a, 1));
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

// MARK: Integers

static inline v16i v16i_set1(int32_t value) { return _mm512_set1_epi32(value); }

static inline v16i v16i_load(const int32_t *source) { return _mm512_loadu_si512(source); }

static inline void v16i_store(int32_t *destination, v16i value) {
  _mm512_storeu_si512(destination, value);
}

static inline v16i v16i_load_i8(const void *source) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)source));
}

static inline v16i v16i_load_u8(const void *source) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)source));
}

static inline v16i v16i_add(v16i a, v16i b) { return _mm512_add_epi32(a, b); }

static inline v16i v16i_sub(v16i a, v16i b) { return _mm512_sub_epi32(a, b); }

static inline v16i v16i_mul(v16i a, v16i b) { return _mm512_mullo_epi32(a, b); }

static inline v16i v16i_shift_left(v16i a, int count) {
  return _mm512_slli_epi32(a, (unsigned)count);
}

// MARK: Between floats and integers

static inline v16f v16f_from_i32(v16i a) { return _mm512_cvtepi32_ps(a); }

static inline v16i v16i_from_f32_nearest(v16f a) { return _mm512_cvtps_epi32(a); }

static inline v16f v16f_from_bits(v16i a) { return _mm512_castsi512_ps(a); }

static inline v16i v16i_from_bits(v16f a) { return _mm512_castps_si512(a); }

#endif
