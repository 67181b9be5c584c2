// Owns: the packing of a file's rows into panels of 16. Does not own: the layout (formats.h).
//
// Almost every format packs by moving 32-bit words: four consecutive weights of one row stay
// together. Packing is part of every start, so nothing here looks at single weights but for TQ1_0.

#include "formats.h"

/// Where one row of one block of 32 goes: its bytes of the block's codes and high bits.
typedef struct {
  uint8_t *codes;
  uint8_t *high;
} destination;

enum { VECTOR = 64 };  // bytes from a row's word in one vector to its word in the next

static const uint32_t low_halves = 0x0f0f0f0fu;

int64_t ck_panel_bytes(int32_t type, int64_t depth) {
  const int64_t weights = ck_block_weights(type);
  // The limit keeps every product below in range; no tensor has rows that long.
  if (weights == 0 || depth <= 0 || depth > INT32_MAX || depth % weights != 0) return 0;
  if (weights == 1) return ck_float_panel_bytes(type, depth);
  return ck_quantised_panel_bytes(ck_layout_of(type), depth);
}

// MARK: Codes

/// 16 bytes of halves as Q4_0 has them: the panel's order is the same.
CK_INLINE void put_nibbles(const uint8_t *codes, uint8_t *to) {
  for (int j = 0; j < 4; j++) ck_store_u32(to + VECTOR * j, ck_load_u32(codes + 4 * j));
}

/// Two blocks share 32 bytes in Q4_K: block `odd` has the upper halves.
CK_INLINE void put_shared_nibbles(const uint8_t *codes, int odd, uint8_t *to) {
  for (int j = 0; j < 4; j++) {
    const uint32_t first = ck_load_u32(codes + 4 * j) >> (4 * odd) & low_halves;
    const uint32_t last = ck_load_u32(codes + 16 + 4 * j) >> (4 * odd) & low_halves;
    ck_store_u32(to + VECTOR * j, first | last << 4);
  }
}

/// Two bits of each of 32 bytes, the field that starts at `shift`, to two vectors.
CK_INLINE void put_pairs(const uint8_t *bytes, int shift, uint8_t *to) {
  for (int vector = 0; vector < 2; vector++) {
    uint32_t word = 0;
    for (int field = 0; field < 4; field++) {
      const uint32_t four = ck_load_u32(bytes + 16 * vector + 4 * field);
      word |= (four >> shift & 0x03030303u) << (2 * field);
    }
    ck_store_u32(to + VECTOR * vector, word);
  }
}

/// One bit of each of 32 bytes to one vector.
CK_INLINE void put_bits(const uint8_t *bytes, int shift, uint8_t *to) {
  uint32_t word = 0;
  for (int g = 0; g < 8; g++) {
    word |= (ck_load_u32(bytes + 4 * g) >> shift & 0x01010101u) << g;
  }
  ck_store_u32(to, word);
}

/// Bit i of a word is the high bit of weight i: spreads each four bits over four bytes.
CK_INLINE void put_fifth_bits(const uint8_t high[4], uint8_t *to) {
  const uint32_t bits = ck_load_u32(high);
  uint32_t word = 0;
  for (int g = 0; g < 8; g++) {
    // The factor copies the four bits to places 0, 7, 14, 21: bit i of copy i lands on bit 8 i.
    word |= ((bits >> (4 * g) & 15u) * 0x00204081u & 0x01010101u) << g;
  }
  ck_store_u32(to, word);
}

// MARK: Blocks

