// Owns: the decoding of a file's blocks, and of a packed panel's rows, to float32.
// Does not own: layouts (formats.h), packing (pack.c).
//
// Both ways end in one formula, value * scale + minimum, with the same scale and minimum, so that
// they give the same bits. In every format the product is exact or rounded once, as in ggml's
// decoders, which these equal.

#pragma STDC FP_CONTRACT OFF

#include "formats.h"

/// Half a block of 32: 16 weights that share a scale.
enum { HALF = CK_BLOCK / 2 };

static const int8_t iq4_values[16] = {CK_IQ4_VALUES};
static const int8_t mxfp4_values[16] = {CK_MXFP4_VALUES};

/// A block of 32 weights: weight k is values[k] * scale[k / 16] + minimum[k / 16].
typedef struct {
  int8_t values[CK_BLOCK];
  float scale[2];
  float minimum[2];
} decoded;

/// Sets one scale for the block. Without minima the sum is with -0, which changes nothing, not
/// even the sign of a zero.
static void set_scale(decoded *block, float scale, float minimum) {
  block->scale[0] = block->scale[1] = scale;
  block->minimum[0] = block->minimum[1] = minimum;
}

static void write_block(const decoded *block, float *destination) {
  for (int half = 0; half < 2; half++) {
    for (int i = 0; i < HALF; i++) {
      const float product = (float)block->values[half * HALF + i] * block->scale[half];
      destination[half * HALF + i] = product + block->minimum[half];
    }
  }
}

// MARK: From a file

static void nibbles(const uint8_t codes[HALF], int8_t values[CK_BLOCK]) {
  for (int i = 0; i < HALF; i++) {
    values[i] = (int8_t)(codes[i] & 15);
    values[HALF + i] = (int8_t)(codes[i] >> 4);
  }
}

static void look_up(const int8_t table[16], int8_t values[CK_BLOCK]) {
  for (int i = 0; i < CK_BLOCK; i++) values[i] = table[values[i]];
}

static void subtract(int8_t offset, int8_t values[CK_BLOCK]) {
  for (int i = 0; i < CK_BLOCK; i++) values[i] = (int8_t)(values[i] - offset);
}

static void add_fifth_bits(const uint8_t high[4], int8_t values[CK_BLOCK]) {
  const uint32_t bits = ck_load_u32(high);
  for (int i = 0; i < CK_BLOCK; i++) values[i] = (int8_t)(values[i] | (bits >> i & 1) << 4);
}

/// Block `b` of a super-block of two-bit codes.
static void pairs(const uint8_t codes[64], int b, int8_t values[CK_BLOCK]) {
  for (int i = 0; i < CK_BLOCK; i++) {
    values[i] = (int8_t)(codes[b / 4 * 32 + i] >> (b % 4 * 2) & 3);
  }
}

/// Decodes one of the formats with 32 weights in a block.
static void decode_small(int32_t type, const void *source, decoded *block) {
  switch (type) {
    case CK_Q4_0: case CK_IQ4_NL: {
      const ck_q4_0 *q = source;
      nibbles(q->codes, block->values);
      if (type == CK_Q4_0) subtract(8, block->values);
      if (type == CK_IQ4_NL) look_up(iq4_values, block->values);
      set_scale(block, ck_load_f16(q->scale), -0.0f);
      break;
    }
    case CK_Q4_1: {
      const ck_q4_1 *q = source;
      nibbles(q->codes, block->values);
      set_scale(block, ck_load_f16(q->scale), ck_load_f16(q->minimum));
      break;
    }
    case CK_Q5_0: {
      const ck_q5_0 *q = source;
      nibbles(q->codes, block->values);
      add_fifth_bits(q->high, block->values);
      subtract(16, block->values);
      set_scale(block, ck_load_f16(q->scale), -0.0f);
      break;
    }
    case CK_Q5_1: {
      const ck_q5_1 *q = source;
      nibbles(q->codes, block->values);
      add_fifth_bits(q->high, block->values);
      set_scale(block, ck_load_f16(q->scale), ck_load_f16(q->minimum));
      break;
    }
    case CK_Q8_0: {
      const ck_q8_0 *q = source;
      memcpy(block->values, q->codes, CK_BLOCK);
      set_scale(block, ck_load_f16(q->scale), -0.0f);
      break;
    }
    default: {
      const ck_mxfp4 *q = source;
      nibbles(q->codes, block->values);
      look_up(mxfp4_values, block->values);
      set_scale(block, ck_float_of_e8m0_half(q->exponent), -0.0f);
      break;
    }
  }
}

static void decode_q2_k(const ck_q2_k *q, int b, decoded *block) {
  const float d = ck_load_f16(q->scale), m = ck_load_f16(q->minimum);
  pairs(q->codes, b, block->values);
  for (int half = 0; half < 2; half++) {
    block->scale[half] = d * (float)(q->sub[2 * b + half] & 15);
    block->minimum[half] = -(m * (float)(q->sub[2 * b + half] >> 4));
  }
}

