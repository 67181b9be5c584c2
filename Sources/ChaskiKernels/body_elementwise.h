// Owns: exp, sums, norms and the rotation of pairs, over the names of vector_*.h.
// Does not own: activation functions (body_activation.h), products (body_tile.h).

/// The next 16 elements, or those that are left, 0 after them.
static inline v16f load_some(const float *source, int64_t left) {
  return left >= 16 ? v16f_load(source) : v16f_load_partial(source, left);
}

/// Writes 16 elements, or as many as are left.
static inline void store_some(float *destination, v16f value, int64_t left) {
  if (left >= 16) {
    v16f_store(destination, value);
  } else {
    v16f_store_partial(destination, value, left);
  }
}

/// exp of each lane: x = n ln 2 + r with |r| <= ln 2 / 2, then 2^n times a polynomial of degree 6
/// (fitted by us with Remez's method, relative error 2^-28). Results below 2^-126 are 0, above the
/// greatest float infinity; NaN stays NaN.
static inline v16f v16f_exp(v16f x) {
  // Adding 1.5 * 2^23 leaves n, rounded, in the low bits of the sum.
  const v16f shift = v16f_set1(0x1.8p23f);
  const v16f shifted = v16f_fma(x, v16f_set1(0x1.715476p0f), shift);
  const v16f n = v16f_sub(shifted, shift);
  // ln 2 in two floats; the first product and difference are exact.
  v16f r = v16f_fma(n, v16f_set1(-0x1.62e43p-1f), x);
  r = v16f_fma(n, v16f_set1(0x1.05c61p-29f), r);
  v16f p = v16f_set1(0x1.6a2352p-10f);
  p = v16f_fma(p, r, v16f_set1(0x1.123a6cp-7f));
  p = v16f_fma(p, r, v16f_set1(0x1.5558f4p-5f));
  p = v16f_fma(p, r, v16f_set1(0x1.555490p-3f));
  p = v16f_fma(p, r, v16f_set1(0x1.fffffcp-2f));
  p = v16f_fma(p, r, v16f_set1(1.0f));
  p = v16f_fma(p, r, v16f_set1(1.0f));
  const v16i exponent = v16i_shift_left(v16i_from_bits(shifted), 23);
  const v16f scaled = v16f_from_bits(v16i_add(v16i_from_bits(p), exponent));
  // Outside the range `scaled` is meaningless: above it x * FLT_MAX is infinite, or NaN for NaN.
  const v16f above = v16f_mul(x, v16f_set1(0x1.fffffep127f));
  const v16f result = v16f_select_less(x, v16f_set1(0x1.62e43p6f), scaled, above);
  return v16f_select_less(x, v16f_set1(-0x1.5d589ep6f), v16f_zero(), result);
}

static void exp_kernel(const float *x, int64_t count, float *out) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    v16f_store(out + i, v16f_exp(v16f_load(x + i)));
  }
  if (i < count) {
    const int64_t left = count - i;
    v16f_store_partial(out + i, v16f_exp(v16f_load_partial(x + i, left)), left);
  }
}

static void add_kernel(const float *a, const float *b, int64_t count, float *out) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    v16f_store(out + i, v16f_add(v16f_load(a + i), v16f_load(b + i)));
  }
  if (i < count) {
    const int64_t left = count - i;
    const v16f sum = v16f_add(v16f_load_partial(a + i, left), v16f_load_partial(b + i, left));
    v16f_store_partial(out + i, sum, left);
  }
}

static inline void scale_by(const float *x, v16f factor, int64_t count, float *out) {
  for (int64_t i = 0; i < count; i += 16) {
    store_some(out + i, v16f_mul(load_some(x + i, count - i), factor), count - i);
  }
}

static void scale_kernel(const float *x, float factor, int64_t count, float *out) {
  scale_by(x, v16f_set1(factor), count, out);
}

static void add_scaled_kernel(const float *x, float factor, int64_t count, float *sum) {
  const v16f factors = v16f_set1(factor);
  for (int64_t i = 0; i < count; i += 16) {
    const int64_t left = count - i;
    const v16f before = load_some(sum + i, left);
    store_some(sum + i, v16f_fma(load_some(x + i, left), factors, before), left);
  }
}

