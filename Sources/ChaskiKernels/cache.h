// Owns: the layout inside a page of keys or values: where each element and scale of a position
// stands. Does not own: pools, pages' life, and which page holds what (ChaskiLayers).

#ifndef CHASKI_CACHE_H
#define CHASKI_CACHE_H

#include "chaski_kernels.h"

enum {
  /// Positions side by side in a page of keys.
  CK_GROUP = 16,
  /// Most query columns that one pass over a page serves.
  CK_ATTENTION_COLUMNS = 12,
  /// Tiles of such columns that share a page's values where they lie in its keys: enough to repay turning them
  /// into rows, few enough to stay in the second-level cache.
  CK_LATENT_TILES = 6,
};

/// Bytes of one element of a page: of a code, where there are codes and scales.
static inline int64_t ck_cache_element_bytes(int32_t cache_type) {
  return cache_type == CK_CACHE_F32 ? 4 : cache_type == CK_CACHE_F16 ? 2 : 1;
}

/// `width` in whole vectors of 16 floats.
static inline int64_t ck_whole_vectors(int64_t width) { return (width + 15) / 16; }

/// Floats of scratch of one tile of columns: queries, scores of a page, results.
static inline int64_t ck_tile_scratch_floats(int64_t key_width, int64_t value_width) {
  const int64_t vectors = ck_whole_vectors(key_width) + ck_whole_vectors(value_width);
  return CK_ATTENTION_COLUMNS * (16 * vectors + CK_PAGE);
}

/// Place of element `element` of `slot`'s key: keys are [4, E, 16].
static inline int64_t ck_key_place(int64_t width, int64_t slot, int64_t element) {
  return ((slot / CK_GROUP) * width + element) * CK_GROUP + slot % CK_GROUP;
}

/// Bytes before the float16 scales of a Q8_0 page, of keys or of values.
static inline int64_t ck_scales_offset(int64_t width) { return CK_PAGE * width; }

#endif
