// Owns: the widest tile of the product of packed panels with int8 columns: two panels at a time, where
// an instruction set has the registers for it. Does not own: the other tiles (body_quant_tile.h).
//
// A product takes an activation from memory. One panel's twelve columns need as many loads as products, and
// two loads a cycle are all a processor does; two panels' six columns need half as many.

#if LANES_WIDEST >= 12

enum { PAIR_COLUMNS = 12, PAIR_PANELS = 2, PAIR_COUNT = PAIR_COLUMNS / PAIR_PANELS };

/// One block of two panels times column `c` of twelve; `sums` is the column's accumulator of each panel.
/// The same operations as `tile_step`, for types without minima and halves.
CK_INLINE void pair_step(int32_t type, lanes_b weights[PAIR_PANELS][8],
                         const block_scales scales[PAIR_PANELS], const uint8_t *ready, int c,
                         lanes_f sums[PAIR_PANELS]) {
  const quant_traits traits = traits_of(type);
  const ready_layout layout = ready_layout_of(traits);
  const uint8_t *codes = ready + c * CK_BLOCK;
  const uint8_t *starts = ready + PAIR_COLUMNS * layout.starts + 4 * c;
  const lanes_f scale = lanes_set1_f(ready_float(ready + PAIR_COLUMNS * READY_SCALES + 4 * c));
  lanes_i dot[PAIR_PANELS];
  dot[0] = dot[1] = lanes_set1_i(traits.offset == 0 ? 0 : ready_int(starts));
  CK_UNROLL
  for (int g = 0; g < 8; g++) {
    const lanes_i four = lanes_set1_i(ready_int(codes + 4 * g));
    dot[0] = lanes_product(weights[0][g], four, dot[0]);
    dot[1] = lanes_product(weights[1][g], four, dot[1]);
  }
  CK_UNROLL
  for (int p = 0; p < PAIR_PANELS; p++) {
    sums[p] = lanes_fma(lanes_mul(scales[p].scale, lanes_f_of_i(dot[p])), scale, sums[p]);
  }
}

/// Columns `first` ..< `first` + 6 of twelve, of the call's panel and the one after it, whose sums follow.
CK_INLINE void run_half_pair(int32_t type, int first, const tile_call *call) {
  const ck_layout layout = ck_layout_of(type);
  const ck_strip strip = ck_strip_of(layout);
  const int64_t ready_bytes = ready_layout_of(traits_of(type)).end;
  const uint8_t *ready = call->ready;
  float *sums = call->sums + first * CK_PANEL_ROWS;
  lanes_f acc[PAIR_COUNT][PAIR_PANELS];
  CK_UNROLL
  for (int i = 0; i < PAIR_COLUMNS; i++) {
    const int64_t place = (i % PAIR_PANELS * PAIR_COLUMNS + i / PAIR_PANELS) * CK_PANEL_ROWS;
    acc[i / PAIR_PANELS][i % PAIR_PANELS] =
        call->is_first ? lanes_set1_f(0.0f) : lanes_load_f(sums + place);
  }
  const int64_t pace = strip.end / strip.blocks;
  // The first half fetches the panel after the two, the second half the one after that.
  uintptr_t ahead = (uintptr_t)call->panel +
                    (uintptr_t)(call->first_block * pace + FETCH_MARGIN +
                                (first == 0 ? 2 : 3) * call->panel_bytes);
  for (int64_t b = call->first_block; b < call->last_block; b++) {
    fetch(ahead, pace);
    ahead += (uintptr_t)pace;
    const ck_block_place place = ck_place_of(layout, b);
    lanes_b weights[PAIR_PANELS][8];
    block_scales scales[PAIR_PANELS];
    CK_UNROLL
    for (int p = 0; p < PAIR_PANELS; p++) {
      const uint8_t *panel = call->panel + p * call->panel_bytes;
      unpack_weights(type, panel + place.codes, panel + place.high, weights[p]);
      scales[p] = unpack_scales(type, panel + place.scales, panel + place.subs, 0);
    }
    CK_UNROLL
    for (int c = 0; c < PAIR_COUNT; c++) {
      pair_step(type, weights, scales, ready, first + c, acc[c]);
    }
    ready += PAIR_COLUMNS * ready_bytes;
  }
  CK_UNROLL
  for (int i = 0; i < PAIR_COLUMNS; i++) {
    const int64_t place = (i % PAIR_PANELS * PAIR_COLUMNS + i / PAIR_PANELS) * CK_PANEL_ROWS;
    lanes_store_f(sums + place, acc[i / PAIR_PANELS][i % PAIR_PANELS]);
  }
}

#define PAIR(type)                                     \
  static void pair_##type(const tile_call *call) {     \
    run_half_pair(type, 0, call);                      \
    run_half_pair(type, PAIR_COUNT, call);             \
  }
PAIR(CK_Q4_0)
PAIR(CK_Q5_0)
PAIR(CK_Q8_0)
PAIR(CK_IQ4_NL)
#undef PAIR

/// The tile of two panels and `columns` columns, or null where there is none: minima, or scales of scales, take
/// registers that two panels do not leave, and were no faster with it (Zen 5, 2026).
static tile_function pair_of(int32_t type, int columns) {
  if (columns != PAIR_COLUMNS) return 0;
  switch (type) {
    case CK_Q4_0: return pair_CK_Q4_0;
    case CK_Q5_0: return pair_CK_Q5_0;
    case CK_Q8_0: return pair_CK_Q8_0;
    case CK_IQ4_NL: return pair_CK_IQ4_NL;
    default: return 0;
  }
}

#else

static tile_function pair_of(int32_t type, int columns) {
  (void)type;
  (void)columns;
  return 0;
}

#endif
