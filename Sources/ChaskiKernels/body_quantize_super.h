// Owns: the formats whose groups of weights share a scale in blocks of 256: choosing the block's scale
// (and minimum) in float16, the groups' whole multiples of it, and the codes, all by measured error.
// Does not own: the fit of one group (body_quantize_fit.h), the bytes (body_quantize_pack.h).
//
// Groups that share a block lie in neighbouring lanes: 16 groups of 16 are one block, 16 of 32 are two.
// Two steps in turn: with the block's scale fixed, each group tries the multiples around its own best one;
// with multiples and codes fixed, the block's scale is a least-squares problem. Each is kept only where the
// block's error falls.

/// A float16 above 0 that is nearest to `value`, as float32; 0 for 0.
CK_INLINE float half_scale(float value) {
  if (!(value > 0)) return 0;
  const float largest = 65504.0f, smallest = 0x1p-24f;
  if (value > largest) return largest;
  const float rounded = ck_f32_from_f16(ck_f16_from_f32(value));
  return rounded > 0 ? rounded : smallest;
}

/// What is chosen for 16 groups: each lane has its block's scale, and its own multiples.
typedef struct super_choice {
  float scale[FIT_GROUPS];    // the block's d, with its sign in symmetric formats
  float minimum[FIT_GROUPS];  // the block's dmin
  float n[FIT_GROUPS];        // the group's multiple of d
  float m[FIT_GROUPS];        // the group's multiple of dmin
  float error[FIT_GROUPS];
} super_choice;

/// Takes from `found` the blocks whose error is less than that of `best`; says whether any was.
CK_INLINE int keep_better_blocks(super_choice *best, const super_choice *found, int span) {
  int isBetter = 0;
  for (int start = 0; start < FIT_GROUPS; start += span) {
    float before = 0, after = 0;
    for (int i = start; i < start + span; i++) {
      before += best->error[i];
      after += found->error[i];
    }
    if (!(after < before)) continue;
    isBetter = 1;
    for (int i = start; i < start + span; i++) {
      best->scale[i] = found->scale[i];
      best->minimum[i] = found->minimum[i];
      best->n[i] = found->n[i];
      best->m[i] = found->m[i];
      best->error[i] = found->error[i];
    }
  }
  return isBetter;
}

// MARK: Scales and minima (Q2_K, Q4_K, Q5_K)

typedef struct affine_traits {
  float top;      // the greatest code
  float sub_top;  // the greatest multiple
  int count;      // weights in a group
  int span;       // groups in a block
  int reach;      // how far around the nearest multiple of the scale each group looks
  float first, step;
  int steps, shifts, rounds;
} affine_traits;

/// The offset's correction and the multiple of dmin that comes nearest to it.
CK_INLINE v16f better_minimum(fit_sums s, v16f minimum, v16f offset, float sub_top) {
  // With the codes as they are the best offset is `offset` + r / total.
  const v16f wanted = v16f_neg(v16f_add(offset, v16f_div(s.r, s.total)));
  const v16f multiple = v16f_mul(wanted, fit_inverse(minimum));
  return fit_nearest(fit_clamp(multiple, v16f_zero(), v16f_set1(sub_top)));
}

/// With d and dmin fixed, chooses the multiples of each group around (n, m).
CK_INLINE void choose_affine_multiples(const fit_groups *g, affine_traits t, v16f total,
                                       super_choice *choice) {
  const v16f d = v16f_load(choice->scale), dmin = v16f_load(choice->minimum);
  const v16f n0 = v16f_load(choice->n), m0 = v16f_load(choice->m);
  v16f n = n0, m = m0, error = v16f_set1(FIT_INFINITY);
  const v16f offset = v16f_neg(v16f_mul(dmin, m0));
  for (int by = -t.reach; by <= t.reach; by++) {
    const v16f tried = fit_clamp(v16f_add(n0, v16f_set1((float)by)), v16f_zero(),
                                 v16f_set1(t.sub_top));
    const v16f scale = v16f_mul(d, tried);
    const fit_sums s = affine_sums(g, v16f_set1(t.top), scale, fit_inverse(scale), offset, total);
    // The same codes with the minimum that suits them: the error of codes chosen anew is no greater.
    const v16f m1 = better_minimum(s, dmin, offset, t.sub_top);
    const v16f by_minimum = v16f_sub(v16f_neg(v16f_mul(dmin, m1)), offset);
    const v16f moved = corrected_error(s, v16f_zero(), by_minimum);
    const v16f least = v16f_min(moved, s.rr);
    m = v16f_select_less(least, error, v16f_select_less(moved, s.rr, m1, m0), m);
    n = v16f_select_less(least, error, tried, n);
    error = v16f_min(least, error);
  }
  v16f_store(choice->n, n);
  v16f_store(choice->m, m);
}

