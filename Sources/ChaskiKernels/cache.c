// Owns: the sizes of cache pages and of the scratch that attention needs.
// Does not own: what is computed with them (body_cache.h, body_attention.h).

#include "cache.h"

/// Far above any head's width, and low enough that no product here overflows.
static const int64_t greatest_width = 1 << 24;

static int64_t quantized_page_bytes(int64_t width) {
  const int64_t scales = CK_PAGE * (width / CK_BLOCK) * 2;
  return width % CK_BLOCK == 0 ? ck_scales_offset(width) + scales : 0;
}

int64_t ck_key_page_bytes(int32_t cache_type, int64_t width) {
  if (width < 1 || width > greatest_width) return 0;
  if (cache_type == CK_CACHE_F32 || cache_type == CK_CACHE_F16) {
    return CK_PAGE * width * ck_cache_element_bytes(cache_type);
  }
  return cache_type == CK_CACHE_Q8_0 ? quantized_page_bytes(width) : 0;
}

int64_t ck_value_page_bytes(int32_t cache_type, int64_t width) {
  if (width < 1 || width > greatest_width) return 0;
  if (cache_type == CK_CACHE_F32 || cache_type == CK_CACHE_F16) {
    return CK_PAGE * ck_whole_vectors(width) * 16 * ck_cache_element_bytes(cache_type);
  }
  return cache_type == CK_CACHE_Q8_0 ? quantized_page_bytes(width) : 0;
}

int64_t ck_attention_scratch_floats(int64_t key_width, int64_t value_width,
                                    int32_t values_in_keys) {
  if (key_width < 1 || key_width > greatest_width) return 0;
  if (value_width < 1 || value_width > greatest_width) return 0;
  const int64_t tile = ck_tile_scratch_floats(key_width, value_width);
  if (!values_in_keys) return tile;
  if (value_width > key_width) return 0;
  return CK_LATENT_TILES * tile + CK_PAGE * 16 * ck_whole_vectors(value_width);
}
