// Owns: attention whose values are the beginnings of the keys, and the choice between it and the other kind.
// Does not own: what happens to a page once its values lie in rows (body_attention.h).
//
// A page keeps keys as [4, E, 16], 16 positions side by side; sums of values want the elements of a
// position side by side. So a page's values are turned into rows of floats once, for several tiles of
// columns.

/// Element `element` of the 16 keys of a group. For Q8_0, times `scales`: exactly.
CK_INLINE v16f key_elements(int32_t cache_type, const uint8_t *page, int64_t place, v16f scales) {
  if (cache_type == CK_CACHE_F32) return v16f_load((const float *)(const void *)page + place);
  if (cache_type == CK_CACHE_F16) return v16f_load_f16((const uint16_t *)(const void *)page + place);
  return v16f_mul(scales, v16f_from_i32(v16i_load_i8(page + place)));
}

/// The values of groups group ..< end of a page of keys, as rows: [64, value width in whole vectors].
CK_INLINE void lay_values(int32_t cache_type, const ck_attention *call, const uint8_t *page,
                          int64_t group, int64_t end, float *rows) {
  const int64_t width = call->key_width;
  const int64_t stride = 16 * ck_whole_vectors(call->value_width);
  for (; group < end; ++group) {
    for (int64_t e = 0; e < call->value_width; e += 16) {
      const int64_t slot = group * CK_GROUP;
      const int64_t place = ck_key_place(width, slot, e);
      v16f scales = v16f_zero();
      if (cache_type == CK_CACHE_Q8_0) {
        const int64_t block = ck_key_place(width / CK_BLOCK, slot, e / CK_BLOCK);
        scales = v16f_load_f16(page + ck_scales_offset(width) + 2 * block);
      }
      v16f vectors[CK_GROUP];
      CK_UNROLL
      for (int i = 0; i < CK_GROUP; ++i) {
        vectors[i] = e + i < call->value_width
                         ? key_elements(cache_type, page, place + i * CK_GROUP, scales)
                         : v16f_zero();
      }
      v16f_store_transposed(vectors, rows + group * CK_GROUP * stride + e, stride);
    }
  }
}

/// `lay_values`, with code of its own for each type.
static void lay_page(const ck_attention *call, const uint8_t *page, int64_t group, int64_t end,
                     float *rows) {
  if (call->cache_type == CK_CACHE_F32) {
    lay_values(CK_CACHE_F32, call, page, group, end, rows);
  } else if (call->cache_type == CK_CACHE_F16) {
    lay_values(CK_CACHE_F16, call, page, group, end, rows);
  } else {
    lay_values(CK_CACHE_Q8_0, call, page, group, end, rows);
  }
}

/// One page for `count` tiles.
static void attend_latent_page(attention_tile *tiles, int count, int64_t page, int64_t end_page,
                               float *rows) {
  const ck_attention *call = tiles->call;
  int sees[CK_LATENT_TILES];
  int64_t group = CK_PAGE / CK_GROUP;
  int64_t end = 0;
  for (int i = 0; i < count; ++i) {
    sees[i] = enter_page(&tiles[i], page);
    if (sees[i]) widen_groups(&tiles[i], &group, &end);
  }
  if (group >= end) return;
  const uint8_t *keys = key_page(call, page);
  const uint8_t *ahead = page + 1 < end_page ? key_page(call, page + 1) : 0;
  lay_page(call, keys, group, end, rows);
  for (int i = 0; i < count; ++i) {
    if (!sees[i]) continue;
    score_page(&tiles[i], keys, ahead);
    ahead = 0;
    soften_page(&tiles[i]);
    gather_page(&tiles[i], (const uint8_t *)rows, 0);
  }
}

static void attend_latently(const ck_attention *call) {
  attention_tile tiles[CK_LATENT_TILES];
  const int64_t tile_floats = ck_tile_scratch_floats(call->key_width, call->value_width);
  float *rows = call->scratch + CK_LATENT_TILES * tile_floats;
  for (int64_t column = 0; column < call->columns;) {
    int count = 0;
    int64_t page = INT64_MAX;
    int64_t end = 0;
    for (; count < CK_LATENT_TILES && column < call->columns; ++count) {
      begin_tile(&tiles[count], call, column, call->scratch + count * tile_floats);
      widen_pages(&tiles[count], &page, &end);
      column += tiles[count].columns;
    }
    for (; page < end; ++page) {
      attend_latent_page(tiles, count, page, end, rows);
    }
    for (int i = 0; i < count; ++i) {
      finish_tile(&tiles[i]);
    }
  }
}

static void attention_kernel(const ck_attention *call) {
  if (call->values_in_keys) {
    attend_latently(call);
  } else {
    attend_separately(call);
  }
}
