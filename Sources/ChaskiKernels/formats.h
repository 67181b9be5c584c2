// Owns: the block formats as they lie in files and the layout of a packed panel.
// Does not own: decoding (dequantize.c), packing (pack.c), products (body_quant.h), half.h.
//
// The formats are ggml's: https://github.com/ggml-org/llama.cpp, ggml/src/ggml-common.h. MXFP4 is
// the OCP Microscaling Formats specification 1.0 (2023), section 5.3.

#ifndef CHASKI_FORMATS_H
#define CHASKI_FORMATS_H

#include <stdint.h>
#include <string.h>

#include "chaski_kernels.h"
#include "half.h"

#define CK_INLINE static inline __attribute__((always_inline))

/// Before a loop over vectors, whose count is known once it is inlined: unrolls it whole, so that
/// the vectors live in registers.
#if defined(__clang__)
#define CK_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CK_UNROLL _Pragma("GCC unroll 16")
#endif

enum {
  CK_SUPER = 256,     // weights in one block of the K, ternary and IQ4_XS formats
  CK_SUPER_BLOCKS = CK_SUPER / CK_BLOCK,
};

// MARK: Blocks in files
// Bytes only, so that every struct may lie at any address.

typedef struct {
  uint8_t scale[2];
  uint8_t codes[16];  // weight i in the low half of byte i, weight 16 + i in its high half
} ck_q4_0;

typedef struct {
  uint8_t scale[2];
  uint8_t minimum[2];
  uint8_t codes[16];
} ck_q4_1;

typedef struct {
  uint8_t scale[2];
  uint8_t high[4];  // bit i is the fifth bit of weight i
  uint8_t codes[16];
} ck_q5_0;

typedef struct {
  uint8_t scale[2];
  uint8_t minimum[2];
  uint8_t high[4];
  uint8_t codes[16];
} ck_q5_1;

typedef struct {
  uint8_t scale[2];
  int8_t codes[32];
} ck_q8_0;

typedef struct {
  uint8_t sub[16];    // per 16 weights: scale in the low half, minimum in the high half
  uint8_t codes[64];  // byte 32 n + i, field j: weight 128 n + 32 j + i
  uint8_t scale[2];
  uint8_t minimum[2];
} ck_q2_k;

typedef struct {
  uint8_t high[32];   // byte i, bit j: third bit of weight 32 j + i
  uint8_t codes[64];  // as in Q2_K
  uint8_t sub[12];    // 16 scales of 6 bits
  uint8_t scale[2];
} ck_q3_k;

typedef struct {
  uint8_t scale[2];
  uint8_t minimum[2];
  uint8_t sub[12];     // 8 scales and 8 minima of 6 bits
  uint8_t codes[128];  // byte 32 n + i: weights 64 n + i (low half) and 64 n + 32 + i (high half)
} ck_q4_k;

typedef struct {
  uint8_t scale[2];
  uint8_t minimum[2];
  uint8_t sub[12];
  uint8_t high[32];  // byte i, bit j: fifth bit of weight 32 j + i
  uint8_t codes[128];
} ck_q5_k;

typedef struct {
  uint8_t low[128];  // byte 64 n + 32 j + i: weights 128 n + 32 j + i and 128 n + 32 j + 64 + i
  uint8_t high[64];  // byte 32 n + i, field j: high bits of weight 128 n + 32 j + i
  int8_t sub[16];    // a scale per 16 weights
  uint8_t scale[2];
} ck_q6_k;

typedef struct {
  uint8_t scale[2];
  uint8_t sub_high[2];  // field j: high bits of scale j
  uint8_t sub_low[4];   // half byte j: low bits of scale j
  uint8_t codes[128];   // 8 blocks of 32, each as in Q4_0
} ck_iq4_xs;

typedef struct {
  uint8_t trits[48];  // 5 to a byte: byte i < 32, digit j: weight 32 j + i; then 16 bytes alike
  uint8_t last[4];    // 4 to a byte
  uint8_t scale[2];
} ck_tq1_0;

typedef struct {
  uint8_t codes[64];  // as in Q2_K
  uint8_t scale[2];
} ck_tq2_0;

typedef struct {
  uint8_t exponent;
  uint8_t codes[16];
} ck_mxfp4;

