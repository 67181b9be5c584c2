// Owns: the formats whose codes a rule gives, as ggml has it, byte for byte: Q4_0, Q4_1, Q5_0, Q5_1, Q8_0,
// MXFP4, TQ1_0, TQ2_0. Does not own: those that are searched (body_quantize_fit.h).

/// The number of largest magnitude, the first of several.
CK_INLINE float largest_of(const float *x, int count) {
  float magnitude = 0, largest = 0;
  for (int i = 0; i < count; i++) {
    const float a = __builtin_fabsf(x[i]);
    if (a > magnitude) {
      magnitude = a;
      largest = x[i];
    }
  }
  return largest;
}

/// 1 / scale, or 0 where that is no finite number.
CK_INLINE float inverse_of(float scale) {
  return __builtin_fabsf(scale) < 0x1p-126f ? 0.0f : 1.0f / scale;
}

/// The nearest whole number, halves away from zero, of |x| below 2^23.
CK_INLINE float round_away(float x) {
  const float a = __builtin_fabsf(x), whole = (float)(int32_t)a;
  return __builtin_copysignf(a - whole >= 0.5f ? whole + 1.0f : whole, x);
}

/// Codes 0...top of (x - origin) * inverse + start, cut to whole numbers.
CK_INLINE void cut_codes(const float *x, float origin, float inverse, float start, int top,
                         uint8_t codes[CK_BLOCK]) {
  for (int i = 0; i < CK_BLOCK; i++) {
    const float scaled = (x[i] - origin) * inverse;
    const int code = (int)(scaled + start);
    codes[i] = (uint8_t)(code < top ? code : top);
  }
}

CK_INLINE void put_nibbles(const uint8_t codes[CK_BLOCK], uint8_t bytes[16]) {
  for (int i = 0; i < 16; i++) {
    bytes[i] = (uint8_t)((codes[i] & 15) | (codes[16 + i] & 15) << 4);
  }
}

CK_INLINE void put_fifth_bits(const uint8_t codes[CK_BLOCK], uint8_t bytes[4]) {
  uint32_t bits = 0;
  for (int i = 0; i < CK_BLOCK; i++) bits |= (uint32_t)(codes[i] >> 4) << i;
  memcpy(bytes, &bits, sizeof bits);
}

/// Writes one block of Q4_0, Q4_1, Q5_0 or Q5_1; `minimum` counts only where the type has one.
CK_INLINE void put_small_block(int32_t type, float scale, float minimum,
                               const uint8_t codes[CK_BLOCK], uint8_t *block) {
  const int hasMinimum = type == CK_Q4_1 || type == CK_Q5_1;
  put_half(block, scale);
  if (hasMinimum) put_half(block + 2, minimum);
  uint8_t *rest = block + (hasMinimum ? 4 : 2);
  if (type == CK_Q5_0 || type == CK_Q5_1) {
    put_fifth_bits(codes, rest);
    rest += 4;
  }
  put_nibbles(codes, rest);
}

/// Q4_0 and Q5_0: the largest number becomes the lowest code.
CK_INLINE void quantize_by_largest(int32_t type, const float *x, uint8_t *block) {
  const float half = type == CK_Q4_0 ? 8 : 16;
  const float scale = largest_of(x, CK_BLOCK) / -half;
  uint8_t codes[CK_BLOCK];
  cut_codes(x, 0, inverse_of(scale), half + 0.5f, 2 * (int)half - 1, codes);
  put_small_block(type, scale, 0, codes, block);
}

/// Q4_1 and Q5_1: the codes span the block's range.
CK_INLINE void quantize_by_range(int32_t type, const float *x, uint8_t *block) {
  const int top = type == CK_Q4_1 ? 15 : 31;
  float low = x[0], high = x[0];
  for (int i = 1; i < CK_BLOCK; i++) {
    if (x[i] < low) low = x[i];
    if (x[i] > high) high = x[i];
  }
  const float scale = (high - low) / (float)top;
  uint8_t codes[CK_BLOCK];
  cut_codes(x, low, inverse_of(scale), 0.5f, top, codes);
  put_small_block(type, scale, low, codes, block);
}

