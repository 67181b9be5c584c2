// Owns: from rows of floats to the blocks of a file, for every type: the check of what a type holds, and the
// loops over blocks of the formats that are searched.
// Does not own: the search (body_quantize_fit.h, body_quantize_super.h), rules (body_quantize_rule.h).
//
// Without importances Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, MXFP4, TQ1_0 and TQ2_0 follow ggml's rule, byte for
// byte. The others, and the first four with importances, are what has the least error among many tries.

#include "body_quantize_fit.h"
#include "body_quantize_super.h"
#include "body_quantize_pack.h"
#include "body_quantize_rule.h"

// MARK: What a type holds

/// The greatest magnitude that every block of `type` can hold without a scale beyond float16.
CK_INLINE float quantize_limit(int32_t type) {
  const float half = 65504.0f, bfloat = 0x1.fep127f;
  switch (type) {
    case CK_F32: return 0x1.fffffep127f;
    case CK_BF16: case CK_MXFP4: return bfloat;
    case CK_Q4_0: return 8 * half;
    case CK_Q5_0: return 16 * half;
    case CK_Q8_0: return 127 * half;
    case CK_IQ4_NL: return 113 * half;
    case CK_Q2_K: return 15 * half;
    case CK_Q4_K: case CK_Q5_K: return 63 * half;
    case CK_Q3_K: return 31 * 3 * half;
    case CK_Q6_K: return 127 * 31 * half;
    case CK_IQ4_XS: return 31 * 113 * half;
    default: return half;
  }
}

/// Whether all numbers are finite and within the limit of `type`.
CK_INLINE int is_within(const float *x, int64_t count, float limit) {
  const v16f bound = v16f_set1(limit), one = v16f_set1(1.0f), zero = v16f_zero();
  v16f bad = zero;
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    // NaN is not less than anything, so it is not within.
    const v16f beyond = v16f_select_less(v16f_abs(v16f_load(x + i)), bound, zero, one);
    bad = v16f_max(bad, beyond);
  }
  float found = v16f_hmax(bad);
  // The bound itself is within: look again only where something was not below it.
  for (int64_t k = found > 0 ? 0 : i; k < count; k++) {
    if (!(__builtin_fabsf(x[k]) <= limit)) return 0;
  }
  return 1;
}

// MARK: Floats

static void quantize_floats(int32_t type, const float *x, int64_t count, uint8_t *out) {
  if (type == CK_F32) {
    memcpy(out, x, (size_t)count * sizeof *x);
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    const uint32_t bits = ck_f32_bits(x[i]);
    const uint16_t half = type == CK_F16 ? ck_f16_from_f32(x[i])
                                         : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    memcpy(out + 2 * i, &half, sizeof half);
  }
}

// MARK: Formats with a search

/// Writes the codes of lane `lane`, counted from 0, of all weights in it.
CK_INLINE void lane_codes(const float codes[FIT_MOST][FIT_GROUPS], int count, int lane,
                          uint8_t *out) {
  for (int k = 0; k < count; k++) out[k] = (uint8_t)(int)codes[k][lane];
}

/// The index of the value of IQ4 nearest to t, one for each group.
CK_INLINE v16f table_code(v16f t) {
  v16f code = v16f_zero();
  for (int i = 1; i < 16; i++) {
    const v16f middle = v16f_set1(0.5f * (iq4_floats[i - 1] + iq4_floats[i]));
    code = v16f_select_less(middle, t, v16f_set1((float)i), code);
  }
  return code;
}

/// The codes, counted from 0, of a symmetric format with these scales.
CK_INLINE void symmetric_codes(const fit_groups *g, fit_values values, v16f scale,
                               float codes[FIT_MOST][FIT_GROUPS]) {
  const v16f inverse = fit_inverse(scale), low = v16f_set1(values.low);
  for (int k = 0; k < g->count; k++) {
    const v16f t = v16f_mul(v16f_load(g->x[k]), inverse);
    v16f_store(codes[k], values.isTable ? table_code(t) : v16f_sub(nearest_value(values, t), low));
  }
}

CK_INLINE void affine_codes(const fit_groups *g, float top, v16f scale, v16f offset,
                            float codes[FIT_MOST][FIT_GROUPS]) {
  const v16f inverse = fit_inverse(scale);
  for (int k = 0; k < g->count; k++) {
    v16f_store(codes[k], affine_code(v16f_load(g->x[k]), inverse, offset, v16f_set1(top)));
  }
}