static void decode_q3_k(const ck_q3_k *q, int b, decoded *block) {
  const float d = ck_load_f16(q->scale);
  pairs(q->codes, b, block->values);
  for (int i = 0; i < CK_BLOCK; i++) {
    block->values[i] = (int8_t)(block->values[i] - (q->high[i] >> b & 1 ? 0 : 4));
  }
  set_scale(block, 0, -0.0f);
  for (int half = 0; half < 2; half++) {
    block->scale[half] = d * (float)ck_q3_sub(q->sub, 2 * b + half);
  }
}

static void decode_q4_k(const uint8_t codes[128], const uint8_t sub[12], float d, float m, int b,
                        decoded *block) {
  uint8_t scale, minimum;
  ck_k4_sub(sub, b, &scale, &minimum);
  for (int i = 0; i < CK_BLOCK; i++) {
    block->values[i] = (int8_t)(codes[b / 2 * 32 + i] >> (b % 2 * 4) & 15);
  }
  set_scale(block, d * (float)scale, -(m * (float)minimum));
}

static void decode_q6_k(const ck_q6_k *q, int b, decoded *block) {
  const float d = ck_load_f16(q->scale);
  const int n = b / 4, j = b % 4;
  for (int i = 0; i < CK_BLOCK; i++) {
    const int low = q->low[64 * n + 32 * (j % 2) + i] >> (j / 2 * 4) & 15;
    const int high = q->high[32 * n + i] >> (j * 2) & 3;
    block->values[i] = (int8_t)((low | high << 4) - 32);
  }
  set_scale(block, 0, -0.0f);
  for (int half = 0; half < 2; half++) block->scale[half] = d * (float)q->sub[2 * b + half];
}

/// Decodes block `b` (0 ..< 8) of a super-block of 256 weights, but for TQ1_0.
static void decode_super(int32_t type, const void *source, int b, decoded *block) {
  switch (type) {
    case CK_Q2_K: decode_q2_k(source, b, block); break;
    case CK_Q3_K: decode_q3_k(source, b, block); break;
    case CK_Q4_K: {
      const ck_q4_k *q = source;
      decode_q4_k(q->codes, q->sub, ck_load_f16(q->scale), ck_load_f16(q->minimum), b, block);
      break;
    }
    case CK_Q5_K: {
      const ck_q5_k *q = source;
      decode_q4_k(q->codes, q->sub, ck_load_f16(q->scale), ck_load_f16(q->minimum), b, block);
      for (int i = 0; i < CK_BLOCK; i++) {
        block->values[i] = (int8_t)(block->values[i] | (q->high[i] >> b & 1) << 4);
      }
      break;
    }
    case CK_Q6_K: decode_q6_k(source, b, block); break;
    case CK_IQ4_XS: {
      const ck_iq4_xs *q = source;
      nibbles(q->codes + 16 * b, block->values);
      look_up(iq4_values, block->values);
      set_scale(block, ck_load_f16(q->scale) * (float)ck_iq4_xs_sub(q, b), -0.0f);
      break;
    }
    default: {
      const ck_tq2_0 *q = source;
      pairs(q->codes, b, block->values);
      subtract(1, block->values);
      set_scale(block, ck_load_f16(q->scale), -0.0f);
      break;
    }
  }
}

static void dequantize_tq1(const ck_tq1_0 *q, float *destination) {
  uint8_t codes[CK_SUPER];
  ck_tq1_codes(q, codes);
  const float d = ck_load_f16(q->scale);
  for (int i = 0; i < CK_SUPER; i++) destination[i] = (float)(codes[i] - 1) * d;
}

static void dequantize_floats(int32_t type, const uint8_t *source, int64_t count,
                              float *destination) {
  switch (type) {
    case CK_F32: memcpy(destination, source, (size_t)count * sizeof *destination); break;
    case CK_F16:
      for (int64_t i = 0; i < count; i++) destination[i] = ck_load_f16(source + 2 * i);
      break;
    default:
      for (int64_t i = 0; i < count; i++) destination[i] = ck_load_bf16(source + 2 * i);
      break;
  }
}

int ck_supports(int32_t type) { return ck_block_weights(type) != 0; }

void ck_dequantize(int32_t type, const void *source, int64_t count, float *destination) {
  const int64_t weights = ck_block_weights(type), bytes = ck_block_bytes(type);
  const uint8_t *next = source;
  if (weights == 0 || count <= 0) return;
  if (weights == 1) {
    dequantize_floats(type, source, count, destination);
    return;
  }
  for (int64_t i = 0; i < count / weights; i++, next += bytes) {
    float *target = destination + i * weights;
    if (type == CK_TQ1_0) {
      dequantize_tq1((const ck_tq1_0 *)next, target);
      continue;
    }
    decoded block;
    for (int b = 0; b < (int)(weights / CK_BLOCK); b++) {
      if (weights == CK_BLOCK) {
        decode_small(type, next, &block);
      } else {
        decode_super(type, next, b, &block);
      }
      write_block(&block, target + b * CK_BLOCK);
    }
  }
}

