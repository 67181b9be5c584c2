// Owns: what differs between quantised types in a product: how a block's weights and scales are unpacked into
// registers. Does not own: the product (body_quant_tile.h), the layout (formats.h).

// MARK: What differs between types

/// A type's weights as integers: weight = unpacked code - offset.
typedef struct {
  int32_t offset;
  int32_t largest;   // the largest code, at most 63
  int32_t is_signed; // the codes need 8 bits: lanes_dot_signed
  int32_t minima;    // the format has minima
  int32_t halves;    // a scale per 16 weights, not per 32
} quant_traits;

CK_INLINE quant_traits traits_of(int32_t type) {
  switch (type) {
    case CK_Q4_0: return (quant_traits){.offset = 8, .largest = 15};
    case CK_Q4_1: case CK_Q4_K: return (quant_traits){.largest = 15, .minima = 1};
    case CK_Q5_0: return (quant_traits){.offset = 16, .largest = 31};
    case CK_Q5_1: case CK_Q5_K: return (quant_traits){.largest = 31, .minima = 1};
    case CK_Q2_K: return (quant_traits){.largest = 3, .minima = 1, .halves = 1};
    case CK_Q3_K: return (quant_traits){.offset = 4, .largest = 7, .halves = 1};
    case CK_Q6_K: return (quant_traits){.offset = 32, .largest = 63, .halves = 1};
    case CK_TQ1_0: case CK_TQ2_0: return (quant_traits){.offset = 1, .largest = 3};
    case CK_MXFP4: return (quant_traits){.offset = 12, .largest = 24};
    default: return (quant_traits){.offset = LANES_BIAS, .is_signed = 1};
  }
}

/// Unpacks one block of LANES rows: vector g holds the weights 4 g ... 4 g + 3 of each row.
CK_INLINE void unpack_weights(int32_t type, const uint8_t *codes, const uint8_t *high,
                              lanes_b weights[8]) {
  static const int8_t iq4_values[16] = {CK_IQ4_VALUES};
  static const int8_t mxfp4_values[16] = {CK_MXFP4_VALUES};
  const ck_layout layout = ck_layout_of(type);
  enum { VECTOR = 4 * CK_PANEL_ROWS };
  CK_UNROLL
  for (int g = 0; g < 8; g++) {
    switch (layout.code_bits) {
      case 2:
        weights[g] = lanes_field(lanes_load_b(codes + g / 4 * VECTOR), g % 4 * 2, 0x03);
        break;
      case 4:
        weights[g] = lanes_field(lanes_load_b(codes + g % 4 * VECTOR), g / 4 * 4, 0x0f);
        break;
      default: weights[g] = lanes_signed(lanes_load_b(codes + g * VECTOR)); break;
    }
    if (layout.high_bits == 1) {
      const lanes_b bits = lanes_load_b(high);
      weights[g] = lanes_or(weights[g],
                            lanes_field(bits, g - layout.code_bits, 1 << layout.code_bits));
    }
    if (layout.high_bits == 2) {
      const lanes_b bits = lanes_load_b(high + g / 4 * VECTOR);
      weights[g] = lanes_or(weights[g], lanes_field(bits, g % 4 * 2 - 4, 0x30));
    }
    if (type == CK_IQ4_NL || type == CK_IQ4_XS) {
      weights[g] = lanes_look_up(iq4_values, LANES_BIAS, weights[g]);
    }
    if (type == CK_MXFP4) {
      weights[g] = lanes_look_up(mxfp4_values, traits_of(CK_MXFP4).offset, weights[g]);
    }
  }
}

/// The scales of one block of LANES rows. Without halves, `sub` and `sub_minimum` are unused;
/// `minimum` is what is added: a K-quant's with its sign turned.
typedef struct {
  lanes_f scale, minimum;
  lanes_f sub[2], sub_minimum[2];
} block_scales;

CK_INLINE block_scales unpack_scales(int32_t type, const uint8_t *scales, const uint8_t *subs,
                                     int row) {
  const uint8_t *minima = scales + 2 * CK_PANEL_ROWS + 2 * row;
  const uint8_t *first = subs + row, *second = subs + CK_PANEL_ROWS + row;
  const lanes_f minus = lanes_set1_f(-1.0f);
  block_scales result;
  result.minimum = minus;
  result.sub[0] = result.sub[1] = result.sub_minimum[0] = result.sub_minimum[1] = minus;
  if (type == CK_MXFP4) {
    result.scale = lanes_load_e8m0_half(scales + row);
    return result;
  }
  result.scale = lanes_load_f16(scales + 2 * row);
  switch (type) {
    case CK_Q4_1: case CK_Q5_1: result.minimum = lanes_load_f16(minima); break;
    case CK_Q4_K: case CK_Q5_K:
      result.scale = lanes_mul(result.scale, lanes_load_u8(first, 0, 255));
      result.minimum = lanes_mul(lanes_load_f16(minima), lanes_load_u8(second, 0, 255));
      result.minimum = lanes_mul(result.minimum, minus);
      break;
    case CK_IQ4_XS: result.scale = lanes_mul(result.scale, lanes_load_i8(first)); break;
    case CK_Q3_K: case CK_Q6_K:
      result.sub[0] = lanes_load_i8(first);
      result.sub[1] = lanes_load_i8(second);
      break;
    case CK_Q2_K:
      result.sub[0] = lanes_load_u8(first, 0, 15);
      result.sub[1] = lanes_load_u8(second, 0, 15);
      result.sub_minimum[0] = lanes_load_u8(first, 4, 15);
      result.sub_minimum[1] = lanes_load_u8(second, 4, 15);
      result.minimum = lanes_mul(lanes_load_f16(minima), minus);
      break;
    default: break;
  }
  return result;
}
