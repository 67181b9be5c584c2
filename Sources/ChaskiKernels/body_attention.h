// Owns: attention over cache pages: scores, running softmax, weighted sum of values, for tiles of
// query columns. Does not own: the inner loop (body_tile.h), the page layout (cache.h).
//
// A column's result never depends on its neighbours in the tile: its own positions alone enter its
// maximum, its sum and its result, in order; what the tile computes besides is not used.

/// Columns that go over the pages together, and what each has gathered so far.
typedef struct attention_tile {
  const ck_attention *call;
  int32_t value_type;     ///< how values are stored where `gather_page` reads them
  int64_t first_column;
  int columns;
  int64_t query_stride;   ///< floats from one column's query to the next
  int64_t result_stride;  ///< floats from one column's result to the next
  float *queries;         ///< [columns, query_stride]
  float *scores;          ///< [columns, 64]: scores of a page, then their exponentials
  float *results;         ///< [columns, result_stride]: sum of exponential * value
  float maxima[16];       ///< greatest score so far
  float totals[16];       ///< sum of exponentials, relative to the maximum
  int64_t from[16];       ///< first slot of the current page that the column sees
  int64_t to[16];         ///< end of those slots; not above `from` if it sees none
} attention_tile;

static inline int64_t clamp_slot(int64_t slot) {
  return slot < 0 ? 0 : slot > CK_PAGE ? CK_PAGE : slot;
}

/// Sets what each column sees of `page` and returns whether any sees something.
static int enter_page(attention_tile *t, int64_t page) {
  int any = 0;
  for (int c = 0; c < t->columns; ++c) {
    t->from[c] = clamp_slot(t->call->first[t->first_column + c] - page * CK_PAGE);
    t->to[c] = clamp_slot(t->call->limit[t->first_column + c] - page * CK_PAGE);
    any |= t->from[c] < t->to[c];
  }
  return any;
}

/// Widens *group ..< *end to the groups of 16 positions of the page that some column sees.
static void widen_groups(const attention_tile *t, int64_t *group, int64_t *end) {
  for (int c = 0; c < t->columns; ++c) {
    if (t->from[c] >= t->to[c]) continue;
    const int64_t last = (t->to[c] + CK_GROUP - 1) / CK_GROUP;
    *group = t->from[c] / CK_GROUP < *group ? t->from[c] / CK_GROUP : *group;
    *end = last > *end ? last : *end;
  }
}

/// q . k of every column with the groups of 16 positions that some column sees; fetches as much of
/// `ahead`, what is read after this page, or null.
static void score_page(const attention_tile *t, const uint8_t *page, const uint8_t *ahead) {
  const int64_t width = t->call->key_width;
  int64_t group = CK_PAGE / CK_GROUP;
  int64_t end = 0;
  widen_groups(t, &group, &end);
  const int quantized = t->call->cache_type == CK_CACHE_Q8_0;
  const int64_t step_bytes = ck_cache_element_bytes(t->call->cache_type) * CK_GROUP;
  while (group < end) {
    const int vectors = tile_vectors(t->columns, end - group);
    const tile product = {
        .wide = page + group * width * step_bytes,
        .vector_bytes = width * step_bytes,
        .step_bytes = step_bytes,
        .scales = page + ck_scales_offset(width) + group * (width / CK_BLOCK) * 2 * CK_GROUP,
        .scale_vector_bytes = (width / CK_BLOCK) * 2 * CK_GROUP,
        .scale_step_bytes = 2 * CK_GROUP,
        .factors = t->queries,
        .factor_stride = t->query_stride,
        .count = width,
        .sums = t->scores + group * CK_GROUP,
        .sum_stride = CK_PAGE,
        .from_zero = 1,
        .ahead = ahead ? ahead + group * width * step_bytes : 0,
    };
    if (quantized) {
      run_q8_keys_tile(t->columns, vectors, &product);
    } else if (t->call->cache_type == CK_CACHE_F32) {
      run_f32_tile(t->columns, vectors, &product);
    } else {
      run_f16_tile(t->columns, vectors, &product);
    }
    group += vectors;
  }
}

