// Owns: the table for x86-64 with AVX2, FMA and F16C (Haswell, 2013, and later).
// Does not own: the bodies (body_quant.h, body_float.h), which all tables share.

#include "tables.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#include "vector_avx2.h"

#include "lanes_avx2.h"

#include "body_quant.h"

#include "body_float.h"

#include "body_quantize.h"

#pragma clang attribute pop

#include "isa_table.h"

const ck_table ck_table_avx2 = CK_TABLE(CK_AVX2, "avx2");

#endif