CK_INLINE void quantize_q8_0(const float *x, ck_q8_0 *block) {
  const float scale = __builtin_fabsf(largest_of(x, CK_BLOCK)) / 127;
  const float inverse = inverse_of(scale);
  put_half(block->scale, scale);
  for (int i = 0; i < CK_BLOCK; i++) block->codes[i] = (int8_t)round_away(x[i] * inverse);
}

/// The exponent is that of the largest number, less 2; codes are the nearest values, ties to the smaller.
CK_INLINE void quantize_mxfp4(const float *x, ck_mxfp4 *block) {
  // Midway between the doubled values 0, 1, 2, 3, 4, 6, 8, 12.
  static const float middles[7] = {0.5f, 1.5f, 2.5f, 3.5f, 5, 7, 10};
  const float largest = __builtin_fabsf(largest_of(x, CK_BLOCK));
  // log2f rounds up just below a power of two, and the reference goes by it.
  const float exponent = largest > 0 ? floorf(log2f(largest)) + 125 : 0;
  block->exponent = (uint8_t)(exponent > 0 ? exponent : 0);
  const float unit = ck_float_of_e8m0_half(block->exponent);
  uint8_t codes[CK_BLOCK];
  for (int i = 0; i < CK_BLOCK; i++) {
    const float a = __builtin_fabsf(x[i]);
    int code = 0;
    for (int k = 0; k < 7; k++) code += a > middles[k] * unit;
    codes[i] = (uint8_t)(code > 0 && x[i] < 0 ? code + 8 : code);
  }
  put_nibbles(codes, block->codes);
}

/// A byte whose top digits in base 3 are the five given, the first on top.
CK_INLINE uint8_t trit_byte(int number) { return (uint8_t)((number * 256 + 242) / 243); }

CK_INLINE void quantize_ternary(int32_t type, const float *x, void *block) {
  const float scale = __builtin_fabsf(largest_of(x, CK_SUPER));
  const float inverse = inverse_of(scale);
  uint8_t codes[CK_SUPER];
  for (int i = 0; i < CK_SUPER; i++) codes[i] = (uint8_t)((int)round_away(x[i] * inverse) + 1);
  if (type == CK_TQ2_0) {
    ck_tq2_0 *q = block;
    pack_pairs(codes, q->codes);
    put_half(q->scale, scale);
    return;
  }
  ck_tq1_0 *q = block;
  for (int i = 0; i < 48; i++) {
    const uint8_t *c = i < 32 ? codes + i : codes + 160 + i - 32;
    const int stride = i < 32 ? 32 : 16;
    int number = 0;
    for (int digit = 0; digit < 5; digit++) number = number * 3 + c[digit * stride];
    q->trits[i] = trit_byte(number);
  }
  for (int i = 0; i < 4; i++) {
    int number = 0;
    for (int digit = 0; digit < 4; digit++) number = number * 3 + codes[240 + 4 * digit + i];
    q->last[i] = trit_byte(number * 3);
  }
  put_half(q->scale, scale);
}

static void quantize_by_rule(int32_t type, const float *x, int64_t count, uint8_t *blocks) {
  const int64_t weights = ck_block_weights(type), bytes = ck_block_bytes(type);
  for (int64_t i = 0; i < count; i += weights, blocks += bytes) {
    switch (type) {
      case CK_Q4_0: case CK_Q5_0: quantize_by_largest(type, x + i, blocks); break;
      case CK_Q4_1: case CK_Q5_1: quantize_by_range(type, x + i, blocks); break;
      case CK_Q8_0: quantize_q8_0(x + i, (ck_q8_0 *)blocks); break;
      case CK_MXFP4: quantize_mxfp4(x + i, (ck_mxfp4 *)blocks); break;
      default: quantize_ternary(type, x + i, blocks); break;
    }
  }
}

