// Owns: a program that compares every table of the machine it runs on with the plain one, bit for
// bit, and prints a digest of the plain results, which must be the same on every machine.
// scripts/test-kernels-neon builds it for AArch64 and runs it under emulation.
// Does not own: whether plain C is right (Tests/ChaskiKernelsTests).

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaski_kernels.h"
#include "formats.h"

// MARK: Inputs and outputs

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
static uint64_t random_state;

static uint32_t random_bits(void) {
  random_state += 0x9e3779b97f4a7c15;
  uint64_t z = random_state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/// A multiple of 2^-20 between -bound and bound.
static float random_float(float bound) {
  return bound * ((float)(random_bits() >> 11) * 0x1p-20f - 1);
}

/// Memory at a multiple of 64, all zero; freed when the case ends.
static void *blocks[64];
static int block_count;

static void *take(int64_t bytes) {
  const size_t padded = ((size_t)bytes + 128) / 64 * 64;
  void *block = aligned_alloc(64, padded);
  if (block == NULL || block_count == 64) {
    fprintf(stderr, "out of memory\n");
    exit(2);
  }
  blocks[block_count++] = block;
  return memset(block, 0, padded);
}

static float *take_floats(int64_t count, float bound) {
  float *floats = take(count * 4);
  for (int64_t i = 0; i < count; i++) floats[i] = random_float(bound);
  return floats;
}

static void give_back(void) {
  while (block_count > 0) free(blocks[--block_count]);
}

/// What a case computed, as 32-bit words; every NaN alike, since payloads are not promised.
typedef struct output {
  uint32_t *words;
  int64_t count, capacity;
} output;

static void emit(output *out, uint32_t word) {
  if (out->count == out->capacity) {
    out->capacity = 2 * out->capacity + 1024;
    out->words = realloc(out->words, (size_t)out->capacity * 4);
    if (out->words == NULL) exit(2);
  }
  out->words[out->count++] = word;
}

static void emit_floats(output *out, const float *floats, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    emit(out, isnan(floats[i]) ? 0x7fc00000 : ck_f32_bits(floats[i]));
  }
}

static void emit_bytes(output *out, const void *bytes, int64_t count) {
  for (int64_t i = 0; i < count; i++) emit(out, ((const uint8_t *)bytes)[i]);
}

// MARK: Cases

/// What a case's numbers mean stands at the case.
typedef struct shape {
  int32_t type;
  int64_t a, b, c;
} shape;

/// exp, activation functions, sums and norms of `a` floats, unaligned.
static void elementwise(const ck_table *table, const shape *s, output *out) {
  const int64_t count = s->a + 1;
  float *x = take_floats(count, 95);
  float *y = take_floats(count, 3);
  const float special[] = {NAN, INFINITY, -INFINITY, -0.0f, 88.7228317f, 88.7228394f, -87.3365402f};
  for (int i = 0; i < 7 && i + 8 < count; i++) x[i + 8] = special[i];
  float *result = take(count * 4 * 8);
  table->exp(x + 1, s->a, result + 1);
  table->silu_multiply(x + 1, y + 1, s->a, result + 1 + count);
  table->add(x + 1, y + 1, s->a, result + 1 + 2 * count);
  table->gelu(x + 1, s->a, result + 1 + 3 * count);
  table->gelu_multiply(x + 1, y + 1, s->a, result + 1 + 4 * count);
  table->relu(x + 1, s->a, result + 1 + 5 * count);
  table->soft_cap(x + 1, 5, s->a, result + 1 + 6 * count);
  table->scale(x + 1, 0.3f, s->a, result + 1 + 7 * count);
  table->add_scaled(x + 1, 0.7f, s->a, result + 1 + 7 * count);
  emit_floats(out, result, 8 * count);
  if (s->a == 0) return;
  table->rms_norm(y + 1, y, 1e-5f, s->a, result + 1);
  table->rms_norm(y + 1, NULL, 1e-5f, s->a, result + 1 + count);
  table->layer_norm(y + 1, y, y, 1e-5f, s->a, result + 1 + 2 * count);
  table->layer_norm(y + 1, y, NULL, 1e-5f, s->a, result + 1 + 3 * count);
  emit_floats(out, result, 4 * count);
}

