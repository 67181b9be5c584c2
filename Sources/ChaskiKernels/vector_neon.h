// Owns: sixteen lanes of float32 or int32 in four NEON registers; vector_plain.h says what each
// name means. Does not own: kernels.

#ifndef CHASKI_VECTOR_H
#define CHASKI_VECTOR_H

#include <arm_neon.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "half.h"

#pragma STDC FP_CONTRACT OFF

#define CK_TILE_ACCUMULATORS 6

typedef struct v16f {
  float32x4_t a, b, c, d;
} v16f;

typedef struct v16i {
  int32x4_t a, b, c, d;
} v16i;

/// The same operation on each quarter of one vector, or of two.
#define CK_QUARTERS(type, operation, x) \
  ((type){operation((x).a), operation((x).b), operation((x).c), operation((x).d)})
#define CK_QUARTERS2(type, operation, x, y)                                                      \
  ((type){operation((x).a, (y).a), operation((x).b, (y).b), operation((x).c, (y).c), \
          operation((x).d, (y).d)})

// MARK: Floats in and out

static inline v16f v16f_set1(float value) {
  const float32x4_t all = vdupq_n_f32(value);
  return (v16f){all, all, all, all};
}

static inline v16f v16f_zero(void) { return v16f_set1(0); }

static inline v16f v16f_load(const float *source) {
  return (v16f){vld1q_f32(source), vld1q_f32(source + 4), vld1q_f32(source + 8),
                vld1q_f32(source + 12)};
}

static inline void v16f_store(float *destination, v16f value) {
  vst1q_f32(destination, value.a);
  vst1q_f32(destination + 4, value.b);
  vst1q_f32(destination + 8, value.c);
  vst1q_f32(destination + 12, value.d);
}

static inline v16f v16f_load_partial(const float *source, int64_t count) {
  float lanes[16] = {0};
  memcpy(lanes, source, (size_t)count * sizeof(float));
  return v16f_load(lanes);
}

static inline void v16f_store_partial(float *destination, v16f value, int64_t count) {
  float lanes[16];
  v16f_store(lanes, value);
  memcpy(destination, lanes, (size_t)count * sizeof(float));
}

static inline float32x4_t ck_quarter_f16(const uint8_t *source) {
  return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(source)));
}

static inline v16f v16f_load_f16(const void *source) {
  const uint8_t *bytes = (const uint8_t *)source;
  return (v16f){ck_quarter_f16(bytes), ck_quarter_f16(bytes + 8), ck_quarter_f16(bytes + 16),
                ck_quarter_f16(bytes + 24)};
}

static inline v16f v16f_set1_f16(const void *source) {
  uint16_t bits;
  memcpy(&bits, source, sizeof bits);
  const float32x4_t all = vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(bits)));
  return (v16f){all, all, all, all};
}

static inline void ck_store_quarter_f16(uint8_t *destination, float32x4_t value) {
  vst1_u8(destination, vreinterpret_u8_f16(vcvt_f16_f32(value)));
}

static inline void v16f_store_f16(void *destination, v16f value) {
  uint8_t *bytes = (uint8_t *)destination;
  ck_store_quarter_f16(bytes, value.a);
  ck_store_quarter_f16(bytes + 8, value.b);
  ck_store_quarter_f16(bytes + 16, value.c);
  ck_store_quarter_f16(bytes + 24, value.d);
}

static inline void ck_quarter_bf16_pairs(const uint8_t *source, float32x4_t *high,
                                         float32x4_t *low) {
  const uint32x4_t words = vreinterpretq_u32_u8(vld1q_u8(source));
  *high = vreinterpretq_f32_u32(vandq_u32(words, vdupq_n_u32(0xffff0000)));
  *low = vreinterpretq_f32_u32(vshlq_n_u32(words, 16));
}

static inline void v16f_load_bf16_pairs(const void *source, v16f *high, v16f *low) {
  const uint8_t *bytes = (const uint8_t *)source;
  ck_quarter_bf16_pairs(bytes, &high->a, &low->a);
  ck_quarter_bf16_pairs(bytes + 16, &high->b, &low->b);
  ck_quarter_bf16_pairs(bytes + 32, &high->c, &low->c);
  ck_quarter_bf16_pairs(bytes + 48, &high->d, &low->d);
}

