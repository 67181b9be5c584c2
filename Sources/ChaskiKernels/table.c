// Owns: what this machine can run, and the choice of the table.
// Does not own: the tables themselves (isa_*.c).

#include "tables.h"

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)

static int runs_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("f16c");
}

static int runs_avx512(void) {
  return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vnni");
}

static int runs_avx512_bf16(void) {
  return runs_avx512() && __builtin_cpu_supports("avx512bf16");
}

#elif defined(__aarch64__)

static int runs_dot_product(void) {
#if defined(__APPLE__)
  return 1;  // every 64-bit Mac
#elif defined(__linux__)
  const unsigned long has_int8_dot_product = 1ul << 20;  // HWCAP_ASIMDDP in Linux's AArch64 ABI
  return (getauxval(AT_HWCAP) & has_int8_dot_product) != 0;
#else
  return 0;
#endif
}

#endif

const ck_table *ck_table_for(ck_isa isa) {
  if (isa == CK_PLAIN) return &ck_table_plain;
#if defined(__x86_64__)
  if (isa == CK_AVX2 && runs_avx2()) return &ck_table_avx2;
  if (isa == CK_AVX512 && runs_avx512()) return &ck_table_avx512;
  if (isa == CK_AVX512_BF16 && runs_avx512_bf16()) return &ck_table_avx512_bf16;
#elif defined(__aarch64__)
  if (isa == CK_NEON && runs_dot_product()) return &ck_table_neon;
#endif
  return 0;
}

const ck_table *ck_table_best(void) {
  static const ck_isa fastest_first[] = {CK_AVX512_BF16, CK_AVX512, CK_AVX2, CK_NEON};
  for (unsigned i = 0; i < sizeof fastest_first / sizeof fastest_first[0]; i++) {
    const ck_table *table = ck_table_for(fastest_first[i]);
    if (table) return table;
  }
  return &ck_table_plain;
}

void ck_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void ck_fetch(const void *memory, int64_t bytes) {
  const uintptr_t start = (uintptr_t)memory;
  for (int64_t i = 0; i < bytes; i += CK_ALIGNMENT) {
    __builtin_prefetch((const void *)(start + (uintptr_t)i), 0, 2);
  }
}
