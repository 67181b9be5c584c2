// Owns: the tile of four columns and more, whose sums are in memory: the walk over blocks and columns, the second
// planes, and the writing of the sums. Does not own: one block's products (body_quant_tile.h).

/// Where a tile has come to in the lists of second planes.
typedef struct {
  const int32_t *blocks[MOST_PARTS];
  const uint8_t *ready[MOST_PARTS];
  int parts;
  int64_t next;  // the next block that any list names
} fine_cursor;

static __attribute__((noinline)) void find_next_fine(fine_cursor *cursor) {
  int32_t next = no_fine_blocks[0];
  for (int i = 0; i < cursor->parts; i++) {
    next = *cursor->blocks[i] < next ? *cursor->blocks[i] : next;
  }
  cursor->next = next >> PART_SHIFT;
}

static __attribute__((noinline)) void find_fine(const tile_call *call, int64_t ready_bytes,
                                                fine_cursor *cursor) {
  cursor->parts = call->fine_blocks ? (int)((call->columns + PART_COLUMNS - 1) / PART_COLUMNS) : 0;
  for (int i = 0; i < cursor->parts; i++) {
    cursor->blocks[i] = call->fine_blocks + i * PART_COLUMNS * (call->blocks + 1);
    cursor->ready[i] = call->fine_ready + i * PART_COLUMNS * call->blocks * ready_bytes;
  }
  find_next_fine(cursor);
}

/// sums = before + one block of LANES rows of each panel times one column.
CK_INLINE void add_to_sums(int32_t type, lanes_b weights[][8], const block_scales *scales,
                           const uint8_t *ready, int64_t columns, int64_t c, const float *before,
                           float *sums) {
  lanes_f acc[LANES_PANELS];
  CK_UNROLL
  for (int p = 0; p < LANES_PANELS; p++) acc[p] = lanes_load_f(before + p * CK_PANEL_ROWS);
  tile_step(type, LANES_PANELS, weights, scales, ready, columns, c, acc);
  CK_UNROLL
  for (int p = 0; p < LANES_PANELS; p++) lanes_store_f(sums + p * CK_PANEL_ROWS, acc[p]);
}

/// The second planes that the lists name for block `b`.
CK_INLINE void add_fine(int32_t type, lanes_b weights[][8], const block_scales *scales, int64_t b,
                        fine_cursor *cursor, float *sums) {
  enum { STEP = LANES_PANELS * CK_PANEL_ROWS };
  const int64_t ready_bytes = ready_layout_of(traits_of(type)).end;
  for (int i = 0; i < cursor->parts; i++) {
    const int32_t *list = cursor->blocks[i];
    const uint8_t *ready = cursor->ready[i];
    for (; *list >> PART_SHIFT == b; list++, ready += ready_bytes) {
      const int c = i * PART_COLUMNS + *list % PART_COLUMNS;
      add_to_sums(type, weights, scales, ready, 1, 0, sums + c * STEP, sums + c * STEP);
    }
    cursor->blocks[i] = list;
    cursor->ready[i] = ready;
  }
  find_next_fine(cursor);
}

/// Writes (or adds) the sums of columns first ..< last; fetches the places of as many more.
static __attribute__((noinline)) void write_results(const tile_results *r, int64_t first,
                                                    int64_t last) {
  if (last > r->columns) last = r->columns;
  const float *sums = r->sums + first * (LANES_PANELS * CK_PANEL_ROWS);
  float *out = r->out + first * r->out_stride;
  for (int64_t c = first; c < last; c++) {
    const uintptr_t next = (uintptr_t)(out + (last - first) * r->out_stride);
    __builtin_prefetch((const void *)next, 1, 3);
    if (LANES_PANELS > 1) __builtin_prefetch((const void *)(next + CK_ALIGNMENT), 1, 3);
    int64_t row = 0;
    for (; row + LANES <= r->rows; row += LANES) {
      lanes_f sum = lanes_load_f(sums + row);
      if (r->accumulate) sum = lanes_add(lanes_load_f(out + row), sum);
      lanes_store_f(out + row, sum);
    }
    for (; row < r->rows; row++) out[row] = r->accumulate ? out[row] + sums[row] : sums[row];
    sums += LANES_PANELS * CK_PANEL_ROWS;
    out += r->out_stride;
  }
}

/// Rows `row` ..< `row` + LANES of one or two panels times all columns of a tile.
CK_INLINE void run_rows(int32_t type, int row, const tile_call *call) {
  enum { STEP = LANES_PANELS * CK_PANEL_ROWS };
  const ck_layout layout = ck_layout_of(type);
  const ck_strip strip = ck_strip_of(layout);
  const int64_t ready_bytes = ready_layout_of(traits_of(type)).end;
  const int64_t pace = strip.end / strip.blocks;
  const uint8_t *ready = call->ready;
  const int64_t columns = call->columns;
  _Alignas(CK_ALIGNMENT) static const float zeros[STEP];
  const int64_t share = (call->before->columns + call->blocks - 1) / call->blocks;
  int64_t written = 0;
  fine_cursor fine;
  find_fine(call, ready_bytes, &fine);
  for (int64_t b = 0; b < call->blocks; b++) {
    const ck_block_place place = ck_place_of(layout, b);
    if (row == 0 && written < call->before->columns) {
      write_results(call->before, written, written + share);
      written += share;
    }
    if (row == 0) {
      // The panels after these, as one stream.
      const int64_t ahead = LANES_PANELS * (call->panel_bytes + b * pace);
      fetch((uintptr_t)call->panel + (uintptr_t)ahead, LANES_PANELS * pace);
    }
    lanes_b weights[LANES_PANELS][8];
    block_scales scales[LANES_PANELS];
    CK_UNROLL
    for (int p = 0; p < LANES_PANELS; p++) {
      const uint8_t *panel = call->panel + p * call->second;
      unpack_weights(type, panel + place.codes + 4 * row, panel + place.high + 4 * row, weights[p]);
      scales[p] = unpack_scales(type, panel + place.scales, panel + place.subs, row);
    }
    float *sums = call->sums + row;
    const float *before = b == 0 ? zeros : sums;
    const int64_t before_step = b == 0 ? 0 : STEP;
    for (int64_t c = 0; c < columns; c++) {
      add_to_sums(type, weights, scales, ready, columns, c, before, sums);
      before += before_step;
      sums += STEP;
    }
    if (b == fine.next) add_fine(type, weights, scales, b, &fine, call->sums + row);
    ready += columns * ready_bytes;
  }
}

/// Four columns and more.
CK_INLINE void run_many(int32_t type, const tile_call *call) {
  for (int row = 0; row < CK_PANEL_ROWS; row += LANES) run_rows(type, row, call);
}