/// The float16 scales nearest to the fitted ones; where float16 is coarse, the neighbour with least error.
CK_INLINE v16f best_half_scales(const fit_groups *g, fit_values values, v16f fitted) {
  float scale[FIT_GROUPS];
  v16f_store(scale, fitted);
  v16f best = v16f_zero(), error = v16f_set1(FIT_INFINITY);
  for (int by = -1; by <= 1; by++) {
    float tried[FIT_GROUPS];
    for (int i = 0; i < FIT_GROUPS; i++) {
      const uint16_t bits = ck_f16_from_f32(__builtin_fabsf(scale[i]));
      const int moved = bits + by < 0 ? 0 : bits + by > 0x7bff ? 0x7bff : bits + by;
      tried[i] = __builtin_copysignf(ck_f32_from_f16((uint16_t)moved), scale[i]);
    }
    const v16f t = v16f_load(tried);
    const fit_sums s = symmetric_sums(g, values, t, fit_inverse(t));
    best = v16f_select_less(s.rr, error, t, best);
    error = v16f_min(s.rr, error);
  }
  return best;
}

/// IQ4_NL, and Q4_0, Q5_0, Q4_1 and Q5_1 with importances: each block of 32 by itself.
CK_INLINE void quantize_small(int32_t type, const float *x, const float *importance, int64_t count,
                              int64_t depth, uint8_t *blocks) {
  const int isAffine = type == CK_Q4_1 || type == CK_Q5_1;
  const float half = type == CK_Q5_0 ? 16 : 8, top = type == CK_Q5_1 ? 31 : 15;
  const fit_values values = type == CK_IQ4_NL ? (fit_values){-127, 113, 1}
                                              : (fit_values){-half, half - 1, 0};
  const int64_t groups = count / CK_BLOCK, bytes = ck_block_bytes(type);
  for (int64_t first = 0; first < groups; first += FIT_GROUPS) {
    fit_groups g;
    float codes[FIT_MOST][FIT_GROUPS], scale[FIT_GROUPS], offset[FIT_GROUPS];
    fit_gather(&g, x, importance, first, groups, CK_BLOCK, depth);
    if (isAffine) {
      const fit_best fit = affine_fit(&g, top, 1, -1.2f, 0.2f, 9, 2, 2);
      v16f_store(scale, fit.scale);
      v16f_store(offset, fit.offset);
      for (int i = 0; i < FIT_GROUPS; i++) {
        scale[i] = half_scale(scale[i]);
        offset[i] = ck_f32_from_f16(ck_f16_from_f32(offset[i]));
      }
      affine_codes(&g, top, v16f_load(scale), v16f_load(offset), codes);
    } else {
      const float first_delta = values.isTable ? -16.0f : -1.0f;
      const float step = values.isTable ? 2.0f : 0.125f;
      const fit_best fit = symmetric_fit(&g, values, first_delta, step, 13, 2);
      v16f_store(scale, best_half_scales(&g, values, fit.scale));
      symmetric_codes(&g, values, v16f_load(scale), codes);
    }
    for (int lane = 0; lane < FIT_GROUPS && first + lane < groups; lane++) {
      uint8_t own[CK_BLOCK];
      lane_codes(codes, CK_BLOCK, lane, own);
      put_small_block(type, scale[lane], offset[lane], own, blocks + (first + lane) * bytes);
    }
  }
}

CK_INLINE affine_traits affine_traits_of(int32_t type) {
  switch (type) {
    case CK_Q2_K: return (affine_traits){3, 15, 16, 16, 2, -1.2f, 0.25f, 8, 3, 4};
    case CK_Q4_K: return (affine_traits){15, 63, 32, 8, 1, -1.4f, 0.3f, 8, 2, 3};
    default: return (affine_traits){31, 63, 32, 8, 1, -1.2f, 0.3f, 8, 2, 3};
  }
}

CK_INLINE symmetric_traits symmetric_traits_of(int32_t type) {
  switch (type) {
    case CK_Q3_K:
      return (symmetric_traits){{-4, 3, 0}, -32, 31, 16, 16, -1.4f, 0.25f, 9, 3};
    case CK_Q6_K:
      return (symmetric_traits){{-32, 31, 0}, -128, 127, 16, 16, -1.2f, 0.3f, 7, 2};
    default:
      return (symmetric_traits){{-127, 113, 1}, -32, 31, 32, 8, -16, 4, 7, 2};
  }
}

