// Owns: the names of the tables that this build may hold. Does not own: which one runs (table.c).

#ifndef CHASKI_TABLES_H
#define CHASKI_TABLES_H

#include "chaski_kernels.h"

extern const ck_table ck_table_plain;
#if defined(__x86_64__)
extern const ck_table ck_table_avx2;
extern const ck_table ck_table_avx512;
extern const ck_table ck_table_avx512_bf16;
#elif defined(__aarch64__)
extern const ck_table ck_table_neon;
#endif

#endif