_Static_assert(sizeof(ck_q4_0) == 18 && sizeof(ck_q4_1) == 20, "4-bit blocks as in files");
_Static_assert(sizeof(ck_q5_0) == 22 && sizeof(ck_q5_1) == 24, "5-bit blocks as in files");
_Static_assert(sizeof(ck_q8_0) == 34 && sizeof(ck_mxfp4) == 17, "Q8_0 and MXFP4 as in files");
_Static_assert(sizeof(ck_q2_k) == 84 && sizeof(ck_q3_k) == 110, "Q2_K and Q3_K as in files");
_Static_assert(sizeof(ck_q4_k) == 144 && sizeof(ck_q5_k) == 176, "Q4_K and Q5_K as in files");
_Static_assert(sizeof(ck_q6_k) == 210 && sizeof(ck_iq4_xs) == 136, "Q6_K and IQ4_XS as in files");
_Static_assert(sizeof(ck_tq1_0) == 54 && sizeof(ck_tq2_0) == 66, "ternary blocks as in files");

/// The values of IQ4_NL's and IQ4_XS's 16 codes.
#define CK_IQ4_VALUES -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
/// The values of MXFP4's 16 codes (E2M1), doubled so that they are whole numbers.
#define CK_MXFP4_VALUES 0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12

/// Weights in one block of a file. 0: not supported.
CK_INLINE int64_t ck_block_weights(int32_t type) {
  switch (type) {
    case CK_F32: case CK_F16: case CK_BF16: return 1;
    case CK_Q4_0: case CK_Q4_1: case CK_Q5_0: case CK_Q5_1: case CK_Q8_0: case CK_IQ4_NL:
    case CK_MXFP4:
      return CK_BLOCK;
    case CK_Q2_K: case CK_Q3_K: case CK_Q4_K: case CK_Q5_K: case CK_Q6_K: case CK_IQ4_XS:
    case CK_TQ1_0: case CK_TQ2_0:
      return CK_SUPER;
    default: return 0;
  }
}

/// Bytes of one block of a file. 0: not supported.
CK_INLINE int64_t ck_block_bytes(int32_t type) {
  switch (type) {
    case CK_F32: return 4;
    case CK_F16: case CK_BF16: return 2;
    case CK_Q4_0: case CK_IQ4_NL: return sizeof(ck_q4_0);
    case CK_Q4_1: return sizeof(ck_q4_1);
    case CK_Q5_0: return sizeof(ck_q5_0);
    case CK_Q5_1: return sizeof(ck_q5_1);
    case CK_Q8_0: return sizeof(ck_q8_0);
    case CK_Q2_K: return sizeof(ck_q2_k);
    case CK_Q3_K: return sizeof(ck_q3_k);
    case CK_Q4_K: return sizeof(ck_q4_k);
    case CK_Q5_K: return sizeof(ck_q5_k);
    case CK_Q6_K: return sizeof(ck_q6_k);
    case CK_IQ4_XS: return sizeof(ck_iq4_xs);
    case CK_TQ1_0: return sizeof(ck_tq1_0);
    case CK_TQ2_0: return sizeof(ck_tq2_0);
    case CK_MXFP4: return sizeof(ck_mxfp4);
    default: return 0;
  }
}

// MARK: Panels
//
// A panel holds 16 rows. F32: [depth, 16]. F16: the same, with a step of -0 after an odd depth.
// BF16: [depth / 2 rounded up, 16] words of two, the earlier in the high half, -0 after an odd depth;
// then 64 bytes, whose first four are the bits, as float32, of the smallest weight that is not 0
// (infinity if all are). A product with -0, of the 0 that activations have there, changes no sum.
// Quantised: strips of a few blocks of 32 (the least whose parts fill cache lines; see ck_strip_of), one
// after the other, so that a panel is read in the order of its bytes. The last strip may be partly empty.
// A strip has these parts, scales and subs padded to 64 bytes:
//   codes  per block of 32: vectors of 64 bytes, byte 4 r + i of a vector belongs to row r.
//          With g = 0 ..< 8 and k = 4 g + i the weight's place in the block:
//          4 bits: vector g % 4, low half for g < 4, high half for g >= 4 (k >= 16);
//          2 bits: vector g / 4, field g % 4; 8 bits: vector g.
//   high   per block of 32: 1 bit: one vector, bit g; 2 bits: vector g / 4, field g % 4.
//   scales per unit (32 or 256 weights): 16 f16 scales, then 16 f16 minima where the format has
//          them; MXFP4: 16 exponent bytes.
//   subs   per block of 32: 16 bytes, or 2 x 16 bytes.
//          IQ4_XS: scale - 32. Q4_K, Q5_K: scale, then minimum. Q3_K (scale - 32), Q6_K, Q2_K (as
//          in the file): of the block's first 16 weights, then of its last 16.
// TQ1_0 is stored as TQ2_0.

