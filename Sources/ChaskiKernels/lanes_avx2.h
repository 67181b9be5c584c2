// Owns: 8 panel rows in an AVX2 register; lanes_plain.h says what each name means.
// Does not own: kernels, nor the target attribute, which isa_avx2.c sets.

#ifndef CHASKI_LANES_H
#define CHASKI_LANES_H

#include "formats.h"

#define LANES_REGISTERS 16
#define LANES_PANELS 1

enum {
  LANES = 8,
  LANES_BIAS = 0,
};

typedef __m256 lanes_f;
typedef __m256i lanes_i;
typedef __m256i lanes_b;

// MARK: Floats

CK_INLINE lanes_f lanes_load_f(const float *p) { return _mm256_loadu_ps(p); }
CK_INLINE void lanes_store_f(float *p, lanes_f a) { _mm256_storeu_ps(p, a); }
CK_INLINE lanes_f lanes_set1_f(float value) { return _mm256_set1_ps(value); }
CK_INLINE lanes_f lanes_add(lanes_f a, lanes_f b) { return _mm256_add_ps(a, b); }
CK_INLINE lanes_f lanes_mul(lanes_f a, lanes_f b) { return _mm256_mul_ps(a, b); }
CK_INLINE lanes_f lanes_fma(lanes_f a, lanes_f b, lanes_f c) { return _mm256_fmadd_ps(a, b, c); }
CK_INLINE lanes_f lanes_f_of_i(lanes_i a) { return _mm256_cvtepi32_ps(a); }

CK_INLINE lanes_f lanes_load_f16(const uint8_t *p) {
  return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

CK_INLINE lanes_f lanes_load_i8(const uint8_t *p) {
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)p)));
}

CK_INLINE lanes_f lanes_load_u8(const uint8_t *p, int shift, int mask) {
  __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
  if (shift != 0) wide = _mm256_srli_epi32(wide, shift);
  if (mask != 255) wide = _mm256_and_si256(wide, _mm256_set1_epi32(mask));
  return _mm256_cvtepi32_ps(wide);
}

CK_INLINE lanes_f lanes_load_e8m0_half(const uint8_t *p) {
  const __m256i e = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
  const __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(e, _mm256_set1_epi32(1)), 23);
  const __m256i subnormal = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), e);
  const __m256i small = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), e);
  return _mm256_castsi256_ps(_mm256_blendv_epi8(normal, subnormal, small));
}

// MARK: Weights

CK_INLINE lanes_b lanes_load_b(const uint8_t *p) {
  return _mm256_load_si256((const __m256i *)p);
}

CK_INLINE lanes_b lanes_or(lanes_b a, lanes_b b) { return _mm256_or_si256(a, b); }

CK_INLINE lanes_b lanes_field(lanes_b a, int count, int mask) {
  if (count > 0) a = _mm256_srli_epi16(a, count);
  if (count < 0) a = _mm256_slli_epi16(a, -count);
  return _mm256_and_si256(a, _mm256_set1_epi8((char)mask));
}

CK_INLINE lanes_b lanes_look_up(const int8_t table[16], int bias, lanes_b codes) {
  const __m128i sixteen = _mm_loadu_si128((const __m128i *)table);
  const __m128i biased = _mm_add_epi8(sixteen, _mm_set1_epi8((char)bias));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(biased), codes);
}

CK_INLINE lanes_b lanes_signed(lanes_b a) { return a; }

// MARK: Products

CK_INLINE lanes_i lanes_set1_i(int32_t value) { return _mm256_set1_epi32(value); }

CK_INLINE lanes_i lanes_dot(const lanes_b *weights, int count, int largest,
                            const int8_t *activations, lanes_i start) {
  const __m256i ones = _mm256_set1_epi16(1);
  // A 16-bit lane adds up two products of at most largest * 127 per vector: so many vectors fit.
  const int run = 32767 / (largest * 2 * 127);
  __m256i narrow = _mm256_setzero_si256();
  CK_UNROLL
  for (int g = 0; g < count; g++) {
    const __m256i four = _mm256_set1_epi32((int32_t)ck_load_u32(activations + 4 * g));
    const __m256i products = _mm256_maddubs_epi16(weights[g], four);
    narrow = g % run == 0 ? products : _mm256_add_epi16(narrow, products);
    if (g % run == run - 1 || g == count - 1) {
      start = _mm256_add_epi32(start, _mm256_madd_epi16(narrow, ones));
    }
  }
  return start;
}

CK_INLINE lanes_i lanes_dot_signed(const lanes_b *weights, int count, const int8_t *activations,
                                   lanes_i start) {
  const __m256i ones = _mm256_set1_epi16(1);
  CK_UNROLL
  for (int g = 0; g < count; g++) {
    // |w| * (a with w's sign): at most 2 * 128 * 127, which 16 bits hold.
    const __m256i four = _mm256_set1_epi32((int32_t)ck_load_u32(activations + 4 * g));
    const __m256i turned = _mm256_sign_epi8(four, weights[g]);
    const __m256i products = _mm256_maddubs_epi16(_mm256_abs_epi8(weights[g]), turned);
    start = _mm256_add_epi32(start, _mm256_madd_epi16(products, ones));
  }
  return start;
}

CK_INLINE lanes_i lanes_product(lanes_b weights, lanes_b activations, lanes_i start) {
  return _mm256_add_epi16(start, _mm256_maddubs_epi16(weights, activations));
}

// MARK: Activations

CK_INLINE int32_t lanes_largest(const float x[CK_BLOCK]) {
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  __m256i largest = _mm256_setzero_si256();
  for (int i = 0; i < CK_BLOCK; i += 8) {
    const __m256i bits = _mm256_loadu_si256((const __m256i *)(x + i));
    largest = _mm256_max_epi32(largest, _mm256_and_si256(bits, magnitude));
  }
  __m128i folded =
      _mm_max_epi32(_mm256_castsi256_si128(largest), _mm256_extracti128_si256(largest, 1));
  folded = _mm_max_epi32(folded, _mm_shuffle_epi32(folded, 0x4e));
  folded = _mm_max_epi32(folded, _mm_shuffle_epi32(folded, 0xb1));
  return _mm_cvtsi128_si32(folded);
}

CK_INLINE void lanes_quantize(const float x[CK_BLOCK], float factor, int8_t codes[CK_BLOCK],
                              int16_t sums[2]) {
  const __m256 factors = _mm256_set1_ps(factor);
  for (int half = 0; half < 2; half++) {
    const float *from = x + 16 * half;
    const __m256i a = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(from), factors));
    const __m256i b = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(from + 8), factors));
    // The pack works within 128-bit halves; the permutation puts the words in order again.
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8);
    const __m128i low = _mm256_castsi256_si128(words), high = _mm256_extracti128_si256(words, 1);
    _mm_storeu_si128((__m128i *)(codes + 16 * half), _mm_packs_epi16(low, high));
    __m128i sum = _mm_madd_epi16(_mm_add_epi16(low, high), _mm_set1_epi16(1));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0x4e));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, 0xb1));
    sums[half] = (int16_t)_mm_cvtsi128_si32(sum);
  }
}

#endif