/// Rotation of 3 heads by `a` / 2 angles; pairs are halves if `b`.
static void rotation(const ck_table *table, const shape *s, output *out) {
  const int64_t stride = s->a + 7;
  float *x = take_floats(3 * stride, 2);
  const float *angles = take_floats(s->a + 1, 1);
  table->rope(x, 3, stride, s->a, angles, (int32_t)s->b);
  emit_floats(out, x, 3 * stride);
}

static ck_float_columns make_ready(const ck_table *table, const float *x, int64_t stride,
                                   int64_t columns, int64_t depth, int rounded) {
  const ck_float_columns ready = {.ready = take(ck_float_columns_bytes(columns, depth)),
                                  .columns = columns, .depth = depth, .rounded = rounded};
  table->ready_float(x, stride, 0, columns, &ready);
  return ready;
}

/// A float product: depth `a`, `b` rows, `c` columns.
static void float_product(const ck_table *table, const shape *s, output *out) {
  const int64_t panel_bytes = ck_panel_bytes(s->type, s->a);
  const int64_t panels = (s->b + 15) / 16;
  uint8_t *packed = take(panels * panel_bytes);
  for (int64_t panel = 0; panel < panels; panel++) {
    uint8_t *rows = take(16 * s->a * 4);
    for (int64_t i = 0; i < 16 * s->a; i++) {
      const float value = random_float(2);
      const uint32_t bits = s->type == CK_F32   ? ck_f32_bits(value)
                            : s->type == CK_F16 ? ck_f16_from_f32(value)
                                                : ck_f32_bits(value) >> 16;
      memcpy(rows + i * (s->type == CK_F32 ? 4 : 2), &bits, s->type == CK_F32 ? 4 : 2);
    }
    const int64_t left = s->b - 16 * panel;
    ck_pack_panel(s->type, rows, s->a * (s->type == CK_F32 ? 4 : 2), (int32_t)(left < 16 ? left : 16),
                  s->a, packed + panel * panel_bytes);
  }
  const float *x = take_floats(s->c * (s->a + 3) + 1, 1);
  float *result = take_floats(s->c * (s->b + 5) + 1, 1);
  // BF16 with float32 columns, then with rounded ones.
  for (int rounded = 0; rounded <= (s->type == CK_BF16); rounded++) {
    const ck_float_columns ready =
        make_ready(table, x + 1, s->a + 3, s->c, s->a, rounded);
    for (int accumulate = 0; accumulate < 2; accumulate++) {
      table->matmul_float(s->type, packed, s->b, 0, panels, &ready, result, s->b + 5, accumulate);
      emit_floats(out, result, s->c * (s->b + 5));
    }
  }
}

/// A product of BF16 weights and rounded activations so small, or of such extremes, that some sums
/// are flushed: depth `a`, 40 rows, `c` columns, exponents `b` ..< `b` + 16.
static void flushed_product(const ck_table *table, const shape *s, output *out) {
  const int64_t panel_bytes = ck_panel_bytes(s->type, s->a);
  uint8_t *packed = take(3 * panel_bytes);
  uint16_t *rows = take(48 * s->a * 2);
  for (int64_t i = 0; i < 48 * s->a; i++) {
    rows[i] = (uint16_t)((random_bits() & 0x807f) | (uint32_t)(s->b + random_bits() % 16) << 7);
  }
  for (int64_t panel = 0; panel < 3; panel++) {
    ck_pack_panel(s->type, rows + 16 * panel * s->a, s->a * 2, panel < 2 ? 16 : 8, s->a,
                  packed + panel * panel_bytes);
  }
  float *x = take(s->a * s->c * 4);
  for (int64_t i = 0; i < s->a * s->c; i++) {
    const uint32_t exponent = (uint32_t)(s->b + random_bits() % 16);
    x[i] = ck_f32_from_bits((random_bits() & 0x807fffff) | exponent << 23);
  }
  float *result = take(s->c * 40 * 4);
  const ck_float_columns ready = make_ready(table, x, s->a, s->c, s->a, 1);
  table->matmul_float(s->type, packed, 40, 0, 3, &ready, result, 40, 0);
  emit_floats(out, result, s->c * 40);
}