/// Packs one row of one file block of 32. `scales` points at this row's scale.
CK_INLINE void pack_small(int32_t type, const uint8_t *source, destination to, uint8_t *scales) {
  enum { MINIMA = 2 * CK_PANEL_ROWS };
  switch (type) {
    case CK_Q4_0: case CK_IQ4_NL: {
      const ck_q4_0 *q = (const ck_q4_0 *)source;
      put_nibbles(q->codes, to.codes);
      memcpy(scales, q->scale, 2);
      break;
    }
    case CK_Q4_1: {
      const ck_q4_1 *q = (const ck_q4_1 *)source;
      put_nibbles(q->codes, to.codes);
      memcpy(scales, q->scale, 2);
      memcpy(scales + MINIMA, q->minimum, 2);
      break;
    }
    case CK_Q5_0: {
      const ck_q5_0 *q = (const ck_q5_0 *)source;
      put_nibbles(q->codes, to.codes);
      put_fifth_bits(q->high, to.high);
      memcpy(scales, q->scale, 2);
      break;
    }
    case CK_Q5_1: {
      const ck_q5_1 *q = (const ck_q5_1 *)source;
      put_nibbles(q->codes, to.codes);
      put_fifth_bits(q->high, to.high);
      memcpy(scales, q->scale, 2);
      memcpy(scales + MINIMA, q->minimum, 2);
      break;
    }
    case CK_Q8_0: {
      const ck_q8_0 *q = (const ck_q8_0 *)source;
      for (int g = 0; g < 8; g++) {
        ck_store_u32(to.codes + VECTOR * g, ck_load_u32(q->codes + 4 * g));
      }
      memcpy(scales, q->scale, 2);
      break;
    }
    case CK_MXFP4: {
      const ck_mxfp4 *q = (const ck_mxfp4 *)source;
      put_nibbles(q->codes, to.codes);
      *scales = q->exponent;
      break;
    }
    default: break;
  }
}

/// Packs the codes of one row of block `b` (0 ..< 8) of a super-block.
CK_INLINE void pack_super_codes(int32_t type, const uint8_t *source, int b, destination to) {
  switch (type) {
    case CK_Q2_K: put_pairs(((const ck_q2_k *)source)->codes + b / 4 * 32, b % 4 * 2, to.codes);
      break;
    case CK_Q3_K: {
      const ck_q3_k *q = (const ck_q3_k *)source;
      put_pairs(q->codes + b / 4 * 32, b % 4 * 2, to.codes);
      put_bits(q->high, b, to.high);
      break;
    }
    case CK_Q4_K: {
      const ck_q4_k *q = (const ck_q4_k *)source;
      put_shared_nibbles(q->codes + b / 2 * 32, b % 2, to.codes);
      break;
    }
    case CK_Q5_K: {
      const ck_q5_k *q = (const ck_q5_k *)source;
      put_shared_nibbles(q->codes + b / 2 * 32, b % 2, to.codes);
      put_bits(q->high, b, to.high);
      break;
    }
    case CK_Q6_K: {
      const ck_q6_k *q = (const ck_q6_k *)source;
      put_shared_nibbles(q->low + b / 4 * 64 + b % 2 * 32, b % 4 / 2, to.codes);
      put_pairs(q->high + b / 4 * 32, b % 4 * 2, to.high);
      break;
    }
    case CK_IQ4_XS: put_nibbles(((const ck_iq4_xs *)source)->codes + b * 16, to.codes); break;
    case CK_TQ2_0: put_pairs(((const ck_tq2_0 *)source)->codes + b / 4 * 32, b % 4 * 2, to.codes);
      break;
    default: break;
  }
}

