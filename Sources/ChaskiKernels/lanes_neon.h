// Owns: 4 panel rows in a NEON register; lanes_plain.h says what each name means.
// Does not own: kernels, nor the target, which isa_neon.c sets (needs dotprod).

#ifndef CHASKI_LANES_H
#define CHASKI_LANES_H

#include <arm_neon.h>

#include "formats.h"

#define LANES_REGISTERS 32
#define LANES_PANELS 1

enum {
  LANES = 4,
  LANES_BIAS = 0,
};

typedef float32x4_t lanes_f;
typedef int32x4_t lanes_i;
typedef uint8x16_t lanes_b;

// MARK: Floats

CK_INLINE lanes_f lanes_load_f(const float *p) { return vld1q_f32(p); }
CK_INLINE void lanes_store_f(float *p, lanes_f a) { vst1q_f32(p, a); }
CK_INLINE lanes_f lanes_set1_f(float value) { return vdupq_n_f32(value); }
CK_INLINE lanes_f lanes_add(lanes_f a, lanes_f b) { return vaddq_f32(a, b); }
CK_INLINE lanes_f lanes_mul(lanes_f a, lanes_f b) { return vmulq_f32(a, b); }
CK_INLINE lanes_f lanes_fma(lanes_f a, lanes_f b, lanes_f c) { return vfmaq_f32(c, a, b); }
CK_INLINE lanes_f lanes_f_of_i(lanes_i a) { return vcvtq_f32_s32(a); }

CK_INLINE lanes_f lanes_load_f16(const uint8_t *p) {
  return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p)));
}

/// Four bytes in the low half of a vector.
CK_INLINE uint8x8_t lanes_four_bytes(const uint8_t *p) {
  return vreinterpret_u8_u32(vdup_n_u32(ck_load_u32(p)));
}

CK_INLINE lanes_f lanes_load_i8(const uint8_t *p) {
  const int16x8_t wide = vmovl_s8(vreinterpret_s8_u8(lanes_four_bytes(p)));
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(wide)));
}

CK_INLINE uint32x4_t lanes_wide_u8(const uint8_t *p) {
  return vmovl_u16(vget_low_u16(vmovl_u8(lanes_four_bytes(p))));
}

CK_INLINE lanes_f lanes_load_u8(const uint8_t *p, int shift, int mask) {
  uint32x4_t wide = vshlq_u32(lanes_wide_u8(p), vdupq_n_s32(-shift));
  wide = vandq_u32(wide, vdupq_n_u32((uint32_t)mask));
  return vcvtq_f32_u32(wide);
}

CK_INLINE lanes_f lanes_load_e8m0_half(const uint8_t *p) {
  const uint32x4_t e = lanes_wide_u8(p);
  const uint32x4_t normal = vshlq_n_u32(vsubq_u32(e, vdupq_n_u32(1)), 23);
  const uint32x4_t subnormal = vshlq_u32(vdupq_n_u32(0x00200000), vreinterpretq_s32_u32(e));
  return vreinterpretq_f32_u32(vbslq_u32(vcltq_u32(e, vdupq_n_u32(2)), subnormal, normal));
}

// MARK: Weights

CK_INLINE lanes_b lanes_load_b(const uint8_t *p) { return vld1q_u8(p); }
CK_INLINE lanes_b lanes_or(lanes_b a, lanes_b b) { return vorrq_u8(a, b); }

CK_INLINE lanes_b lanes_field(lanes_b a, int count, int mask) {
  if (count != 0) a = vshlq_u8(a, vdupq_n_s8((int8_t)-count));
  return vandq_u8(a, vdupq_n_u8((uint8_t)mask));
}

CK_INLINE lanes_b lanes_look_up(const int8_t table[16], int bias, lanes_b codes) {
  const int8x16_t biased = vaddq_s8(vld1q_s8(table), vdupq_n_s8((int8_t)bias));
  return vqtbl1q_u8(vreinterpretq_u8_s8(biased), codes);
}

CK_INLINE lanes_b lanes_signed(lanes_b a) { return a; }

// MARK: Products

CK_INLINE lanes_i lanes_set1_i(int32_t value) { return vdupq_n_s32(value); }

/// Weights up to 63 are the same signed and unsigned, so one product serves all.
CK_INLINE lanes_i lanes_dot_signed(const lanes_b *weights, int count, const int8_t *activations,
                                   lanes_i start) {
  CK_UNROLL
  for (int g = 0; g < count; g += 4) {
    const int8x16_t a = vld1q_s8(activations + 4 * g);
    start = vdotq_laneq_s32(start, vreinterpretq_s8_u8(weights[g]), a, 0);
    start = vdotq_laneq_s32(start, vreinterpretq_s8_u8(weights[g + 1]), a, 1);
    start = vdotq_laneq_s32(start, vreinterpretq_s8_u8(weights[g + 2]), a, 2);
    start = vdotq_laneq_s32(start, vreinterpretq_s8_u8(weights[g + 3]), a, 3);
  }
  return start;
}

CK_INLINE lanes_i lanes_dot(const lanes_b *weights, int count, int largest,
                            const int8_t *activations, lanes_i start) {
  (void)largest;
  return lanes_dot_signed(weights, count, activations, start);
}

CK_INLINE lanes_i lanes_product(lanes_b weights, lanes_b activations, lanes_i start) {
  return vdotq_s32(start, vreinterpretq_s8_u8(weights), vreinterpretq_s8_u8(activations));
}

// MARK: Activations

CK_INLINE int32_t lanes_largest(const float x[CK_BLOCK]) {
  uint32x4_t largest = vdupq_n_u32(0);
  for (int i = 0; i < CK_BLOCK; i += 4) {
    const uint32x4_t bits = vreinterpretq_u32_f32(vld1q_f32(x + i));
    largest = vmaxq_u32(largest, vandq_u32(bits, vdupq_n_u32(0x7fffffff)));
  }
  return (int32_t)vmaxvq_u32(largest);
}

CK_INLINE void lanes_quantize(const float x[CK_BLOCK], float factor, int8_t codes[CK_BLOCK],
                              int16_t sums[2]) {
  for (int half = 0; half < 2; half++) {
    int16x8_t words[2];
    for (int i = 0; i < 2; i++) {
      const float *from = x + 16 * half + 8 * i;
      const int32x4_t a = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(from), factor));
      const int32x4_t b = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(from + 4), factor));
      words[i] = vcombine_s16(vmovn_s32(a), vmovn_s32(b));
    }
    vst1q_s8(codes + 16 * half, vcombine_s8(vmovn_s16(words[0]), vmovn_s16(words[1])));
    sums[half] = vaddvq_s16(vaddq_s16(words[0], words[1]));
  }
}

#endif