/// 16 scores from slot `slot` on, scaled and capped; minus infinity for slots the column does not see.
static inline v16f visible_scores(const attention_tile *t, int c, int64_t slot) {
  static const float lanes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const v16f products = v16f_load(t->scores + c * CK_PAGE + slot);
  const float cap = t->call->soft_cap;
  v16f scores = v16f_mul(v16f_set1(t->call->scale), products);
  if (cap != 0) scores = v16f_soft_cap(scores, v16f_set1(cap), v16f_set1(1.0f / cap));
  if (slot >= t->from[c] && slot + 16 <= t->to[c]) return scores;
  const v16f hidden = v16f_set1(-INFINITY);
  const v16f place = v16f_load(lanes);
  const v16f from = v16f_set1((float)(t->from[c] - slot));
  const v16f to = v16f_set1((float)(t->to[c] - slot));
  return v16f_select_less(place, from, hidden, v16f_select_less(place, to, scores, hidden));
}

static inline int64_t first_group_slot(const attention_tile *t, int c) {
  return t->from[c] / CK_GROUP * CK_GROUP;
}

/// Scales one column's scores; returns the greatest of them and of `maximum`.
static inline float scale_scores(const attention_tile *t, int c, float maximum) {
  float *row = t->scores + c * CK_PAGE;
  v16f greatest = v16f_set1(maximum);
  for (int64_t slot = first_group_slot(t, c); slot < t->to[c]; slot += CK_GROUP) {
    const v16f scores = visible_scores(t, c, slot);
    greatest = v16f_max(greatest, scores);
    v16f_store(row + slot, scores);
  }
  return v16f_hmax(greatest);
}

/// Turns one column's scaled scores into exponentials relative to `maximum`; returns their sum.
static inline float exponentiate_scores(const attention_tile *t, int c, float maximum) {
  float *row = t->scores + c * CK_PAGE;
  const v16f base = v16f_set1(maximum);
  v16f sum = v16f_zero();
  for (int64_t slot = first_group_slot(t, c); slot < t->to[c]; slot += CK_GROUP) {
    const v16f exponential = v16f_exp(v16f_sub(v16f_load(row + slot), base));
    v16f_store(row + slot, exponential);
    sum = v16f_add(sum, exponential);
  }
  return v16f_sum(sum);
}

/// Softmax of a page: each column's exponentials, its new maximum and total, and its result so far
/// rescaled to that maximum.
static void soften_page(attention_tile *t) {
  float maxima[16];
  float factors[16];
  memcpy(maxima, t->maxima, sizeof maxima);
  for (int c = 0; c < t->columns; ++c) {
    if (t->from[c] < t->to[c]) maxima[c] = scale_scores(t, c, maxima[c]);
  }
  v16f_store(factors, v16f_exp(v16f_sub(v16f_load(t->maxima), v16f_load(maxima))));
  for (int c = 0; c < t->columns; ++c) {
    if (t->from[c] >= t->to[c]) continue;
    t->maxima[c] = maxima[c];
    t->totals[c] = fmaf(t->totals[c], factors[c], exponentiate_scores(t, c, maxima[c]));
    // A factor of 1 changes no bit.
    if (factors[c] == 1) continue;
    float *result = t->results + c * t->result_stride;
    const v16f factor = v16f_set1(factors[c]);
    for (int64_t i = 0; i < t->result_stride; i += 16) {
      v16f_store(result + i, v16f_mul(v16f_load(result + i), factor));
    }
  }
}

/// result += exponential * value over slots from ..< to in order, for `columns` columns from `c` on.
static void gather_values(const attention_tile *t, const uint8_t *page, const uint8_t *ahead, int c,
                          int columns, int64_t from, int64_t to) {
  if (from >= to) return;
  const int64_t width = t->call->value_width;
  const int64_t vectors_in_row = t->result_stride / 16;
  const int quantized = t->value_type == CK_CACHE_Q8_0;
  const int64_t vector_bytes = 16 * ck_cache_element_bytes(t->value_type);
  const int64_t scale_row_bytes = width / CK_BLOCK * 2;
  for (int64_t first = 0; first < vectors_in_row;) {
    const int vectors = tile_vectors(columns, vectors_in_row - first);
    const tile product = {
        .wide = page + (from * vectors_in_row + first) * vector_bytes,
        .vector_bytes = vector_bytes,
        .step_bytes = vectors_in_row * vector_bytes,
        .scales = page + ck_scales_offset(width) + from * scale_row_bytes + first / 2 * 2,
        .scale_vector_bytes = 2,
        .scale_step_bytes = scale_row_bytes,
        .factors = t->scores + c * CK_PAGE + from,
        .factor_stride = CK_PAGE,
        .count = to - from,
        .sums = t->results + c * t->result_stride + first * 16,
        .sum_stride = t->result_stride,
        .ahead = ahead ? ahead + (from * vectors_in_row + first * (to - from)) * vector_bytes : 0,
    };
    if (quantized) {
      run_q8_values_tile(columns, vectors, &product);
    } else if (t->value_type == CK_CACHE_F32) {
      run_f32_tile(columns, vectors, &product);
    } else {
      run_f16_tile(columns, vectors, &product);
    }
    first += vectors;
  }
}

