// Owns: the functions that feed-forward layers put between their products, and the soft cap, over
// the names of vector_*.h. Does not own: exp (body_elementwise.h).

static inline v16f v16f_silu(v16f gate) {
  return v16f_div(gate, v16f_add(v16f_set1(1.0f), v16f_exp(v16f_neg(gate))));
}

static void silu_multiply_kernel(const float *gate, const float *up, int64_t count, float *out) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    v16f_store(out + i, v16f_mul(v16f_silu(v16f_load(gate + i)), v16f_load(up + i)));
  }
  if (i < count) {
    const int64_t left = count - i;
    const v16f silu = v16f_silu(v16f_load_partial(gate + i, left));
    v16f_store_partial(out + i, v16f_mul(silu, v16f_load_partial(up + i, left)), left);
  }
}

/// tanh of each lane, within 2 ulp: below 0.625 a polynomial, odd and of degree 11 (fitted by us,
/// relative error 2^-27), above it 1 - 2 / (exp(2 |x|) + 1).
static inline v16f v16f_tanh(v16f x) {
  const v16f one = v16f_set1(1.0f);
  const v16f z = v16f_mul(x, x);
  v16f p = v16f_set1(-0x1.75e1a8p-8f);
  p = v16f_fma(p, z, v16f_set1(0x1.522692p-6f));
  p = v16f_fma(p, z, v16f_set1(-0x1.b83c58p-5f));
  p = v16f_fma(p, z, v16f_set1(0x1.110726p-3f));
  p = v16f_fma(p, z, v16f_set1(-0x1.555532p-2f));
  const v16f near = v16f_fma(v16f_mul(x, z), p, x);
  const v16f magnitude = v16f_abs(x);
  const v16f exponential = v16f_exp(v16f_add(magnitude, magnitude));
  const v16f rest = v16f_div(v16f_set1(2.0f), v16f_add(exponential, one));
  const v16f far = v16f_sub(one, rest);
  const v16f signed_far = v16f_select_less(x, v16f_zero(), v16f_neg(far), far);
  return v16f_select_less(magnitude, v16f_set1(0.625f), near, signed_far);
}

/// cap * tanh(x / cap), given both the cap and 1 / cap.
static inline v16f v16f_soft_cap(v16f x, v16f cap, v16f inverse) {
  return v16f_mul(cap, v16f_tanh(v16f_mul(x, inverse)));
}

static void soft_cap_kernel(const float *x, float cap, int64_t count, float *out) {
  const v16f caps = v16f_set1(cap);
  const v16f inverse = v16f_set1(1.0f / cap);
  for (int64_t i = 0; i < count; i += 16) {
    const v16f some = load_some(x + i, count - i);
    store_some(out + i, v16f_soft_cap(some, caps, inverse), count - i);
  }
}

/// x * 0.5 (1 + tanh(u)) as x / (1 + exp(-2 u)), which loses nothing where tanh is near -1.
///
/// Source: Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415.
static inline v16f v16f_gelu(v16f x) {
  // -2 sqrt(2 / pi), and that times 0.044715.
  const v16f factor =
      v16f_fma(v16f_mul(x, x), v16f_set1(-0x1.2444f2p-4f), v16f_set1(-0x1.988454p+0f));
  return v16f_div(x, v16f_add(v16f_set1(1.0f), v16f_exp(v16f_mul(x, factor))));
}

static void gelu_kernel(const float *x, int64_t count, float *out) {
  for (int64_t i = 0; i < count; i += 16) {
    store_some(out + i, v16f_gelu(load_some(x + i, count - i)), count - i);
  }
}

static void gelu_multiply_kernel(const float *gate, const float *up, int64_t count, float *out) {
  for (int64_t i = 0; i < count; i += 16) {
    const v16f gelu = v16f_gelu(load_some(gate + i, count - i));
    store_some(out + i, v16f_mul(gelu, load_some(up + i, count - i)), count - i);
  }
}

static void relu_kernel(const float *x, int64_t count, float *out) {
  const v16f zero = v16f_zero();
  for (int64_t i = 0; i < count; i += 16) {
    const v16f some = load_some(x + i, count - i);
    store_some(out + i, v16f_select_less(some, zero, zero, some), count - i);
  }
}
