// Owns: the table of plain C, the reference that every other table equals to the bit.
// Does not own: the bodies (body_quant.h, body_float.h), which all tables share.

#pragma STDC FP_CONTRACT OFF

#include "tables.h"

#include "vector_plain.h"

#include "lanes_plain.h"

#include "body_quant.h"

#include "body_float.h"

#include "body_quantize.h"

#include "isa_table.h"

const ck_table ck_table_plain = CK_TABLE(CK_PLAIN, "plain");