/// Values of a page: slots that all columns see go through the whole tile; those before and after,
/// which only some see, column by column. Fetches as much of `ahead`, what is read after this page, or null.
static void gather_page(const attention_tile *t, const uint8_t *page, const uint8_t *ahead) {
  int64_t from = 0;
  int64_t to = CK_PAGE;
  for (int c = 0; c < t->columns; ++c) {
    from = t->from[c] > from ? t->from[c] : from;
    to = t->to[c] < to ? t->to[c] : to;
  }
  if (from >= to) {
    for (int c = 0; c < t->columns; ++c) {
      gather_values(t, page, ahead, c, 1, t->from[c], t->to[c]);
    }
    return;
  }
  for (int c = 0; c < t->columns; ++c) {
    gather_values(t, page, 0, c, 1, t->from[c], from);
  }
  gather_values(t, page, ahead, 0, t->columns, from, to);
  for (int c = 0; c < t->columns; ++c) {
    gather_values(t, page, 0, c, 1, to, t->to[c]);
  }
}

/// Copies the queries beside each other and starts every column from `column` on at nothing seen.
static void begin_tile(attention_tile *t, const ck_attention *call, int64_t column,
                       float *scratch) {
  t->call = call;
  t->first_column = column;
  t->columns = tile_columns(call->columns - column);
  t->value_type = call->values_in_keys ? CK_CACHE_F32 : call->cache_type;
  t->query_stride = 16 * ck_whole_vectors(call->key_width);
  t->result_stride = 16 * ck_whole_vectors(call->value_width);
  t->queries = scratch;
  t->scores = t->queries + CK_ATTENTION_COLUMNS * t->query_stride;
  t->results = t->scores + CK_ATTENTION_COLUMNS * CK_PAGE;
  memset(t->results, 0, sizeof(float) * (size_t)(t->columns * t->result_stride));
  for (int i = 0; i < 16; ++i) {
    t->maxima[i] = -INFINITY;
    t->totals[i] = 0;
  }
  for (int c = 0; c < t->columns; ++c) {
    memcpy(t->queries + c * t->query_stride, call->queries[column + c],
           sizeof(float) * (size_t)call->key_width);
  }
}

static void finish_tile(const attention_tile *t) {
  const int64_t width = t->call->value_width;
  for (int c = 0; c < t->columns; ++c) {
    const float *result = t->results + c * t->result_stride;
    float *out = t->call->outputs[t->first_column + c];
    const v16f total = v16f_set1(t->totals[c]);
    for (int64_t i = 0; i < width; i += 16) {
      const int64_t left = width - i < 16 ? width - i : 16;
      v16f_store_partial(out + i, v16f_div(v16f_load(result + i), total), left);
    }
  }
}

/// Widens *page ..< *end to the pages that some column of the tile sees.
static void widen_pages(const attention_tile *t, int64_t *page, int64_t *end) {
  for (int c = 0; c < t->columns; ++c) {
    const int64_t first = t->call->first[t->first_column + c] / CK_PAGE;
    const int64_t last = (t->call->limit[t->first_column + c] + CK_PAGE - 1) / CK_PAGE;
    *page = first < *page ? first : *page;
    *end = last > *end ? last : *end;
  }
}

static const uint8_t *key_page(const ck_attention *call, int64_t page) {
  return (const uint8_t *)call->key_pages[page] + call->key_offset;
}

/// Attention whose values lie in pages of their own.
static void attend_separately(const ck_attention *call) {
  attention_tile t;
  for (int64_t column = 0; column < call->columns; column += t.columns) {
    begin_tile(&t, call, column, call->scratch);
    int64_t page = INT64_MAX;
    int64_t end = 0;
    for (widen_pages(&t, &page, &end); page < end; ++page) {
      if (!enter_page(&t, page)) continue;
      const uint8_t *keys = key_page(call, page);
      const uint8_t *values = (const uint8_t *)call->value_pages[page] + call->value_offset;
      score_page(&t, keys, values);
      soften_page(&t);
      gather_page(&t, values, page + 1 < end ? key_page(call, page + 1) : 0);
    }
    finish_tile(&t);
  }
}
