// Owns: the size of float columns. Does not own: making or multiplying them (body_matmul_float.h).

#include "chaski_kernels.h"

int64_t ck_float_columns_bytes(int64_t columns, int64_t depth) {
  // The numbers, and one more for each column's smallest.
  return columns * (depth + depth % 2 + 1) * (int64_t)sizeof(float);
}