/// What differs between the panels of quantised types.
typedef struct ck_layout {
  int32_t code_bits;    ///< 2, 4 or 8
  int32_t high_bits;    ///< 0, 1 or 2
  int32_t unit;         ///< weights that share a scale: 32 or 256
  int32_t scale_bytes;  ///< per row and unit: 2, 4 (with a minimum) or 1 (an exponent)
  int32_t sub_bytes;    ///< per row and block of 32: 0, 1 or 2
} ck_layout;

/// The layout of a quantised type; all zero for floats and unsupported types.
CK_INLINE ck_layout ck_layout_of(int32_t type) {
  switch (type) {
    case CK_Q4_0: case CK_IQ4_NL: return (ck_layout){4, 0, 32, 2, 0};
    case CK_Q4_1: return (ck_layout){4, 0, 32, 4, 0};
    case CK_Q5_0: return (ck_layout){4, 1, 32, 2, 0};
    case CK_Q5_1: return (ck_layout){4, 1, 32, 4, 0};
    case CK_Q8_0: return (ck_layout){8, 0, 32, 2, 0};
    case CK_Q2_K: return (ck_layout){2, 0, 256, 4, 2};
    case CK_Q3_K: return (ck_layout){2, 1, 256, 2, 2};
    case CK_Q4_K: return (ck_layout){4, 0, 256, 4, 2};
    case CK_Q5_K: return (ck_layout){4, 1, 256, 4, 2};
    case CK_Q6_K: return (ck_layout){4, 2, 256, 2, 2};
    case CK_IQ4_XS: return (ck_layout){4, 0, 256, 2, 1};
    case CK_TQ1_0: case CK_TQ2_0: return (ck_layout){2, 0, 256, 2, 0};
    case CK_MXFP4: return (ck_layout){4, 0, 32, 1, 0};
    default: return (ck_layout){0, 0, 0, 0, 0};
  }
}

/// A strip's blocks of 32, and where its parts begin and end, in bytes from its start.
typedef struct ck_strip {
  int64_t blocks;
  int64_t high, scales, subs, end;
} ck_strip;

CK_INLINE int64_t ck_padded(int64_t bytes) { return (bytes + CK_ALIGNMENT - 1) & -CK_ALIGNMENT; }

/// Bytes of the words of a BF16 panel.
CK_INLINE int64_t ck_bf16_words_bytes(int64_t depth) {
  return (depth + 1) / 2 * CK_PANEL_ROWS * 4;
}

/// Bytes of a panel of floats.
CK_INLINE int64_t ck_float_panel_bytes(int32_t type, int64_t depth) {
  if (type == CK_BF16) return ck_bf16_words_bytes(depth) + CK_ALIGNMENT;
  return ck_padded(depth * CK_PANEL_ROWS * ck_block_bytes(type));
}

/// Bytes of codes, and of high bits, per block of 32 weights in 16 rows.
CK_INLINE int64_t ck_bits_bytes(int32_t bits) { return (int64_t)bits * 64; }

/// The strip of a quantised type.
CK_INLINE ck_strip ck_strip_of(ck_layout layout) {
  ck_strip strip;
  // Scales of one byte fill a line after four blocks, of two bytes after two.
  strip.blocks = layout.unit == CK_SUPER ? CK_SUPER_BLOCKS : 4 / layout.scale_bytes;
  strip.high = strip.blocks * ck_bits_bytes(layout.code_bits);
  strip.scales = strip.high + strip.blocks * ck_bits_bytes(layout.high_bits);
  const int64_t units = strip.blocks * CK_BLOCK / layout.unit;
  strip.subs = strip.scales + ck_padded(units * layout.scale_bytes * CK_PANEL_ROWS);
  strip.end = strip.subs + ck_padded(strip.blocks * layout.sub_bytes * CK_PANEL_ROWS);
  return strip;
}

/// Bytes of a quantised panel.
CK_INLINE int64_t ck_quantised_panel_bytes(ck_layout layout, int64_t depth) {
  const ck_strip strip = ck_strip_of(layout);
  return (depth / CK_BLOCK + strip.blocks - 1) / strip.blocks * strip.end;
}

/// Where the parts of a block of 32 lie: its codes, its high bits, its unit's scales, its subs.
typedef struct ck_block_place {
  int64_t codes, high, scales, subs;
} ck_block_place;

/// The place of block `block`, in bytes from the panel's start.
CK_INLINE ck_block_place ck_place_of(ck_layout layout, int64_t block) {
  const ck_strip strip = ck_strip_of(layout);
  const int64_t start = block / strip.blocks * strip.end, within = block % strip.blocks;
  const int64_t unit = within * CK_BLOCK / layout.unit;
  return (ck_block_place){
      start + within * ck_bits_bytes(layout.code_bits),
      start + strip.high + within * ck_bits_bytes(layout.high_bits),
      start + strip.scales + unit * layout.scale_bytes * CK_PANEL_ROWS,
      start + strip.subs + within * layout.sub_bytes * CK_PANEL_ROWS,
  };
}