static void rms_norm_kernel(const float *x, const float *weight, float epsilon, int64_t depth,
                            float *out) {
  v16f squares = v16f_zero();
  int64_t i = 0;
  for (; i + 16 <= depth; i += 16) {
    const v16f some = v16f_load(x + i);
    squares = v16f_fma(some, some, squares);
  }
  const int64_t left = depth - i;
  if (left > 0) {
    const v16f some = v16f_load_partial(x + i, left);
    squares = v16f_fma(some, some, squares);
  }
  const float mean = v16f_sum(squares) / (float)depth;
  const v16f inverse = v16f_set1(1.0f / sqrtf(mean + epsilon));
  if (!weight) {
    scale_by(x, inverse, depth, out);
    return;
  }
  for (i = 0; i + 16 <= depth; i += 16) {
    const v16f normal = v16f_mul(v16f_load(x + i), inverse);
    v16f_store(out + i, v16f_mul(normal, v16f_load(weight + i)));
  }
  if (left > 0) {
    const v16f normal = v16f_mul(v16f_load_partial(x + i, left), inverse);
    v16f_store_partial(out + i, v16f_mul(normal, v16f_load_partial(weight + i, left)), left);
  }
}

/// Source: Ba et al. 2016, https://arxiv.org/abs/1607.06450.
static void layer_norm_kernel(const float *x, const float *weight, const float *bias,
                              float epsilon, int64_t depth, float *out) {
  v16f sums = v16f_zero();
  for (int64_t i = 0; i < depth; i += 16) {
    sums = v16f_add(sums, load_some(x + i, depth - i));
  }
  const v16f mean = v16f_set1(v16f_sum(sums) / (float)depth);
  v16f squares = v16f_zero();
  for (int64_t i = 0; i < depth; i += 16) {
    // Read again, lanes beyond the depth are 0.
    store_some(out + i, v16f_sub(load_some(x + i, depth - i), mean), depth - i);
    const v16f distance = load_some(out + i, depth - i);
    squares = v16f_fma(distance, distance, squares);
  }
  const float variance = v16f_sum(squares) / (float)depth;
  const v16f inverse = v16f_set1(1.0f / sqrtf(variance + epsilon));
  for (int64_t i = 0; i < depth; i += 16) {
    const int64_t left = depth - i;
    const v16f normal = v16f_mul(load_some(out + i, left), inverse);
    const v16f start = bias ? load_some(bias + i, left) : v16f_zero();
    store_some(out + i, v16f_fma(normal, load_some(weight + i, left), start), left);
  }
}

/// Turns 16 pairs (x0, x1) by the angles whose cosines and sines are c and s.
static inline void rotate_pairs(v16f *x0, v16f *x1, v16f c, v16f s) {
  const v16f first = v16f_fma(*x0, c, v16f_neg(v16f_mul(*x1, s)));
  *x1 = v16f_fma(*x0, s, v16f_mul(*x1, c));
  *x0 = first;
}

/// Pairs `first` ..< `pairs` of one head, one by one: the same bits as 16 at once.
static inline void rotate_singly(float *x, int64_t first, int64_t pairs, const float *cos_sin,
                                 int32_t half_split) {
  for (int64_t i = first; i < pairs; ++i) {
    float *x0 = half_split ? x + i : x + 2 * i;
    float *x1 = half_split ? x + i + pairs : x + 2 * i + 1;
    const float c = cos_sin[2 * i];
    const float s = cos_sin[2 * i + 1];
    const float turned = fmaf(*x0, c, -(*x1 * s));
    *x1 = fmaf(*x0, s, *x1 * c);
    *x0 = turned;
  }
}

static void rope_kernel(float *x, int64_t heads, int64_t stride, int64_t rotated,
                        const float *cos_sin, int32_t half_split) {
  const int64_t pairs = rotated / 2;
  for (int64_t head = 0; head < heads; ++head) {
    float *row = x + head * stride;
    int64_t i = 0;
    for (; i + 16 <= pairs; i += 16) {
      v16f c, s, x0, x1;
      v16f_load_pairs(cos_sin + 2 * i, &c, &s);
      if (half_split) {
        x0 = v16f_load(row + i);
        x1 = v16f_load(row + i + pairs);
      } else {
        v16f_load_pairs(row + 2 * i, &x0, &x1);
      }
      rotate_pairs(&x0, &x1, c, s);
      if (half_split) {
        v16f_store(row + i, x0);
        v16f_store(row + i + pairs, x1);
      } else {
        v16f_store_pairs(row + 2 * i, x0, x1);
      }
    }
    rotate_singly(row, i, pairs, cos_sin, half_split);
  }
}
