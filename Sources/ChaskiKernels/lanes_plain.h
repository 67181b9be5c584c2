// Owns: a vector of panel rows in plain C, the meaning of every name that lanes_avx2.h,
// lanes_avx512.h and lanes_neon.h give again with instructions.
// Does not own: kernels (body_quant.h). Exactly one lanes_*.h is included in each isa_*.c.
//
// LANES rows of a panel lie side by side: one float, one int32, or four int8 weights each.

#ifndef CHASKI_LANES_H
#define CHASKI_LANES_H

#include <math.h>

#include "formats.h"

// The vectors here are in memory anyway: unrolling would only make this table ten times larger.
#undef CK_UNROLL
#define CK_UNROLL

/// How many vectors there are, and how many panels have room in them at a time.
#define LANES_REGISTERS 16
#define LANES_PANELS 1

enum {
  LANES = 16,         // rows in one vector
  LANES_BIAS = 0,     // what `lanes_signed` adds to a signed weight
};

typedef struct {
  float lane[LANES];
} lanes_f;

typedef struct {
  int32_t lane[LANES];
} lanes_i;

typedef struct {
  uint8_t byte[4 * LANES];
} lanes_b;

#define FOR_LANES for (int i = 0; i < LANES; i++)
#define FOR_BYTES for (int i = 0; i < 4 * LANES; i++)

// MARK: Floats

CK_INLINE lanes_f lanes_load_f(const float *p) {
  lanes_f result;
  memcpy(&result, p, sizeof result);
  return result;
}

CK_INLINE void lanes_store_f(float *p, lanes_f a) { memcpy(p, &a, sizeof a); }

CK_INLINE lanes_f lanes_set1_f(float value) {
  lanes_f result;
  FOR_LANES result.lane[i] = value;
  return result;
}

CK_INLINE lanes_f lanes_add(lanes_f a, lanes_f b) {
  FOR_LANES a.lane[i] = a.lane[i] + b.lane[i];
  return a;
}

CK_INLINE lanes_f lanes_mul(lanes_f a, lanes_f b) {
  FOR_LANES a.lane[i] = a.lane[i] * b.lane[i];
  return a;
}

/// a * b + c, rounded once.
CK_INLINE lanes_f lanes_fma(lanes_f a, lanes_f b, lanes_f c) {
  FOR_LANES c.lane[i] = fmaf(a.lane[i], b.lane[i], c.lane[i]);
  return c;
}

CK_INLINE lanes_f lanes_f_of_i(lanes_i a) {
  lanes_f result;
  FOR_LANES result.lane[i] = (float)a.lane[i];
  return result;
}

/// LANES float16.
CK_INLINE lanes_f lanes_load_f16(const uint8_t *p) {
  lanes_f result;
  FOR_LANES result.lane[i] = ck_load_f16(p + 2 * i);
  return result;
}

/// LANES int8, as floats.
CK_INLINE lanes_f lanes_load_i8(const uint8_t *p) {
  lanes_f result;
  FOR_LANES result.lane[i] = (float)(int8_t)p[i];
  return result;
}

/// The low (`shift` 0) or high (`shift` 4) halves of LANES bytes, or all 8 bits, as floats.
CK_INLINE lanes_f lanes_load_u8(const uint8_t *p, int shift, int mask) {
  lanes_f result;
  FOR_LANES result.lane[i] = (float)(p[i] >> shift & mask);
  return result;
}

/// LANES exponent bytes: `ck_float_of_e8m0_half` of each.
CK_INLINE lanes_f lanes_load_e8m0_half(const uint8_t *p) {
  lanes_f result;
  FOR_LANES result.lane[i] = ck_float_of_e8m0_half(p[i]);
  return result;
}

// MARK: Weights

/// LANES times four bytes. Aligned to their own size.
CK_INLINE lanes_b lanes_load_b(const uint8_t *p) {
  lanes_b result;
  memcpy(&result, p, sizeof result);
  return result;
}

