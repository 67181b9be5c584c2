// Owns: fitting a grid of codes to 16 groups of weights side by side: lane i of every vector belongs to
// group i, so nothing is summed across lanes and every instruction set gives the same bits.
// Does not own: which groups share a scale (body_quantize_super.h), how codes are stored.
//
// The error of a group is the sum of w (x - scale * code - offset)^2, w being the importance of a weight.
// For given codes the best scale (and offset) is a least-squares problem in closed form; for a given scale
// the best codes are the nearest. A fit looks at several scales, corrects each by least squares, and then
// takes the two steps in turn, as Lloyd 1982 (https://doi.org/10.1109/TIT.1982.1056489) does.
// All sums are of what the grid leaves (r), not of x, because their differences decide.

enum {
  FIT_GROUPS = 16,
  FIT_MOST = 32,  // weights in a group
};

/// 16 groups of `count` weights: weight k of group i is x[k][i].
typedef struct fit_groups {
  float x[FIT_MOST][FIT_GROUPS];
  float w[FIT_MOST][FIT_GROUPS];
  int count;
} fit_groups;

/// Of each group: what it takes to correct a scale and an offset.
typedef struct fit_sums {
  v16f l;      // sum of w * code
  v16f ll;     // sum of w * code^2
  v16f r;      // sum of w * r
  v16f rl;     // sum of w * r * code
  v16f rr;     // sum of w * r^2: the error
  v16f total;  // sum of w
} fit_sums;

/// The best grid of each group so far.
typedef struct fit_best {
  v16f scale;
  v16f offset;
  v16f error;
} fit_best;

#define FIT_INFINITY __builtin_inff()

/// Gathers the 16 groups that begin at x + first * count; beyond `limit` groups they are zeros. The
/// importance of columns, [depth], repeats with every row; null: all alike.
CK_INLINE void fit_gather(fit_groups *g, const float *x, const float *importance, int64_t first,
                          int64_t limit, int count, int64_t depth) {
  g->count = count;
  for (int lane = 0; lane < FIT_GROUPS; lane++) {
    const int64_t group = first + lane;
    const int isThere = group < limit;
    const float *source = x + group * count;
    const float *weights = importance ? importance + group * count % depth : 0;
    for (int k = 0; k < count; k++) {
      g->x[k][lane] = isThere ? source[k] : 0.0f;
      g->w[k][lane] = isThere && weights ? weights[k] : 1.0f;
    }
  }
}

/// The nearest whole number, ties to even, for |x| below 2^22: the addition rounds.
CK_INLINE v16f fit_nearest(v16f x) {
  const v16f shift = v16f_set1(0x1.8p23f);
  return v16f_sub(v16f_add(x, shift), shift);
}

CK_INLINE v16f fit_clamp(v16f x, v16f low, v16f high) {
  return v16f_min(v16f_max(x, low), high);
}

/// 1 / scale, or 0 where the scale is 0 or so small that its inverse overflows.
CK_INLINE v16f fit_inverse(v16f scale) {
  const v16f least = v16f_set1(0x1p-126f);
  return v16f_select_less(v16f_abs(scale), least, v16f_zero(),
                          v16f_div(v16f_set1(1.0f), scale));
}

/// The sum of w of each group.
CK_INLINE v16f fit_total(const fit_groups *g) {
  v16f total = v16f_zero();
  for (int k = 0; k < g->count; k++) total = v16f_add(total, v16f_load(g->w[k]));
  return total;
}

// MARK: Grids with an offset

/// The code in 0...top for one weight of each group.
CK_INLINE v16f affine_code(v16f x, v16f inverse, v16f offset, v16f top) {
  return fit_nearest(fit_clamp(v16f_mul(v16f_sub(x, offset), inverse), v16f_zero(), top));
}

/// Sums over the weights with codes nearest to (x - offset) * inverse.
CK_INLINE fit_sums affine_sums(const fit_groups *g, v16f top, v16f scale, v16f inverse, v16f offset,
                               v16f total) {
  v16f l = v16f_zero(), ll = l, r = l, rl = l, rr = l;
  const v16f minus = v16f_neg(scale);
  for (int k = 0; k < g->count; k++) {
    const v16f shifted = v16f_sub(v16f_load(g->x[k]), offset), w = v16f_load(g->w[k]);
    const v16f code = fit_nearest(fit_clamp(v16f_mul(shifted, inverse), v16f_zero(), top));
    const v16f rest = v16f_fma(minus, code, shifted);
    const v16f wl = v16f_mul(w, code), wr = v16f_mul(w, rest);
    l = v16f_add(l, wl);
    ll = v16f_fma(wl, code, ll);
    r = v16f_add(r, wr);
    rl = v16f_fma(wr, code, rl);
    rr = v16f_fma(wr, rest, rr);
  }
  return (fit_sums){l, ll, r, rl, rr, total};
}