/// Every pattern of 16 bits as a weight, times 1.
static void every_half(const ck_table *table, const shape *s, output *out) {
  const int64_t panel_bytes = ck_panel_bytes(s->type, 1);
  uint8_t *packed = take(4096 * panel_bytes);
  for (int64_t panel = 0; panel < 4096; panel++) {
    uint16_t rows[16];
    for (int i = 0; i < 16; i++) rows[i] = (uint16_t)(16 * panel + i);
    ck_pack_panel(s->type, rows, 2, 16, 1, packed + panel * panel_bytes);
  }
  const float one = 1;
  float *result = take(65536 * 4);
  const ck_float_columns ready = make_ready(table, &one, 1, 1, 1, 0);
  table->matmul_float(s->type, packed, 65536, 0, 4096, &ready, result, 65536, 0);
  emit_floats(out, result, 65536);
}

/// Storing of `a` floats of any bits as keys and values.
static void storing(const ck_table *table, const shape *s, output *out) {
  const int64_t key_bytes = ck_key_page_bytes(s->type, s->a);
  const int64_t value_bytes = ck_value_page_bytes(s->type, s->a);
  float *x = take(s->a * 4);
  uint8_t *page = take(value_bytes);
  uint8_t *key_page = take(key_bytes);
  for (int64_t slot = 0; slot < 64; slot += 7) {
    for (int64_t i = 0; i < s->a; i++) {
      // Half of the slots: any bits but NaN, whose payload is not promised; half: plain numbers.
      const uint32_t bits = random_bits();
      const int is_nan = (bits & 0x7fffffff) > 0x7f800000;
      x[i] = slot % 2 == 0 && !is_nan ? ck_f32_from_bits(bits) : random_float(3);
    }
    table->store_key(s->type, x, s->a, slot, key_page);
    table->store_value(s->type, x, s->a, slot, page);
  }
  emit_bytes(out, key_page, key_bytes);
  emit_bytes(out, page, value_bytes);
}

/// Attention of `c` columns with various ranges over 200 positions: key width `a`, value width `b`.
static void attention(const ck_table *table, const shape *s, output *out) {
  const void *keys[4];
  const void *values[4];
  float *row = take(512 * 4);
  for (int page = 0; page < 4; page++) {
    void *key_page = take(ck_key_page_bytes(s->type, s->a));
    void *value_page = take(ck_value_page_bytes(s->type, s->b));
    for (int slot = 0; slot < (page < 3 ? 64 : 8); slot++) {
      for (int64_t i = 0; i < s->a; i++) row[i] = random_float(2);
      ck_table_for(CK_PLAIN)->store_key(s->type, row, s->a, slot, key_page);
      for (int64_t i = 0; i < s->b; i++) row[i] = random_float(2);
      ck_table_for(CK_PLAIN)->store_value(s->type, row, s->b, slot, value_page);
    }
    keys[page] = key_page;
    values[page] = value_page;
  }
  const float *queries[32];
  float *outputs[32];
  int64_t first[32], limit[32];
  for (int64_t column = 0; column < s->c; column++) {
    queries[column] = take_floats(s->a, 2);
    outputs[column] = take(s->b * 4);
    limit[column] = 1 + random_bits() % 200;
    first[column] = column % 3 == 0 ? random_bits() % limit[column] : 0;
  }
  ck_attention call = {
      .cache_type = s->type, .key_width = s->a, .value_width = s->b, .key_pages = keys,
      .value_pages = values, .columns = s->c, .queries = queries, .outputs = outputs,
      .first = first, .limit = limit, .scale = 0.3f,
      .scratch = take(4 * ck_attention_scratch_floats(s->a, s->b, 0))};
  table->attention(&call);
  for (int64_t column = 0; column < s->c; column++) emit_floats(out, outputs[column], s->b);
  // Again with capped scores, and with values in keys where they are wide enough.
  call.soft_cap = 1.5f;
  if (s->b <= s->a) {
    call.values_in_keys = 1;
    call.scratch = take(4 * ck_attention_scratch_floats(s->a, s->b, 1));
  }
  table->attention(&call);
  for (int64_t column = 0; column < s->c; column++) emit_floats(out, outputs[column], s->b);
}