/// Measures the choice, and returns the sums from which its block scales can be corrected.
CK_INLINE fit_sums measure_affine(const fit_groups *g, affine_traits t, v16f total,
                                  super_choice *choice) {
  const v16f scale = v16f_mul(v16f_load(choice->scale), v16f_load(choice->n));
  const v16f offset = v16f_neg(v16f_mul(v16f_load(choice->minimum), v16f_load(choice->m)));
  const fit_sums s = affine_sums(g, v16f_set1(t.top), scale, fit_inverse(scale), offset, total);
  v16f_store(choice->error, s.rr);
  return s;
}

/// Least squares for d and dmin of each block, with multiples and codes as they are.
CK_INLINE void refit_affine(fit_sums s, affine_traits t, super_choice *choice) {
  float l[FIT_GROUPS], ll[FIT_GROUPS], r[FIT_GROUPS], rl[FIT_GROUPS], total[FIT_GROUPS];
  v16f_store(l, s.l);
  v16f_store(ll, s.ll);
  v16f_store(r, s.r);
  v16f_store(rl, s.rl);
  v16f_store(total, s.total);
  for (int start = 0; start < FIT_GROUPS; start += t.span) {
    double a = 0, b = 0, c = 0, p = 0, q = 0;
    for (int i = start; i < start + t.span; i++) {
      const double n = choice->n[i], m = choice->m[i];
      a += n * n * ll[i];
      b += n * m * l[i];
      c += m * m * total[i];
      p += n * rl[i];
      q += m * r[i];
    }
    // The sum of w (r - dd n code + dm m)^2 is least where a dd - b dm = p and b dd - c dm = q.
    const double determinant = a * c - b * b;
    double by_scale = 0, by_minimum = 0;
    if (determinant > 1e-9 * a * c) {
      by_scale = (p * c - b * q) / determinant;
      by_minimum = (b * p - a * q) / determinant;
    } else if (a > 0) {
      by_scale = p / a;
    }
    const float d = half_scale(choice->scale[start] + (float)by_scale);
    const float dmin = half_scale(choice->minimum[start] + (float)by_minimum);
    for (int i = start; i < start + t.span; i++) {
      choice->scale[i] = d;
      choice->minimum[i] = dmin;
    }
  }
}

/// A first choice: the greatest scale and minimum of each block become multiple sub_top - `below`.
CK_INLINE void start_affine(fit_best fit, affine_traits t, float below, super_choice *choice) {
  float scale[FIT_GROUPS], offset[FIT_GROUPS];
  v16f_store(scale, fit.scale);
  v16f_store(offset, fit.offset);
  for (int start = 0; start < FIT_GROUPS; start += t.span) {
    float largest = 0, deepest = 0;
    for (int i = start; i < start + t.span; i++) {
      if (scale[i] > largest) largest = scale[i];
      if (-offset[i] > deepest) deepest = -offset[i];
    }
    const float d = half_scale(largest / (t.sub_top - below));
    const float dmin = half_scale(deepest / (t.sub_top - below));
    for (int i = start; i < start + t.span; i++) {
      choice->scale[i] = d;
      choice->minimum[i] = dmin;
    }
  }
  const v16f none = v16f_zero(), most = v16f_set1(t.sub_top);
  const v16f n = v16f_mul(fit.scale, fit_inverse(v16f_load(choice->scale)));
  const v16f m = v16f_mul(v16f_neg(fit.offset), fit_inverse(v16f_load(choice->minimum)));
  v16f_store(choice->n, fit_nearest(fit_clamp(n, none, most)));
  v16f_store(choice->m, fit_nearest(fit_clamp(m, none, most)));
}

/// The whole choice for 16 groups.
CK_INLINE super_choice choose_affine(const fit_groups *g, affine_traits t) {
  const fit_best fit =
      affine_fit(g, t.top, 0, t.first, t.step, t.steps, t.shifts, 2);
  const v16f total = fit_total(g);
  super_choice best;
  v16f_store(best.error, v16f_set1(FIT_INFINITY));
  for (int attempt = 0; attempt < 3; attempt++) {
    super_choice choice;
    start_affine(fit, t, (float)attempt * t.sub_top * 0.04f - 0.4f, &choice);
    for (int round = 0; round < t.rounds; round++) {
      choose_affine_multiples(g, t, total, &choice);
      const fit_sums s = measure_affine(g, t, total, &choice);
      const int isBetter = keep_better_blocks(&best, &choice, t.span);
      if (!isBetter && round > 0) break;
      refit_affine(s, t, &choice);
    }
    measure_affine(g, t, total, &choice);
    keep_better_blocks(&best, &choice, t.span);
  }
  return best;
}