// MARK: Small floats

CK_INLINE uint16_t ck_load_u16(const void *p) {
  uint16_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

CK_INLINE uint32_t ck_load_u32(const void *p) {
  uint32_t value;
  memcpy(&value, p, sizeof value);
  return value;
}

CK_INLINE void ck_store_u32(void *p, uint32_t value) { memcpy(p, &value, sizeof value); }

CK_INLINE float ck_load_f16(const void *p) { return ck_f32_from_f16(ck_load_u16(p)); }

/// The bits of the smallest weight of a BF16 panel that is not 0.
CK_INLINE uint32_t ck_bf16_smallest(const uint8_t *panel, int64_t depth) {
  return ck_load_u32(panel + ck_bf16_words_bytes(depth));
}

/// Whether panels of `type` can meet these columns: rounded ones are for BF16 alone.
CK_INLINE int ck_is_float_product(int32_t type, const ck_float_columns *x) {
  return type == CK_BF16 || (!x->rounded && (type == CK_F32 || type == CK_F16));
}

CK_INLINE float ck_load_bf16(const void *p) { return ck_f32_from_bf16(ck_load_u16(p)); }

/// Half of the power of two that MXFP4's exponent byte means: 2^(e - 128). The half undoes the
/// doubling of CK_MXFP4_VALUES. (255, which the specification calls NaN, counts as 2^127, as the
/// reference has it.)
CK_INLINE float ck_float_of_e8m0_half(uint8_t exponent) {
  const uint32_t e = exponent;
  return ck_f32_from_bits(e < 2 ? 0x00200000u << e : (e - 1) << 23);
}

// MARK: Sub-scales

/// Scale and minimum (6 bits each) of block `b` (0 ..< 8) of Q4_K and Q5_K.
CK_INLINE void ck_k4_sub(const uint8_t sub[12], int b, uint8_t *scale, uint8_t *minimum) {
  if (b < 4) {
    *scale = sub[b] & 63;
    *minimum = sub[b + 4] & 63;
  } else {
    *scale = (uint8_t)((sub[b + 4] & 15) | (sub[b - 4] >> 6 << 4));
    *minimum = (uint8_t)((sub[b + 4] >> 4) | (sub[b] >> 6 << 4));
  }
}

/// Scale `s` (0 ..< 16) of Q3_K: -32 ... 31.
CK_INLINE int8_t ck_q3_sub(const uint8_t sub[12], int s) {
  const int low = s < 8 ? sub[s] & 15 : sub[s - 8] >> 4;
  const int high = (sub[8 + s % 4] >> (s / 4 * 2)) & 3;
  return (int8_t)((low | high << 4) - 32);
}

/// Scale of block `b` (0 ..< 8) of IQ4_XS: -32 ... 31.
CK_INLINE int8_t ck_iq4_xs_sub(const ck_iq4_xs *block, int b) {
  const int low = (block->sub_low[b / 2] >> (b % 2 * 4)) & 15;
  const int high = (ck_load_u16(block->sub_high) >> (b * 2)) & 3;
  return (int8_t)((low | high << 4) - 32);
}

/// Unpacks the base-3 digits of a TQ1_0 block to codes 0 ... 2. [256]
CK_INLINE void ck_tq1_codes(const ck_tq1_0 *block, uint8_t codes[CK_SUPER]) {
  static const uint8_t powers[5] = {1, 3, 9, 27, 81};
  for (int digit = 0; digit < 5; digit++) {
    // The wanted digit moves to the top of the byte (modulo 256); times 3 it is carried out.
    for (int i = 0; i < 32; i++) {
      const uint8_t moved = (uint8_t)(block->trits[i] * powers[digit]);
      codes[digit * 32 + i] = (uint8_t)(moved * 3 >> 8);
    }
    for (int i = 0; i < 16; i++) {
      const uint8_t moved = (uint8_t)(block->trits[32 + i] * powers[digit]);
      codes[160 + digit * 16 + i] = (uint8_t)(moved * 3 >> 8);
    }
  }
  for (int digit = 0; digit < 4; digit++) {
    for (int i = 0; i < 4; i++) {
      const uint8_t moved = (uint8_t)(block->last[i] * powers[digit]);
      codes[240 + digit * 4 + i] = (uint8_t)(moved * 3 >> 8);
    }
  }
}

#endif
