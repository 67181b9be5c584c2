// Owns: the table for AArch64 with the int8 dot product (Armv8.4, Apple M1, Graviton 2, and later).
// Does not own: the bodies (body_quant.h, body_float.h), which all tables share.

#include "tables.h"

#if defined(__aarch64__)

#pragma STDC FP_CONTRACT OFF
#if defined(__clang__)
#include <arm_neon.h>
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")
#include <arm_neon.h>
#endif

#include "vector_neon.h"

#include "lanes_neon.h"

#include "body_quant.h"

#include "body_float.h"

#include "body_quantize.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#include "isa_table.h"

const ck_table ck_table_neon = CK_TABLE(CK_NEON, "neon");

#endif
