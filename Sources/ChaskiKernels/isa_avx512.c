// Owns: the tables for x86-64 with AVX-512 and its int8 products (Cascade Lake, Zen 4, and later):
// one for processors that lack the bfloat16 dot product, one for those that have it.
// Does not own: the bodies (body_quant.h, body_float.h), which all tables share.

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(                                                               \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), \
    apply_to = function)

#include "vector_avx512.h"

#include "lanes_avx512.h"

#include "body_quant.h"

#include "body_float.h"

#include "body_quantize.h"

#pragma clang attribute pop

#pragma clang attribute push(                                                                    \
    __attribute__((                                                                              \
        target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512bf16,avx2,fma,f16c"))),      \
    apply_to = function)

#include "body_bf16_unit.h"

#pragma clang attribute pop

#include "isa_table.h"

const ck_table ck_table_avx512 = CK_TABLE(CK_AVX512, "avx512");

const ck_table ck_table_avx512_bf16 = CK_TABLE_WITH(
    CK_AVX512_BF16, "avx512bf16", ready_float_unit_kernel, matmul_float_unit_kernel);

#endif
