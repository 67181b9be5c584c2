// Owns: how fast one core multiplies and adds in float32 when nothing has to be fetched.
// Does not own: the other probes (body_quant.h).

static double probe_float32_kernel(int64_t rounds) {
  // As many chains as hide a product's latency; v16f is two registers on AVX2 and four on NEON.
  enum { CHAINS = CK_TILE_ACCUMULATORS >= 24 ? 10 : 5 };
  _Alignas(CK_ALIGNMENT) float factors[32];
  // 1 and 2^-24: the sums stay normal numbers for as many rounds as anybody asks for.
  for (int i = 0; i < 32; i++) factors[i] = i < 16 ? 1.0f : 0x1p-24f;
  v16f sums[CHAINS];
  CK_UNROLL
  for (int i = 0; i < CHAINS; i++) sums[i] = v16f_set1((float)(i + 1));
  for (int64_t round = 0; round < rounds; round++) {
    __asm__ volatile("" : : "r"(factors) : "memory");
    const v16f a = v16f_load(factors), b = v16f_load(factors + 16);
    CK_UNROLL
    for (int i = 0; i < CHAINS; i++) sums[i] = v16f_fma(a, b, sums[i]);
  }
  v16f kept[CHAINS];  // apart from `sums`, whose address nobody may know: they stay in registers
  CK_UNROLL
  for (int i = 0; i < CHAINS; i++) kept[i] = sums[i];
  __asm__ volatile("" : : "r"(kept) : "memory");
  return (double)rounds * CHAINS * 16 * 2;
}