CK_INLINE lanes_b lanes_or(lanes_b a, lanes_b b) {
  FOR_BYTES a.byte[i] = a.byte[i] | b.byte[i];
  return a;
}

/// Each byte shifted right by `count` (left if negative), then masked. The mask must drop what
/// would come from a neighbouring byte.
CK_INLINE lanes_b lanes_field(lanes_b a, int count, int mask) {
  FOR_BYTES {
    const int moved = count >= 0 ? a.byte[i] >> count : a.byte[i] << -count;
    a.byte[i] = (uint8_t)(moved & mask);
  }
  return a;
}

/// table[code] + bias, for codes 0 ... 15.
CK_INLINE lanes_b lanes_look_up(const int8_t table[16], int bias, lanes_b codes) {
  FOR_BYTES codes.byte[i] = (uint8_t)(table[codes.byte[i]] + bias);
  return codes;
}

/// Signed weights in the form that `lanes_dot_signed` takes.
CK_INLINE lanes_b lanes_signed(lanes_b a) { return a; }

// MARK: Products

CK_INLINE lanes_i lanes_set1_i(int32_t value) {
  lanes_i result;
  FOR_LANES result.lane[i] = value;
  return result;
}

/// start + the sum over `count` vectors of four products each with activations[4 g + i]. Exact.
/// Weights are 0 ... `largest`, at most 63.
CK_INLINE lanes_i lanes_dot(const lanes_b *weights, int count, int largest,
                            const int8_t *activations, lanes_i start) {
  (void)largest;
  for (int g = 0; g < count; g++) {
    FOR_LANES {
      int32_t sum = 0;
      for (int j = 0; j < 4; j++) {
        sum += (int32_t)weights[g].byte[4 * i + j] * activations[4 * g + j];
      }
      start.lane[i] += sum;
    }
  }
  return start;
}

/// As `lanes_dot`, for weights made by `lanes_signed` or `lanes_look_up` with LANES_BIAS.
CK_INLINE lanes_i lanes_dot_signed(const lanes_b *weights, int count, const int8_t *activations,
                                   lanes_i start) {
  for (int g = 0; g < count; g++) {
    FOR_LANES {
      int32_t sum = 0;
      for (int j = 0; j < 4; j++) {
        sum += (int32_t)(int8_t)weights[g].byte[4 * i + j] * activations[4 * g + j];
      }
      start.lane[i] += sum;
    }
  }
  return start;
}

/// One step of the peak's measurement: start + products of two registers.
CK_INLINE lanes_i lanes_product(lanes_b weights, lanes_b activations, lanes_i start) {
  FOR_LANES {
    for (int j = 4 * i; j < 4 * i + 4; j++) {
      start.lane[i] += (int32_t)weights.byte[j] * (int8_t)activations.byte[j];
    }
  }
  return start;
}

// MARK: Activations

/// The bits of the largest magnitude of 32 floats; more than infinity's where one is NaN.
CK_INLINE int32_t lanes_largest(const float x[CK_BLOCK]) {
  int32_t largest = 0;
  for (int i = 0; i < CK_BLOCK; i++) {
    const int32_t magnitude = (int32_t)(ck_f32_bits(x[i]) & 0x7fffffffu);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/// codes = x * factor rounded to nearest even (|x * factor| <= 127.5); sums of 16 each.
CK_INLINE void lanes_quantize(const float x[CK_BLOCK], float factor, int8_t codes[CK_BLOCK],
                              int16_t sums[2]) {
  for (int half = 0; half < 2; half++) {
    int32_t sum = 0;
    for (int i = half * 16; i < half * 16 + 16; i++) {
      // At 1.5 * 2^23 floats are 1 apart: the addition rounds, to nearest even.
      const float rounded = (x[i] * factor + 0x1.8p23f) - 0x1.8p23f;
      codes[i] = (int8_t)rounded;
      sum += codes[i];
    }
    sums[half] = (int16_t)sum;
  }
}

#undef FOR_LANES
#undef FOR_BYTES

#endif