static inline void v16f_load_pairs(const float *source, v16f *even, v16f *odd) {
  const float32x4x2_t a = vld2q_f32(source), b = vld2q_f32(source + 8);
  const float32x4x2_t c = vld2q_f32(source + 16), d = vld2q_f32(source + 24);
  *even = (v16f){a.val[0], b.val[0], c.val[0], d.val[0]};
  *odd = (v16f){a.val[1], b.val[1], c.val[1], d.val[1]};
}

static inline void ck_store_four_pairs(float *destination, float32x4_t even, float32x4_t odd) {
  const float32x4x2_t pairs = {{even, odd}};
  vst2q_f32(destination, pairs);
}

static inline void v16f_store_pairs(float *destination, v16f even, v16f odd) {
  ck_store_four_pairs(destination, even.a, odd.a);
  ck_store_four_pairs(destination + 8, even.b, odd.b);
  ck_store_four_pairs(destination + 16, even.c, odd.c);
  ck_store_four_pairs(destination + 24, even.d, odd.d);
}

/// Four vectors of four lanes, turned into four rows.
static inline void ck_store_four_columns(float32x4_t a, float32x4_t b, float32x4_t c,
                                         float32x4_t d, float *rows, int64_t stride) {
  const float32x4x2_t ab = vtrnq_f32(a, b), cd = vtrnq_f32(c, d);
  vst1q_f32(rows, vcombine_f32(vget_low_f32(ab.val[0]), vget_low_f32(cd.val[0])));
  vst1q_f32(rows + stride, vcombine_f32(vget_low_f32(ab.val[1]), vget_low_f32(cd.val[1])));
  vst1q_f32(rows + 2 * stride, vcombine_f32(vget_high_f32(ab.val[0]), vget_high_f32(cd.val[0])));
  vst1q_f32(rows + 3 * stride, vcombine_f32(vget_high_f32(ab.val[1]), vget_high_f32(cd.val[1])));
}

static inline void v16f_store_transposed(const v16f *vectors, float *rows, int64_t stride) {
  for (int e = 0; e < 16; e += 4, rows += 4) {
    const v16f *v = vectors + e;
    ck_store_four_columns(v[0].a, v[1].a, v[2].a, v[3].a, rows, stride);
    ck_store_four_columns(v[0].b, v[1].b, v[2].b, v[3].b, rows + 4 * stride, stride);
    ck_store_four_columns(v[0].c, v[1].c, v[2].c, v[3].c, rows + 8 * stride, stride);
    ck_store_four_columns(v[0].d, v[1].d, v[2].d, v[3].d, rows + 12 * stride, stride);
  }
}

// MARK: Float arithmetic

static inline v16f v16f_add(v16f a, v16f b) { return CK_QUARTERS2(v16f, vaddq_f32, a, b); }

static inline v16f v16f_sub(v16f a, v16f b) { return CK_QUARTERS2(v16f, vsubq_f32, a, b); }

static inline v16f v16f_mul(v16f a, v16f b) { return CK_QUARTERS2(v16f, vmulq_f32, a, b); }

static inline v16f v16f_div(v16f a, v16f b) { return CK_QUARTERS2(v16f, vdivq_f32, a, b); }

static inline v16f v16f_fma(v16f a, v16f b, v16f c) {
  return (v16f){vfmaq_f32(c.a, a.a, b.a), vfmaq_f32(c.b, a.b, b.b), vfmaq_f32(c.c, a.c, b.c),
                vfmaq_f32(c.d, a.d, b.d)};
}

// vmaxq and vminq treat NaN and signed zeros in their own way; a comparison gives x86's way.
static inline float32x4_t ck_quarter_max(float32x4_t a, float32x4_t b) {
  return vbslq_f32(vcgtq_f32(a, b), a, b);
}

static inline float32x4_t ck_quarter_min(float32x4_t a, float32x4_t b) {
  return vbslq_f32(vcltq_f32(a, b), a, b);
}

static inline v16f v16f_max(v16f a, v16f b) { return CK_QUARTERS2(v16f, ck_quarter_max, a, b); }

static inline v16f v16f_min(v16f a, v16f b) { return CK_QUARTERS2(v16f, ck_quarter_min, a, b); }

static inline v16f v16f_abs(v16f a) { return CK_QUARTERS(v16f, vabsq_f32, a); }

static inline v16f v16f_neg(v16f a) { return CK_QUARTERS(v16f, vnegq_f32, a); }

static inline v16f v16f_sqrt(v16f a) { return CK_QUARTERS(v16f, vsqrtq_f32, a); }

