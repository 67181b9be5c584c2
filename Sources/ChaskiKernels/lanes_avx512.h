// Owns: 16 panel rows in an AVX-512 register; lanes_plain.h says what each name means.
// Does not own: kernels, nor the target attribute, which isa_avx512.c sets.

#ifndef CHASKI_LANES_H
#define CHASKI_LANES_H

#include "formats.h"

#define LANES_REGISTERS 32
#define LANES_PANELS 2

enum {
  LANES = 16,
  LANES_BIAS = 128,  // the product takes unsigned weights only
};

typedef __m512 lanes_f;
typedef __m512i lanes_i;
typedef __m512i lanes_b;

// MARK: Floats

CK_INLINE lanes_f lanes_load_f(const float *p) { return _mm512_loadu_ps(p); }
CK_INLINE void lanes_store_f(float *p, lanes_f a) { _mm512_storeu_ps(p, a); }
CK_INLINE lanes_f lanes_set1_f(float value) { return _mm512_set1_ps(value); }
CK_INLINE lanes_f lanes_add(lanes_f a, lanes_f b) { return _mm512_add_ps(a, b); }
CK_INLINE lanes_f lanes_mul(lanes_f a, lanes_f b) { return _mm512_mul_ps(a, b); }
CK_INLINE lanes_f lanes_fma(lanes_f a, lanes_f b, lanes_f c) { return _mm512_fmadd_ps(a, b, c); }
CK_INLINE lanes_f lanes_f_of_i(lanes_i a) { return _mm512_cvtepi32_ps(a); }

CK_INLINE lanes_f lanes_load_f16(const uint8_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

CK_INLINE lanes_f lanes_load_i8(const uint8_t *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)p)));
}

CK_INLINE lanes_f lanes_load_u8(const uint8_t *p, int shift, int mask) {
  __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
  if (shift != 0) wide = _mm512_srli_epi32(wide, (unsigned)shift);
  if (mask != 255) wide = _mm512_and_si512(wide, _mm512_set1_epi32(mask));
  return _mm512_cvtepi32_ps(wide);
}

CK_INLINE lanes_f lanes_load_e8m0_half(const uint8_t *p) {
  const __m512i e = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
  const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(e, _mm512_set1_epi32(1)), 23);
  const __m512i subnormal = _mm512_sllv_epi32(_mm512_set1_epi32(0x00200000), e);
  const __mmask16 small = _mm512_cmplt_epi32_mask(e, _mm512_set1_epi32(2));
  return _mm512_castsi512_ps(_mm512_mask_blend_epi32(small, normal, subnormal));
}

// MARK: Weights

CK_INLINE lanes_b lanes_load_b(const uint8_t *p) { return _mm512_load_si512(p); }
CK_INLINE lanes_b lanes_or(lanes_b a, lanes_b b) { return _mm512_or_si512(a, b); }

CK_INLINE lanes_b lanes_field(lanes_b a, int count, int mask) {
  if (count > 0) a = _mm512_srli_epi16(a, (unsigned)count);
  if (count < 0) a = _mm512_slli_epi16(a, (unsigned)-count);
  return _mm512_and_si512(a, _mm512_set1_epi8((char)mask));
}

CK_INLINE lanes_b lanes_look_up(const int8_t table[16], int bias, lanes_b codes) {
  const __m128i sixteen = _mm_loadu_si128((const __m128i *)table);
  const __m128i biased = _mm_add_epi8(sixteen, _mm_set1_epi8((char)bias));
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(biased), codes);
}

CK_INLINE lanes_b lanes_signed(lanes_b a) {
  return _mm512_xor_si512(a, _mm512_set1_epi8((char)0x80));
}

// MARK: Products

CK_INLINE lanes_i lanes_set1_i(int32_t value) { return _mm512_set1_epi32(value); }

CK_INLINE lanes_i lanes_dot(const lanes_b *weights, int count, int largest,
                            const int8_t *activations, lanes_i start) {
  (void)largest;
  CK_UNROLL
  for (int g = 0; g < count; g++) {
    const __m512i four = _mm512_set1_epi32((int32_t)ck_load_u32(activations + 4 * g));
    start = _mm512_dpbusd_epi32(start, weights[g], four);
  }
  return start;
}

CK_INLINE lanes_i lanes_dot_signed(const lanes_b *weights, int count, const int8_t *activations,
                                   lanes_i start) {
  return lanes_dot(weights, count, 255, activations, start);
}

CK_INLINE lanes_i lanes_add_i(lanes_i a, lanes_i b) { return _mm512_add_epi32(a, b); }

CK_INLINE lanes_i lanes_product(lanes_b weights, lanes_b activations, lanes_i start) {
  return _mm512_dpbusd_epi32(start, weights, activations);
}

// MARK: Activations

CK_INLINE int32_t lanes_largest(const float x[CK_BLOCK]) {
  const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
  const __m512i a = _mm512_and_si512(_mm512_loadu_si512(x), magnitude);
  const __m512i b = _mm512_and_si512(_mm512_loadu_si512(x + 16), magnitude);
  return _mm512_reduce_max_epi32(_mm512_max_epi32(a, b));
}

CK_INLINE void lanes_quantize(const float x[CK_BLOCK], float factor, int8_t codes[CK_BLOCK],
                              int16_t sums[2]) {
  for (int half = 0; half < 2; half++) {
    const __m512 scaled = _mm512_mul_ps(_mm512_loadu_ps(x + 16 * half), _mm512_set1_ps(factor));
    const __m512i rounded = _mm512_cvtps_epi32(scaled);
    _mm_storeu_si128((__m128i *)(codes + 16 * half), _mm512_cvtepi32_epi8(rounded));
    sums[half] = (int16_t)_mm512_reduce_add_epi32(rounded);
  }
}

#endif
