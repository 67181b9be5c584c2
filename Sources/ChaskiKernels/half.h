// Owns: the exact conversions between float16 bits and float32 for code without vectors.
// Does not own: the vector conversions (vector_*.h), which give the same bits.

#ifndef CHASKI_HALF_H
#define CHASKI_HALF_H

#include <stdint.h>
#include <string.h>

static inline uint32_t ck_f32_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float ck_f32_from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/// The float32 equal to float16 `bits` (IEEE 754 binary16); a signalling NaN turns quiet.
static inline float ck_f32_from_f16(uint16_t bits) {
  const uint32_t sign = (uint32_t)(bits & 0x8000) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1f;
  const uint32_t fraction = bits & 0x3ff;
  if (exponent == 0) {
    // The unit of subnormal halves is 2^-24, so the product is exact.
    return ck_f32_from_bits(ck_f32_bits((float)fraction * 0x1p-24f) | sign);
  }
  if (exponent == 31) {
    const uint32_t quiet = fraction ? 0x00400000 : 0;
    return ck_f32_from_bits(sign | 0x7f800000 | quiet | fraction << 13);
  }
  return ck_f32_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

/// The float16 bits nearest to `value`, ties to even; too large becomes infinity, NaN stays quiet NaN.
static inline uint16_t ck_f16_from_f32(float value) {
  const uint32_t bits = ck_f32_bits(value);
  const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  }
  if (magnitude >= 0x47800000) {
    return (uint16_t)(sign | 0x7c00);
  }
  if (magnitude < 0x38800000) {
    // Floats from 0.5 to 1 are 2^-24 apart, as subnormal halves are: the addition rounds.
    return (uint16_t)(sign | (ck_f32_bits(ck_f32_from_bits(magnitude) + 0.5f) - 0x3f000000));
  }
  const uint32_t rebased = magnitude - (112u << 23);
  return (uint16_t)(sign | (rebased + 0xfff + (rebased >> 13 & 1)) >> 13);
}

/// The float32 equal to bfloat16 `bits`.
static inline float ck_f32_from_bf16(uint16_t bits) {
  return ck_f32_from_bits((uint32_t)bits << 16);
}

#endif