/// Writes one row's scales of a super-block: `scales` and `subs` point at this row's first bytes.
CK_INLINE void pack_super_scales(int32_t type, const uint8_t *source, uint8_t *scales,
                                 uint8_t *subs) {
  enum { MINIMA = 2 * CK_PANEL_ROWS, ROWS = CK_PANEL_ROWS };
  switch (type) {
    case CK_Q2_K: {
      const ck_q2_k *q = (const ck_q2_k *)source;
      memcpy(scales, q->scale, 2);
      memcpy(scales + MINIMA, q->minimum, 2);
      for (int s = 0; s < 16; s++) subs[s * ROWS] = q->sub[s];
      break;
    }
    case CK_Q3_K: {
      const ck_q3_k *q = (const ck_q3_k *)source;
      memcpy(scales, q->scale, 2);
      for (int s = 0; s < 16; s++) subs[s * ROWS] = (uint8_t)ck_q3_sub(q->sub, s);
      break;
    }
    case CK_Q4_K: case CK_Q5_K: {
      const ck_q4_k *q = (const ck_q4_k *)source;  // Q5_K begins with the same members
      memcpy(scales, q->scale, 2);
      memcpy(scales + MINIMA, q->minimum, 2);
      for (int b = 0; b < 8; b++) {
        ck_k4_sub(q->sub, b, subs + 2 * b * ROWS, subs + (2 * b + 1) * ROWS);
      }
      break;
    }
    case CK_Q6_K: {
      const ck_q6_k *q = (const ck_q6_k *)source;
      memcpy(scales, q->scale, 2);
      for (int s = 0; s < 16; s++) subs[s * ROWS] = (uint8_t)q->sub[s];
      break;
    }
    case CK_IQ4_XS: {
      const ck_iq4_xs *q = (const ck_iq4_xs *)source;
      memcpy(scales, q->scale, 2);
      for (int b = 0; b < 8; b++) subs[b * ROWS] = (uint8_t)ck_iq4_xs_sub(q, b);
      break;
    }
    case CK_TQ2_0: memcpy(scales, ((const ck_tq2_0 *)source)->scale, 2); break;
    default: break;
  }
}

/// TQ1_0 as TQ2_0, whose block this fills.
static void ternary_to_pairs(const ck_tq1_0 *source, ck_tq2_0 *block) {
  uint8_t codes[CK_SUPER];
  ck_tq1_codes(source, codes);
  for (int n = 0; n < 2; n++) {
    const uint8_t *from = codes + 128 * n;
    for (int i = 0; i < 32; i++) {
      block->codes[32 * n + i] =
          (uint8_t)(from[i] | from[32 + i] << 2 | from[64 + i] << 4 | from[96 + i] << 6);
    }
  }
  memcpy(block->scale, source->scale, 2);
}

// MARK: Panels

/// Packs a quantised panel. Inlined into one copy per type, so that all switches vanish.
CK_INLINE void pack_quantised(int32_t type, const uint8_t *source, int64_t row_bytes, int32_t rows,
                              int64_t depth, uint8_t *panel) {
  const int32_t packed = type == CK_TQ1_0 ? CK_TQ2_0 : type;
  const ck_layout layout = ck_layout_of(type);
  const int64_t weights = ck_block_weights(type), bytes = ck_block_bytes(type);
  const int blocks = (int)(weights / CK_BLOCK);
  for (int64_t unit = 0; unit < depth / weights; unit++) {
    for (int32_t row = 0; row < rows; row++) {
      const uint8_t *from = source + row * row_bytes + unit * bytes;
      ck_tq2_0 ternary;
      if (type == CK_TQ1_0) {
        ternary_to_pairs((const ck_tq1_0 *)from, &ternary);
        from = (const uint8_t *)&ternary;
      }
      const int lane_bytes = layout.scale_bytes == 1 ? 1 : 2;
      const ck_block_place first = ck_place_of(layout, unit * blocks);
      uint8_t *scales = panel + first.scales + row * lane_bytes;
      for (int b = 0; b < blocks; b++) {
        const ck_block_place place = ck_place_of(layout, unit * blocks + b);
        const destination to = {panel + place.codes + 4 * row, panel + place.high + 4 * row};
        if (blocks == 1) pack_small(type, from, to, scales);
        if (blocks > 1) pack_super_codes(packed, from, b, to);
      }
      if (blocks > 1) {
        pack_super_scales(packed, from, scales, panel + first.subs + row);
      }
    }
  }
}

/// Packs a panel of floats of `bytes` each: [rows, depth] to [depth, 16].
CK_INLINE void pack_floats(int64_t bytes, const uint8_t *source, int64_t row_bytes, int32_t rows,
                           int64_t depth, uint8_t *panel) {
  enum { RUN = 32 };  // so many elements of each row per round keep the target in the first cache
  for (int64_t start = 0; start < depth; start += RUN) {
    const int64_t end = start + RUN < depth ? start + RUN : depth;
    for (int32_t row = 0; row < rows; row++) {
      for (int64_t k = start; k < end; k++) {
        memcpy(panel + (k * CK_PANEL_ROWS + row) * bytes, source + row * row_bytes + k * bytes,
               (size_t)bytes);
      }
    }
  }
}