/// The error once scale and offset are corrected by `ds` and `d0`, with the same codes.
CK_INLINE v16f corrected_error(fit_sums s, v16f ds, v16f d0) {
  // rr + ds (ds ll - 2 rl) + d0 (d0 total - 2 r + 2 ds l)
  const v16f two = v16f_set1(2.0f);
  const v16f scaled = v16f_sub(v16f_mul(ds, s.ll), v16f_mul(two, s.rl));
  const v16f mixed = v16f_sub(v16f_mul(ds, s.l), s.r);
  const v16f shifted = v16f_fma(two, mixed, v16f_mul(d0, s.total));
  return v16f_fma(d0, shifted, v16f_fma(ds, scaled, s.rr));
}

/// Looks at one grid, corrects it, and keeps it where it is the best. Unless `isFree`, offsets above 0
/// become 0, as formats that store -offset without a sign need it.
CK_INLINE void affine_try(const fit_groups *g, float top, v16f scale, v16f inverse, v16f offset,
                          int isFree, v16f total, fit_best *best) {
  const v16f zero = v16f_zero();
  const fit_sums s = affine_sums(g, v16f_set1(top), scale, inverse, offset, total);
  const v16f product = v16f_mul(total, s.ll);
  const v16f determinant = v16f_sub(product, v16f_mul(s.l, s.l));
  const v16f least = v16f_mul(product, v16f_set1(0x1p-18f));
  const v16f over = v16f_div(v16f_set1(1.0f), determinant);
  v16f ds = v16f_mul(v16f_sub(v16f_mul(total, s.rl), v16f_mul(s.l, s.r)), over);
  v16f d0 = v16f_mul(v16f_sub(v16f_mul(s.ll, s.r), v16f_mul(s.l, s.rl)), over);
  ds = v16f_select_less(least, determinant, ds, zero);
  d0 = v16f_select_less(least, determinant, d0, zero);
  v16f moved = v16f_add(offset, d0);
  if (!isFree) {
    // Against the constraint: the offset is 0, and the scale alone is fitted.
    const v16f back = v16f_neg(offset);
    const v16f alone = v16f_div(v16f_sub(s.rl, v16f_mul(back, s.l)), s.ll);
    ds = v16f_select_less(zero, moved, v16f_select_less(zero, s.ll, alone, zero), ds);
    d0 = v16f_select_less(zero, moved, back, d0);
    moved = v16f_min(moved, zero);
  }
  const v16f fitted = v16f_add(scale, ds);
  v16f error = corrected_error(s, ds, d0);
  error = v16f_select_less(zero, fitted, error, v16f_set1(FIT_INFINITY));
  best->scale = v16f_select_less(error, best->error, fitted, best->scale);
  best->offset = v16f_select_less(error, best->error, moved, best->offset);
  best->error = v16f_select_less(error, best->error, error, best->error);
}

/// One value for all weights of a group: what a flat group needs, and the least that others must beat.
CK_INLINE fit_best affine_flat(const fit_groups *g, int isFree, v16f total) {
  v16f sum = v16f_zero(), error = v16f_zero();
  for (int k = 0; k < g->count; k++) {
    sum = v16f_fma(v16f_load(g->w[k]), v16f_load(g->x[k]), sum);
  }
  v16f mean = v16f_div(sum, total);
  if (!isFree) mean = v16f_min(mean, v16f_zero());
  for (int k = 0; k < g->count; k++) {
    const v16f rest = v16f_sub(v16f_load(g->x[k]), mean);
    error = v16f_fma(v16f_mul(v16f_load(g->w[k]), rest), rest, error);
  }
  return (fit_best){v16f_zero(), mean, error};
}

