// Owns: the bytes of the formats with blocks of 256, from codes and multiples.
// Does not own: their choice (body_quantize_super.h). formats.h describes the bytes.

CK_INLINE void put_half(uint8_t bytes[2], float value) {
  const uint16_t bits = ck_f16_from_f32(value);
  memcpy(bytes, &bits, sizeof bits);
}

/// Two-bit codes of 256 weights: byte 32 n + i, field j: weight 128 n + 32 j + i.
CK_INLINE void pack_pairs(const uint8_t codes[CK_SUPER], uint8_t bytes[64]) {
  for (int n = 0; n < 2; n++) {
    for (int i = 0; i < 32; i++) {
      const uint8_t *c = codes + 128 * n + i;
      bytes[32 * n + i] = (uint8_t)((c[0] & 3) | (c[32] & 3) << 2 | (c[64] & 3) << 4 |
                                    (c[96] & 3) << 6);
    }
  }
}

/// Bit `from` of the codes: byte i, bit j: weight 32 j + i.
CK_INLINE void pack_high_bits(const uint8_t codes[CK_SUPER], int from, uint8_t bytes[32]) {
  for (int i = 0; i < 32; i++) {
    int bits = 0;
    for (int j = 0; j < 8; j++) bits |= (codes[32 * j + i] >> from & 1) << j;
    bytes[i] = (uint8_t)bits;
  }
}

/// The low halves of codes: byte 32 n + i: weights 64 n + i and 64 n + 32 + i.
CK_INLINE void pack_halves(const uint8_t codes[CK_SUPER], uint8_t bytes[128]) {
  for (int n = 0; n < 4; n++) {
    for (int i = 0; i < 32; i++) {
      bytes[32 * n + i] =
          (uint8_t)((codes[64 * n + i] & 15) | (codes[64 * n + 32 + i] & 15) << 4);
    }
  }
}

/// 8 scales and 8 minima of 6 bits, as `ck_k4_sub` reads them.
CK_INLINE void pack_k4_subs(const float *n, const float *m, uint8_t sub[12]) {
  for (int b = 0; b < 4; b++) {
    const int scale = (int)n[b], minimum = (int)m[b];
    const int later_scale = (int)n[b + 4], later_minimum = (int)m[b + 4];
    sub[b] = (uint8_t)(scale | later_scale >> 4 << 6);
    sub[b + 4] = (uint8_t)(minimum | later_minimum >> 4 << 6);
    sub[b + 8] = (uint8_t)((later_scale & 15) | (later_minimum & 15) << 4);
  }
}

/// 16 scales of 6 bits, as `ck_q3_sub` reads them.
CK_INLINE void pack_q3_subs(const float *n, uint8_t sub[12]) {
  memset(sub, 0, 12);
  for (int s = 0; s < 16; s++) {
    const int value = (int)n[s] + 32;
    sub[s % 8] = (uint8_t)(sub[s % 8] | (value & 15) << (s / 8 * 4));
    sub[8 + s % 4] = (uint8_t)(sub[8 + s % 4] | value >> 4 << (s / 4 * 2));
  }
}

/// Writes one block of 256; `lane` is the first of its groups in `choice`. Codes count from 0.
CK_INLINE void pack_super(int32_t type, const super_choice *choice, int lane,
                          const uint8_t codes[CK_SUPER], void *block) {
  const float d = choice->scale[lane], dmin = choice->minimum[lane];
  const float *n = choice->n + lane, *m = choice->m + lane;
  switch (type) {
    case CK_Q2_K: {
      ck_q2_k *q = block;
      for (int s = 0; s < 16; s++) q->sub[s] = (uint8_t)((int)n[s] | (int)m[s] << 4);
      pack_pairs(codes, q->codes);
      put_half(q->scale, d);
      put_half(q->minimum, dmin);
      break;
    }
    case CK_Q3_K: {
      ck_q3_k *q = block;
      pack_q3_subs(n, q->sub);
      pack_pairs(codes, q->codes);
      pack_high_bits(codes, 2, q->high);
      put_half(q->scale, d);
      break;
    }
    case CK_Q4_K: {
      ck_q4_k *q = block;
      pack_k4_subs(n, m, q->sub);
      pack_halves(codes, q->codes);
      put_half(q->scale, d);
      put_half(q->minimum, dmin);
      break;
    }
    case CK_Q5_K: {
      ck_q5_k *q = block;
      pack_k4_subs(n, m, q->sub);
      pack_halves(codes, q->codes);
      pack_high_bits(codes, 4, q->high);
      put_half(q->scale, d);
      put_half(q->minimum, dmin);
      break;
    }
    case CK_Q6_K: {
      ck_q6_k *q = block;
      for (int s = 0; s < 16; s++) q->sub[s] = (int8_t)n[s];
      for (int i = 0; i < 128; i++) {
        const uint8_t *c = codes + i / 64 * 128 + i % 64;
        q->low[i] = (uint8_t)((c[0] & 15) | (c[64] & 15) << 4);
      }
      for (int i = 0; i < 64; i++) {
        const uint8_t *c = codes + i / 32 * 128 + i % 32;
        q->high[i] = (uint8_t)(c[0] >> 4 | c[32] >> 4 << 2 | c[64] >> 4 << 4 | c[96] >> 4 << 6);
      }
      put_half(q->scale, d);
      break;
    }
    default: {
      ck_iq4_xs *q = block;
      uint16_t high = 0;
      memset(q->sub_low, 0, sizeof q->sub_low);
      for (int b = 0; b < 8; b++) {
        const int value = (int)n[b] + 32;
        q->sub_low[b / 2] = (uint8_t)(q->sub_low[b / 2] | (value & 15) << (b % 2 * 4));
        high = (uint16_t)(high | value >> 4 << (2 * b));
        for (int i = 0; i < 16; i++) {
          q->codes[16 * b + i] = (uint8_t)(codes[32 * b + i] | codes[32 * b + 16 + i] << 4);
        }
      }
      memcpy(q->sub_high, &high, sizeof high);
      put_half(q->scale, d);
      break;
    }
  }
}