// MARK: From a panel

/// The weight's code, low and high bits joined. `codes` and `high` are the block's.
static int panel_code(ck_layout layout, const uint8_t *codes, const uint8_t *high, int lane,
                      int k) {
  const int g = k / 4, at = 4 * lane + k % 4;
  int code, bits = layout.code_bits;
  switch (bits) {
    case 2: code = codes[64 * (g / 4) + at] >> (g % 4 * 2) & 3; break;
    case 4: code = codes[64 * (g % 4) + at] >> (g / 4 * 4) & 15; break;
    default: code = codes[64 * g + at]; break;
  }
  if (layout.high_bits == 1) code |= (high[at] >> g & 1) << bits;
  if (layout.high_bits == 2) code |= (high[64 * (g / 4) + at] >> (g % 4 * 2) & 3) << bits;
  return code;
}

static int8_t value_of_code(int32_t type, int code) {
  switch (type) {
    case CK_Q4_0: return (int8_t)(code - 8);
    case CK_Q5_0: return (int8_t)(code - 16);
    case CK_Q3_K: return (int8_t)(code - 4);
    case CK_Q6_K: return (int8_t)(code - 32);
    case CK_TQ1_0: case CK_TQ2_0: return (int8_t)(code - 1);
    case CK_Q8_0: return (int8_t)(code < 128 ? code : code - 256);
    case CK_IQ4_NL: case CK_IQ4_XS: return iq4_values[code];
    case CK_MXFP4: return mxfp4_values[code];
    default: return (int8_t)code;
  }
}

/// Sets the scales of the block whose unit's scales and own subs begin at `scales` and `subs`.
static void set_panel_scales(int32_t type, const uint8_t *scales, const uint8_t *subs, int lane,
                             decoded *block) {
  const uint8_t *minima = scales + 2 * CK_PANEL_ROWS;
  if (type == CK_MXFP4) {
    set_scale(block, ck_float_of_e8m0_half(scales[lane]), -0.0f);
    return;
  }
  const float d = ck_load_f16(scales + 2 * lane);
  switch (type) {
    case CK_Q4_1: case CK_Q5_1: set_scale(block, d, ck_load_f16(minima + 2 * lane)); break;
    case CK_IQ4_XS: set_scale(block, d * (float)(int8_t)subs[lane], -0.0f); break;
    case CK_Q4_K: case CK_Q5_K:
      set_scale(block, d * (float)subs[lane],
                -(ck_load_f16(minima + 2 * lane) * (float)subs[CK_PANEL_ROWS + lane]));
      break;
    case CK_Q3_K: case CK_Q6_K:
      set_scale(block, 0, -0.0f);
      for (int half = 0; half < 2; half++) {
        block->scale[half] = d * (float)(int8_t)subs[half * CK_PANEL_ROWS + lane];
      }
      break;
    case CK_Q2_K:
      for (int half = 0; half < 2; half++) {
        const uint8_t sub = subs[half * CK_PANEL_ROWS + lane];
        block->scale[half] = d * (float)(sub & 15);
        block->minimum[half] = -(ck_load_f16(minima + 2 * lane) * (float)(sub >> 4));
      }
      break;
    default: set_scale(block, d, -0.0f); break;
  }
}

static void unpack_floats(int32_t type, const uint8_t *panel, int32_t lane, int64_t depth,
                          float *destination) {
  const int64_t bytes = ck_block_bytes(type);
  for (int64_t k = 0; k < depth; k++) {
    // Of a pair of bfloat16 the earlier has the higher address.
    const int64_t place = type == CK_BF16 ? (k / 2 * CK_PANEL_ROWS + lane) * 2 + 1 - k % 2
                                          : k * CK_PANEL_ROWS + lane;
    const uint8_t *element = panel + place * bytes;
    dequantize_floats(type, element, 1, destination + k);
  }
}

void ck_unpack_row(int32_t type, const void *panel, int32_t lane, int64_t depth,
                   float *destination) {
  if (ck_panel_bytes(type, depth) == 0) return;
  if (ck_block_weights(type) == 1) {
    unpack_floats(type, panel, lane, depth, destination);
    return;
  }
  const ck_layout layout = ck_layout_of(type);
  const uint8_t *start = panel;
  for (int64_t b = 0; b < depth / CK_BLOCK; b++) {
    const ck_block_place place = ck_place_of(layout, b);
    const uint8_t *codes = start + place.codes, *high = start + place.high;
    const uint8_t *scales = start + place.scales, *subs = start + place.subs;
    decoded block;
    for (int k = 0; k < CK_BLOCK; k++) {
      block.values[k] = value_of_code(type, panel_code(layout, codes, high, lane, k));
    }
    set_panel_scales(type, scales, subs, lane, &block);
    write_block(&block, destination + b * CK_BLOCK);
  }
}