/// The formats with blocks of 256, 16 groups (one block or two) at a time.
CK_INLINE void quantize_super(int32_t type, const float *x, const float *importance, int64_t count,
                              int64_t depth, uint8_t *blocks) {
  const int isAffine = type == CK_Q2_K || type == CK_Q4_K || type == CK_Q5_K;
  const affine_traits affine = affine_traits_of(type);
  const symmetric_traits symmetric = symmetric_traits_of(type);
  const int group = isAffine ? affine.count : symmetric.count, span = CK_SUPER / group;
  const int64_t groups = count / group, bytes = ck_block_bytes(type);
  for (int64_t first = 0; first < groups; first += FIT_GROUPS) {
    fit_groups g;
    float codes[FIT_MOST][FIT_GROUPS];
    fit_gather(&g, x, importance, first, groups, group, depth);
    const super_choice choice = isAffine ? choose_affine(&g, affine)
                                         : choose_symmetric(&g, symmetric);
    const v16f scale = v16f_mul(v16f_load(choice.scale), v16f_load(choice.n));
    if (isAffine) {
      const v16f offset = v16f_neg(v16f_mul(v16f_load(choice.minimum), v16f_load(choice.m)));
      affine_codes(&g, affine.top, scale, offset, codes);
    } else {
      symmetric_codes(&g, symmetric.values, scale, codes);
    }
    for (int lane = 0; lane < FIT_GROUPS && first + lane < groups; lane += span) {
      uint8_t own[CK_SUPER];
      for (int i = 0; i < span; i++) lane_codes(codes, group, lane + i, own + i * group);
      pack_super(type, &choice, lane, own, blocks + (first + lane) / span * bytes);
    }
  }
}

/// Each type by name, so that its sizes are known where its loops are compiled.
static void quantize_by_search(int32_t type, const float *x, const float *importance,
                               int64_t count, int64_t depth, uint8_t *blocks) {
  switch (type) {
    case CK_Q2_K: quantize_super(CK_Q2_K, x, importance, count, depth, blocks); break;
    case CK_Q3_K: quantize_super(CK_Q3_K, x, importance, count, depth, blocks); break;
    case CK_Q4_K: quantize_super(CK_Q4_K, x, importance, count, depth, blocks); break;
    case CK_Q5_K: quantize_super(CK_Q5_K, x, importance, count, depth, blocks); break;
    case CK_Q6_K: quantize_super(CK_Q6_K, x, importance, count, depth, blocks); break;
    case CK_IQ4_XS: quantize_super(CK_IQ4_XS, x, importance, count, depth, blocks); break;
    case CK_IQ4_NL: quantize_small(CK_IQ4_NL, x, importance, count, depth, blocks); break;
    case CK_Q4_0: case CK_Q5_0: quantize_small(type, x, importance, count, depth, blocks); break;
    default: quantize_small(type, x, importance, count, depth, blocks); break;
  }
}

// MARK: All types

static int is_searched(int32_t type, int hasImportance) {
  switch (type) {
    case CK_Q2_K: case CK_Q3_K: case CK_Q4_K: case CK_Q5_K: case CK_Q6_K: case CK_IQ4_XS:
    case CK_IQ4_NL:
      return 1;
    case CK_Q4_0: case CK_Q4_1: case CK_Q5_0: case CK_Q5_1: return hasImportance;
    default: return 0;
  }
}

static int64_t quantize_kernel(int32_t type, const float *x, const float *importance, int64_t rows,
                               int64_t depth, void *destination) {
  const int64_t weights = ck_block_weights(type);
  if (weights == 0 || rows <= 0 || depth <= 0 || depth % weights != 0) return 0;
  const float limit = quantize_limit(type);
  for (int64_t row = 0; row < rows; row++) {
    if (!is_within(x + row * depth, depth, limit)) return row;
  }
  if (weights == 1) {
    quantize_floats(type, x, rows * depth, destination);
  } else if (is_searched(type, importance != 0)) {
    quantize_by_search(type, x, importance, rows * depth, depth, destination);
  } else {
    quantize_by_rule(type, x, rows * depth, destination);
  }
  return rows;
}
