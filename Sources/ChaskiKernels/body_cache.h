// Owns: writing keys and values into cache pages. Does not own: reading them (body_attention.h).

/// Rounds 32 floats to int8 codes and returns the float16 bits of their scale, as GGUF's Q8_0:
/// m = max |x|, scale = m / 127 in float16, code = x * (127 / m) rounded to nearest even.
/// Codes are 0 where the stored scale is 0. Not finite: codes 0 and a NaN scale.
static inline uint16_t quantize_cache_block(const float *x, int8_t *codes) {
  const v16f a = v16f_load(x);
  const v16f b = v16f_load(x + 16);
  const v16f zero = v16f_zero();
  const float not_finite = v16f_sum(v16f_fma(a, zero, v16f_mul(b, zero)));
  const float greatest = v16f_hmax(v16f_max(v16f_abs(a), v16f_abs(b)));
  memset(codes, 0, CK_BLOCK);
  if (not_finite != 0) return 0x7e00;
  uint16_t scale[16];
  v16f_store_f16(scale, v16f_set1(greatest / 127.0f));
  if (scale[0] == 0) return 0;
  const v16f inverse = v16f_set1(127.0f / greatest);
  int32_t wide[32];
  v16i_store(wide, v16i_from_f32_nearest(v16f_mul(a, inverse)));
  v16i_store(wide + 16, v16i_from_f32_nearest(v16f_mul(b, inverse)));
  for (int i = 0; i < CK_BLOCK; ++i) {
    codes[i] = (int8_t)wide[i];
  }
  return scale[0];
}

static void store_key_f16(const float *key, int64_t width, int64_t slot, uint16_t *page) {
  for (int64_t first = 0; first < width; first += 16) {
    const int64_t count = width - first < 16 ? width - first : 16;
    uint16_t halves[16];
    v16f_store_f16(halves, v16f_load_partial(key + first, count));
    for (int64_t i = 0; i < count; ++i) {
      page[ck_key_place(width, slot, first + i)] = halves[i];
    }
  }
}

static void store_key_q8(const float *key, int64_t width, int64_t slot, int8_t *page) {
  uint16_t *scales = (uint16_t *)(void *)(page + ck_scales_offset(width));
  for (int64_t block = 0; block < width / CK_BLOCK; ++block) {
    int8_t codes[CK_BLOCK];
    const uint16_t scale = quantize_cache_block(key + block * CK_BLOCK, codes);
    scales[ck_key_place(width / CK_BLOCK, slot, block)] = scale;
    for (int64_t i = 0; i < CK_BLOCK; ++i) {
      page[ck_key_place(width, slot, block * CK_BLOCK + i)] = codes[i];
    }
  }
}

static void store_key_f32(const float *key, int64_t width, int64_t slot, float *page) {
  for (int64_t i = 0; i < width; ++i) {
    page[ck_key_place(width, slot, i)] = key[i];
  }
}

static void store_key_kernel(int32_t cache_type, const float *key, int64_t width, int64_t slot,
                             void *page) {
  if (cache_type == CK_CACHE_F32) {
    store_key_f32(key, width, slot, (float *)page);
  } else if (cache_type == CK_CACHE_F16) {
    store_key_f16(key, width, slot, (uint16_t *)page);
  } else {
    store_key_q8(key, width, slot, (int8_t *)page);
  }
}

static void store_value_f16(const float *value, int64_t width, int64_t slot, uint16_t *page) {
  uint16_t *row = page + slot * ck_whole_vectors(width) * 16;
  for (int64_t first = 0; first < width; first += 16) {
    const int64_t count = width - first < 16 ? width - first : 16;
    v16f_store_f16(row + first, v16f_load_partial(value + first, count));
  }
}

static void store_value_q8(const float *value, int64_t width, int64_t slot, int8_t *page) {
  const int64_t blocks = width / CK_BLOCK;
  uint16_t *scales = (uint16_t *)(void *)(page + ck_scales_offset(width)) + slot * blocks;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = block * CK_BLOCK;
    scales[block] = quantize_cache_block(value + first, page + slot * width + first);
  }
}

static void store_value_kernel(int32_t cache_type, const float *value, int64_t width, int64_t slot,
                               void *page) {
  if (cache_type == CK_CACHE_F32) {
    memcpy((float *)page + slot * ck_whole_vectors(width) * 16, value,
           sizeof(float) * (size_t)width);
  } else if (cache_type == CK_CACHE_F16) {
    store_value_f16(value, width, slot, (uint16_t *)page);
  } else {
    store_value_q8(value, width, slot, (int8_t *)page);
  }
}