static inline v16f v16f_select_less(v16f a, v16f b, v16f x, v16f y) {
  return (v16f){
      vbslq_f32(vcltq_f32(a.a, b.a), x.a, y.a), vbslq_f32(vcltq_f32(a.b, b.b), x.b, y.b),
      vbslq_f32(vcltq_f32(a.c, b.c), x.c, y.c), vbslq_f32(vcltq_f32(a.d, b.d), x.d, y.d)};
}

static inline float v16f_sum(v16f a) {
  const float32x4_t four = vaddq_f32(vaddq_f32(a.a, a.c), vaddq_f32(a.b, a.d));
  const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
  return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

static inline float v16f_hmax(v16f a) {
  float lanes[4];
  vst1q_f32(lanes, ck_quarter_max(ck_quarter_max(a.a, a.c), ck_quarter_max(a.b, a.d)));
  const float even = lanes[0] > lanes[2] ? lanes[0] : lanes[2];
  const float odd = lanes[1] > lanes[3] ? lanes[1] : lanes[3];
  return even > odd ? even : odd;
}

// MARK: Integers

static inline v16i v16i_set1(int32_t value) {
  const int32x4_t all = vdupq_n_s32(value);
  return (v16i){all, all, all, all};
}

static inline v16i v16i_load(const int32_t *source) {
  return (v16i){vld1q_s32(source), vld1q_s32(source + 4), vld1q_s32(source + 8),
                vld1q_s32(source + 12)};
}

static inline void v16i_store(int32_t *destination, v16i value) {
  vst1q_s32(destination, value.a);
  vst1q_s32(destination + 4, value.b);
  vst1q_s32(destination + 8, value.c);
  vst1q_s32(destination + 12, value.d);
}

static inline v16i v16i_load_i8(const void *source) {
  const int8x16_t bytes = vld1q_s8((const int8_t *)source);
  const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_s8(vget_high_s8(bytes));
  return (v16i){vmovl_s16(vget_low_s16(low)), vmovl_s16(vget_high_s16(low)),
                vmovl_s16(vget_low_s16(high)), vmovl_s16(vget_high_s16(high))};
}

static inline int32x4_t ck_quarter_u16(uint16x4_t words) {
  return vreinterpretq_s32_u32(vmovl_u16(words));
}

static inline v16i v16i_load_u8(const void *source) {
  const uint8x16_t bytes = vld1q_u8((const uint8_t *)source);
  const uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_u8(vget_high_u8(bytes));
  return (v16i){ck_quarter_u16(vget_low_u16(low)), ck_quarter_u16(vget_high_u16(low)),
                ck_quarter_u16(vget_low_u16(high)), ck_quarter_u16(vget_high_u16(high))};
}

static inline v16i v16i_add(v16i a, v16i b) { return CK_QUARTERS2(v16i, vaddq_s32, a, b); }

static inline v16i v16i_sub(v16i a, v16i b) { return CK_QUARTERS2(v16i, vsubq_s32, a, b); }

static inline v16i v16i_mul(v16i a, v16i b) { return CK_QUARTERS2(v16i, vmulq_s32, a, b); }

static inline v16i v16i_shift_left(v16i a, int count) {
  const v16i counts = v16i_set1(count);
  return CK_QUARTERS2(v16i, vshlq_s32, a, counts);
}

// MARK: Between floats and integers

static inline v16f v16f_from_i32(v16i a) { return CK_QUARTERS(v16f, vcvtq_f32_s32, a); }

// vcvtnq saturates, where x86 gives INT32_MIN: mask what does not fit.
static inline int32x4_t ck_quarter_nearest(float32x4_t a) {
  const uint32x4_t fits =
      vandq_u32(vcgeq_f32(a, vdupq_n_f32(-0x1p31f)), vcltq_f32(a, vdupq_n_f32(0x1p31f)));
  return vbslq_s32(fits, vcvtnq_s32_f32(a), vdupq_n_s32(INT32_MIN));
}

static inline v16i v16i_from_f32_nearest(v16f a) { return CK_QUARTERS(v16i, ck_quarter_nearest, a); }

static inline v16f v16f_from_bits(v16i a) { return CK_QUARTERS(v16f, vreinterpretq_f32_s32, a); }

static inline v16i v16i_from_bits(v16f a) { return CK_QUARTERS(v16i, vreinterpretq_s32_f32, a); }

#endif