/// Where in a block of `type` its float16 numbers lie; -1 for none.
static void half_places(int32_t type, int64_t places[2]) {
  places[0] = 0;
  places[1] = -1;
  switch (type) {
    case CK_Q4_1: case CK_Q5_1: case CK_Q4_K: case CK_Q5_K: places[1] = 2; break;
    case CK_Q2_K: places[0] = 80; places[1] = 82; break;
    case CK_Q3_K: places[0] = 108; break;
    case CK_Q6_K: places[0] = 208; break;
    case CK_TQ1_0: places[0] = 52; break;
    case CK_TQ2_0: places[0] = 64; break;
    case CK_MXFP4: places[0] = -1; break;
  }
}

/// Blocks of random bytes, whose scales are ordinary numbers.
static uint8_t *random_blocks(int32_t type, int64_t count) {
  const int64_t size = ck_block_bytes(type);
  uint8_t *file = take(count * size);
  int64_t places[2];
  half_places(type, places);
  for (int64_t i = 0; i < count * size; i++) file[i] = (uint8_t)random_bits();
  for (int64_t block = 0; block < count; block++) {
    for (int i = 0; i < 2; i++) {
      const uint16_t half = ck_f16_from_f32(random_float(0.1f));
      if (places[i] >= 0) memcpy(file + block * size + places[i], &half, 2);
    }
    if (type == CK_MXFP4) file[block * size] = (uint8_t)(120 + random_bits() % 10);
  }
  return file;
}

static ck_q8_columns quantise(const ck_table *table, int64_t columns, int64_t depth) {
  float *x = take_floats(columns * (depth + 1), 4);
  const ck_q8_columns result = {
      .codes = take(columns * depth), .scales = take(columns * depth / 32 * 4),
      .sums = take(columns * depth / 16 * 2), .columns = columns, .depth = depth,
      .fine_codes = take(columns * depth), .fine_sums = take(columns * depth / 16 * 2),
      .fine_flags = take(columns * depth / 32),
      .ready = take(columns * depth / 32 * CK_READY_BYTES),
      .fine_ready = take(columns * depth / 32 * CK_READY_BYTES),
      .fine_blocks = take(columns * (depth / 32 + 1) * 4)};
  // Some numbers stand out, so that some blocks have a second plane.
  for (int64_t i = 0; i < columns * (depth + 1); i += 61) x[i] *= 20;
  table->quantize_q8(x, depth + 1, &result);
  return result;
}

/// Quantisation of `c` columns of depth `a`.
static void quantisation(const ck_table *table, const shape *s, output *out) {
  const ck_q8_columns x = quantise(table, s->c, s->a);
  emit_bytes(out, x.codes, s->c * s->a);
  emit_floats(out, x.scales, s->c * s->a / 32);
  emit_bytes(out, x.sums, s->c * s->a / 8);
  emit_bytes(out, x.fine_flags, s->c * s->a / 32);
  emit_bytes(out, x.fine_codes, s->c * s->a);
}

/// A quantised product: depth `a`, `b` rows, `c` columns.
static void quantised_product(const ck_table *table, const shape *s, output *out) {
  const int64_t panel_bytes = ck_panel_bytes(s->type, s->a);
  const int64_t panels = (s->b + 15) / 16;
  const int64_t row_blocks = s->a / ck_block_weights(s->type);
  const uint8_t *file = random_blocks(s->type, s->b * row_blocks);
  const int64_t row_bytes = row_blocks * ck_block_bytes(s->type);
  uint8_t *packed = take(panels * panel_bytes);
  for (int64_t panel = 0; panel < panels; panel++) {
    const int64_t left = s->b - 16 * panel;
    ck_pack_panel(s->type, file + 16 * panel * row_bytes, row_bytes,
                  (int32_t)(left < 16 ? left : 16), s->a, packed + panel * panel_bytes);
  }
  const ck_q8_columns x = quantise(ck_table_for(CK_PLAIN), s->c, s->a);
  table->arrange_q8(s->type, &x, 0, s->c);
  float *result = take_floats(s->c * (s->b + 5) + 1, 1);
  for (int accumulate = 0; accumulate < 2; accumulate++) {
    table->matmul_q8(s->type, packed, s->a, s->b, 0, panels, &x, result, s->b + 5, accumulate);
    emit_floats(out, result, s->c * (s->b + 5));
  }
}

// MARK: Comparison

typedef void (*kernel_case)(const ck_table *table, const shape *s, output *out);

static int64_t passed, failed;
static uint64_t digest = 0xcbf29ce484222325;