// MARK: Scales alone (Q3_K, Q6_K, IQ4_XS)

typedef struct symmetric_traits {
  fit_values values;
  float sub_low, sub_high;  // the range of multiples
  int count, span;
  float first, step;
  int steps, rounds;
} symmetric_traits;

CK_INLINE void choose_symmetric_multiples(const fit_groups *g, symmetric_traits t,
                                          super_choice *choice) {
  const v16f d = v16f_load(choice->scale), n0 = v16f_load(choice->n);
  v16f n = n0, error = v16f_set1(FIT_INFINITY);
  for (int by = -1; by <= 1; by++) {
    const v16f tried = fit_clamp(v16f_add(n0, v16f_set1((float)by)), v16f_set1(t.sub_low),
                                 v16f_set1(t.sub_high));
    const v16f scale = v16f_mul(d, tried);
    const fit_sums s = symmetric_sums(g, t.values, scale, fit_inverse(scale));
    n = v16f_select_less(s.rr, error, tried, n);
    error = v16f_min(s.rr, error);
  }
  v16f_store(choice->n, n);
}

CK_INLINE fit_sums measure_symmetric(const fit_groups *g, symmetric_traits t,
                                     super_choice *choice) {
  const v16f scale = v16f_mul(v16f_load(choice->scale), v16f_load(choice->n));
  const fit_sums s = symmetric_sums(g, t.values, scale, fit_inverse(scale));
  v16f_store(choice->error, s.rr);
  return s;
}

/// A scale of either sign as float16.
CK_INLINE float signed_half_scale(float value) {
  return value < 0 ? -half_scale(-value) : half_scale(value);
}

CK_INLINE void refit_symmetric(fit_sums s, symmetric_traits t, super_choice *choice) {
  float ll[FIT_GROUPS], rl[FIT_GROUPS];
  v16f_store(ll, s.ll);
  v16f_store(rl, s.rl);
  for (int start = 0; start < FIT_GROUPS; start += t.span) {
    double a = 0, p = 0;
    for (int i = start; i < start + t.span; i++) {
      const double n = choice->n[i];
      a += n * n * ll[i];
      p += n * rl[i];
    }
    const float d = signed_half_scale(choice->scale[start] + (float)(a > 0 ? p / a : 0));
    for (int i = start; i < start + t.span; i++) choice->scale[i] = d;
  }
}

/// A first choice: the largest scale of each block becomes multiple sub_low + `below`, or, if `flipped`,
/// sub_high - `below`.
CK_INLINE void start_symmetric(fit_best fit, symmetric_traits t, float below, int flipped,
                               super_choice *choice) {
  float scale[FIT_GROUPS];
  v16f_store(scale, fit.scale);
  for (int start = 0; start < FIT_GROUPS; start += t.span) {
    float largest = 0;
    for (int i = start; i < start + t.span; i++) {
      if (__builtin_fabsf(scale[i]) > __builtin_fabsf(largest)) largest = scale[i];
    }
    const float end = flipped ? t.sub_high - below : t.sub_low + below;
    const float d = signed_half_scale(largest / end);
    for (int i = start; i < start + t.span; i++) {
      choice->scale[i] = d;
      choice->minimum[i] = 0;
      choice->m[i] = 0;
    }
  }
  const v16f n = v16f_mul(fit.scale, fit_inverse(v16f_load(choice->scale)));
  v16f_store(choice->n,
             fit_nearest(fit_clamp(n, v16f_set1(t.sub_low), v16f_set1(t.sub_high))));
}

/// The whole choice for 16 groups.
CK_INLINE super_choice choose_symmetric(const fit_groups *g, symmetric_traits t) {
  const fit_best fit = symmetric_fit(g, t.values, t.first, t.step, t.steps, 2);
  super_choice best;
  v16f_store(best.error, v16f_set1(FIT_INFINITY));
  for (int attempt = 0; attempt < 3; attempt++) {
    super_choice choice;
    start_symmetric(fit, t, attempt == 2 ? -t.sub_low * 0.04f : 0, attempt == 1, &choice);
    for (int round = 0; round < t.rounds; round++) {
      choose_symmetric_multiples(g, t, &choice);
      const fit_sums s = measure_symmetric(g, t, &choice);
      const int isBetter = keep_better_blocks(&best, &choice, t.span);
      if (!isBetter && round > 0) break;
      refit_symmetric(s, t, &choice);
    }
    measure_symmetric(g, t, &choice);
    keep_better_blocks(&best, &choice, t.span);
  }
  return best;
}
