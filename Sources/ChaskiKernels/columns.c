// Owns: listing which blocks of activations have a second plane; the size of float columns.
// Does not own: making or multiplying them (body_quant.h, body_matmul_float.h).

#include "chaski_kernels.h"

void ck_list_fine(const ck_q8_columns *columns) {
  const int64_t blocks = columns->depth / CK_BLOCK;
  int32_t *starts = columns->fine_starts;
  for (int64_t b = 0; b <= blocks; b++) starts[b] = 0;
  for (int64_t t = 0; t < columns->columns; t++) {
    const uint8_t *flags = columns->fine_flags + t * blocks;
    for (int64_t b = 0; b < blocks; b++) starts[b + 1] += flags[b];
  }
  for (int64_t b = 0; b < blocks; b++) starts[b + 1] += starts[b];
  // Column by column, each block's list grows in the columns' order; its start moves along and is
  // put back after.
  for (int64_t t = 0; t < columns->columns; t++) {
    const uint8_t *flags = columns->fine_flags + t * blocks;
    for (int64_t b = 0; b < blocks; b++) {
      if (flags[b]) columns->fine_columns[starts[b]++] = (int32_t)t;
    }
  }
  for (int64_t b = blocks; b > 0; b--) starts[b] = starts[b - 1];
  starts[0] = 0;
}

int64_t ck_float_columns_bytes(int64_t columns, int64_t depth) {
  // The numbers, and one more for each column's smallest.
  return columns * (depth + depth % 2 + 1) * (int64_t)sizeof(float);
}