static void run(kernel_case body, const ck_table *table, const shape *s, output *out) {
  random_state = (uint64_t)s->type * 1000003 + (uint64_t)(s->a * 10007 + s->b * 101 + s->c);
  out->count = 0;
  body(table, s, out);
  give_back();
}

/// Runs a case on every table and compares with the plain one.
static void check(const char *name, kernel_case body, shape s) {
  static output plain, other;
  run(body, ck_table_for(CK_PLAIN), &s, &plain);
  for (int64_t i = 0; i < plain.count; i++) {
    digest = (digest ^ plain.words[i]) * 0x100000001b3;
  }
  for (int isa = CK_AVX2; isa <= CK_AVX512_BF16; isa++) {
    const ck_table *table = ck_table_for((ck_isa)isa);
    if (table == NULL) continue;
    run(body, table, &s, &other);
    const int equal = plain.count == other.count && plain.count > 0 &&
                      memcmp(plain.words, other.words, (size_t)plain.count * 4) == 0;
    passed += equal;
    failed += !equal;
    if (!equal) {
      printf("%s differs from plain: %s, type %d, %lld, %lld, %lld\n", table->name, name, s.type,
             (long long)s.a, (long long)s.b, (long long)s.c);
    }
  }
}

static void check_floats(void) {
  for (int64_t count = 0; count <= 130; count++) {
    check("elementwise", elementwise, (shape){0, count, 0, 0});
    check("rope", rotation, (shape){0, count / 2 * 2, count % 2, 0});
  }
  const int32_t types[] = {CK_F32, CK_F16, CK_BF16};
  for (int i = 0; i < 3; i++) {
    for (int64_t size = 1; size <= 130; size += 3) {
      check("matmul_float", float_product, (shape){types[i], size, 37, 13});
      check("matmul_float", float_product, (shape){types[i], 33, size, 1 + size % 7});
      check("matmul_float", float_product, (shape){types[i], 9, 33, size});
    }
    if (types[i] != CK_F32) check("every half", every_half, (shape){types[i], 0, 0, 0});
  }
  const int64_t exponents[] = {0, 55, 63, 100, 240};
  for (int64_t depth = 1; depth <= 40; depth += 3) {
    for (int i = 0; i < 5; i++) {
      check("flushed", flushed_product, (shape){CK_BF16, depth, exponents[i], 1 + depth % 14});
    }
  }
}

static void check_attention(void) {
  for (int64_t width = 1; width <= 130; width++) {
    check("store", storing, (shape){CK_CACHE_F16, width, 0, 0});
    const int64_t other = 1 + width * 7 % 130;
    check("attention", attention, (shape){CK_CACHE_F16, width, other, 1 + width % 20});
  }
  for (int64_t width = 32; width <= 256; width += 32) {
    check("store", storing, (shape){CK_CACHE_Q8_0, width, 0, 0});
    for (int64_t columns = 1; columns <= 16; columns += 5) {
      check("attention", attention, (shape){CK_CACHE_Q8_0, width, 288 - width, columns});
    }
  }
}

static void check_quantised(void) {
  for (int64_t depth = 32; depth <= 512; depth += 32) {
    check("quantize_q8", quantisation, (shape){0, depth, 0, 1 + depth / 32 % 5});
  }
  for (int32_t type = CK_Q4_0; type <= CK_MXFP4; type++) {
    const int64_t step = ck_block_weights(type);
    if (step < 2) continue;
    for (int64_t rows = 1; rows <= 100; rows += 11) {
      check("matmul_q8", quantised_product, (shape){type, step * (1 + rows % 3), rows, 1});
      check("matmul_q8", quantised_product, (shape){type, step, rows, 1 + rows % 19});
    }
    check("matmul_q8", quantised_product, (shape){type, 2 * step, 40, 37});
  }
}

int main(void) {
  printf("tables:");
  for (int isa = CK_PLAIN; isa <= CK_AVX512_BF16; isa++) {
    const ck_table *table = ck_table_for((ck_isa)isa);
    if (table != NULL) printf(" %s", table->name);
  }
  printf("\n");
  check_floats();
  check_attention();
  check_quantised();
  printf("digest of the plain results: %016llx\n", (unsigned long long)digest);
  printf("%lld passed, %lld failed\n", (long long)passed, (long long)failed);
  return failed > 0 || passed == 0;
}