/// Fits scale and offset of 0...top codes to each group.
///
/// The grids looked at span the group's range in top + delta steps, delta from `first` on in `steps` steps
/// of `step`, from `shifts` offsets (each a tenth of the range's way further in).
CK_INLINE fit_best affine_fit(const fit_groups *g, float top, int isFree, float first, float step,
                              int steps, int shifts, int rounds) {
  const v16f total = fit_total(g);
  v16f low = isFree ? v16f_load(g->x[0]) : v16f_zero(), high = low;
  for (int k = 0; k < g->count; k++) {
    low = v16f_min(v16f_load(g->x[k]), low);
    high = v16f_max(v16f_load(g->x[k]), high);
  }
  fit_best best = affine_flat(g, isFree, total);
  for (int shift = 0; shift < shifts; shift++) {
    const v16f offset = v16f_mul(low, v16f_set1(1.0f - 0.1f * (float)shift));
    const v16f range = v16f_sub(high, offset);
    for (int i = 0; i < steps; i++) {
      const v16f scale = v16f_div(range, v16f_set1(top + first + step * (float)i));
      const v16f inverse = fit_inverse(scale);
      affine_try(g, top, scale, inverse, offset, isFree, total, &best);
      // Where outliers make the steps wide, much depends on whether 0 is among the values.
      const v16f snapped = v16f_mul(fit_nearest(v16f_mul(offset, inverse)), scale);
      affine_try(g, top, scale, inverse, snapped, isFree, total, &best);
    }
  }
  for (int round = 0; round < rounds; round++) {
    affine_try(g, top, best.scale, fit_inverse(best.scale), best.offset, isFree, total, &best);
  }
  return best;
}

// MARK: Grids through zero

/// The values of a symmetric format's codes: whole numbers low...high, or IQ4's 16 values.
typedef struct fit_values {
  float low;
  float high;
  int isTable;
} fit_values;

static const float iq4_floats[16] = {CK_IQ4_VALUES};

/// Of the format's values that nearest to t, one for each group.
CK_INLINE v16f nearest_value(fit_values values, v16f t) {
  if (!values.isTable) {
    return fit_nearest(fit_clamp(t, v16f_set1(values.low), v16f_set1(values.high)));
  }
  v16f value = v16f_set1(iq4_floats[0]);
  for (int i = 1; i < 16; i++) {
    const v16f middle = v16f_set1(0.5f * (iq4_floats[i - 1] + iq4_floats[i]));
    value = v16f_select_less(middle, t, v16f_set1(iq4_floats[i]), value);
  }
  return value;
}

/// Sums over the weights with values nearest to x * inverse; those of an offset stay 0.
CK_INLINE fit_sums symmetric_sums(const fit_groups *g, fit_values values, v16f scale, v16f inverse) {
  v16f ll = v16f_zero(), rl = ll, rr = ll;
  const v16f minus = v16f_neg(scale);
  for (int k = 0; k < g->count; k++) {
    const v16f x = v16f_load(g->x[k]), w = v16f_load(g->w[k]);
    const v16f value = nearest_value(values, v16f_mul(x, inverse));
    const v16f rest = v16f_fma(minus, value, x);
    const v16f wr = v16f_mul(w, rest);
    ll = v16f_fma(v16f_mul(w, value), value, ll);
    rl = v16f_fma(wr, value, rl);
    rr = v16f_fma(wr, rest, rr);
  }
  return (fit_sums){v16f_zero(), ll, v16f_zero(), rl, rr, v16f_zero()};
}

/// Looks at one scale, corrects it, and keeps it where it is the best.
CK_INLINE void symmetric_try(const fit_groups *g, fit_values values, v16f scale, v16f inverse,
                             fit_best *best) {
  const fit_sums s = symmetric_sums(g, values, scale, inverse);
  const v16f zero = v16f_zero();
  const v16f ds = v16f_select_less(zero, s.ll, v16f_div(s.rl, s.ll), zero);
  const v16f error = v16f_fma(v16f_neg(ds), s.rl, s.rr);
  const v16f fitted = v16f_add(scale, ds);
  best->scale = v16f_select_less(error, best->error, fitted, best->scale);
  best->error = v16f_select_less(error, best->error, error, best->error);
}

/// Fits the scale, of either sign, of each group.
///
/// The scales looked at send the group's largest weight to low - delta, and to high + delta, delta from
/// `first` on in `steps` steps of `step`.
CK_INLINE fit_best symmetric_fit(const fit_groups *g, fit_values values, float first, float step,
                                 int steps, int rounds) {
  const v16f zero = v16f_zero();
  v16f largest = zero, error = zero;
  for (int k = 0; k < g->count; k++) {
    const v16f x = v16f_load(g->x[k]);
    largest = v16f_select_less(v16f_abs(largest), v16f_abs(x), x, largest);
    error = v16f_fma(v16f_mul(v16f_load(g->w[k]), x), x, error);
  }
  fit_best best = {zero, zero, error};
  for (int i = 0; i < steps; i++) {
    const float delta = first + step * (float)i;
    for (int side = 0; side < 2; side++) {
      const float end = side == 0 ? values.low - delta : values.high + delta;
      const v16f scale = v16f_div(largest, v16f_set1(end));
      symmetric_try(g, values, scale, fit_inverse(scale), &best);
    }
  }
  for (int round = 0; round < rounds; round++) {
    symmetric_try(g, values, best.scale, fit_inverse(best.scale), &best);
  }
  return best;
}