static const uint16_t minus_zero = 0x8000;

/// Packs a panel of float16; the step that pads an odd depth is -0.
static void pack_f16(const uint8_t *source, int64_t row_bytes, int32_t rows, int64_t depth,
                     uint8_t *panel) {
  pack_floats(2, source, row_bytes, rows, depth, panel);
  for (int row = 0; depth % 2 != 0 && row < CK_PANEL_ROWS; row++) {
    memcpy(panel + (depth * CK_PANEL_ROWS + row) * 2, &minus_zero, 2);
  }
}

/// Packs one row's weights 2 i and 2 i + 1; returns the lesser of `smallest` and their magnitudes, 0
/// apart, less 1.
CK_INLINE uint32_t pack_pair(uint16_t first, uint16_t second, uint32_t smallest, uint8_t *to) {
  ck_store_u32(to, (uint32_t)first << 16 | second);
  // Less 1, a zero is the greatest.
  const uint32_t a = (uint32_t)(first & 0x7fff) - 1, b = (uint32_t)(second & 0x7fff) - 1;
  const uint32_t least = a < b ? a : b;
  return least < smallest ? least : smallest;
}

/// Packs a panel of bfloat16 pairs.
static void pack_bf16(const uint8_t *source, int64_t row_bytes, int32_t rows, int64_t depth,
                      uint8_t *panel) {
  enum { RUN = 16 };  // pairs: as in pack_floats
  const uint32_t infinity = 0x7f80;
  const int64_t pairs = depth / 2;
  uint32_t smallest = infinity - 1;
  for (int64_t start = 0; start < pairs; start += RUN) {
    const int64_t end = start + RUN < pairs ? start + RUN : pairs;
    for (int32_t row = 0; row < rows; row++) {
      const uint8_t *from = source + row * row_bytes;
      for (int64_t i = start; i < end; i++) {
        smallest = pack_pair(ck_load_u16(from + 4 * i), ck_load_u16(from + 4 * i + 2), smallest,
                             panel + (i * CK_PANEL_ROWS + row) * 4);
      }
    }
  }
  for (int32_t row = 0; depth % 2 != 0 && row < CK_PANEL_ROWS; row++) {
    const uint16_t last =
        row < rows ? ck_load_u16(source + row * row_bytes + 2 * (depth - 1)) : 0;
    smallest = pack_pair(last, minus_zero, smallest, panel + (pairs * CK_PANEL_ROWS + row) * 4);
  }
  ck_store_u32(panel + ck_bf16_words_bytes(depth), (smallest + 1) << 16);
}

void ck_pack_panel(int32_t type, const void *source, int64_t source_row_bytes, int32_t rows,
                   int64_t depth, void *panel) {
  const int64_t bytes = ck_panel_bytes(type, depth);
  if (bytes == 0) return;
  // Rows that are missing, and padding, are zero.
  memset(panel, 0, (size_t)bytes);
#define PACK(type)                                                             \
  case type: pack_quantised(type, source, source_row_bytes, rows, depth, panel); break
  switch (type) {
    case CK_F32: pack_floats(4, source, source_row_bytes, rows, depth, panel); break;
    case CK_F16: pack_f16(source, source_row_bytes, rows, depth, panel); break;
    case CK_BF16: pack_bf16(source, source_row_bytes, rows, depth, panel); break;
    PACK(CK_Q4_0);
    PACK(CK_Q4_1);
    PACK(CK_Q5_0);
    PACK(CK_Q5_1);
    PACK(CK_Q8_0);
    PACK(CK_Q2_K);
    PACK(CK_Q3_K);
    PACK(CK_Q4_K);
    PACK(CK_Q5_K);
    PACK(CK_Q6_K);
    PACK(CK_IQ4_NL);
    PACK(CK_IQ4_XS);
    PACK(CK_TQ1_0);
    PACK(CK_TQ2_0);
    PACK(CK_MXFP4);
    default: break;
  }
#undef PACK
}
