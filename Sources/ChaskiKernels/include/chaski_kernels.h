// Owns: the C interface of the number kernels: packed weights, int8 activations, products,
// attention over cache pages, norms and element-wise functions, one table per instruction set.
// Does not own: threads, memory, shapes (ChaskiTensors). No function here allocates.
//
// The promise: for the same inputs every table gives the same bits. Each output element has one
// fixed order of summation (stated at its function), products and sums are joined by `fmaf`
// exactly where stated, and no result depends on which other rows, columns or heads are computed
// in the same call.

#ifndef CHASKI_KERNELS_H
#define CHASKI_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// Gives an enumeration a fixed 32-bit type where the compiler knows how (in C, gcc only since 13).
#if defined(__clang__) || __GNUC__ >= 13
#define CK_INT32 : int32_t
#else
#define CK_INT32
#endif

// MARK: Geometry

enum {
  /// Rows side by side in one panel of a packed matrix.
  CK_PANEL_ROWS = 16,
  /// Weights (and activations) that share one activation scale.
  CK_BLOCK = 32,
  /// Columns that are arranged together for a quantised product.
  CK_COLUMN_PART = 16,
  /// Columns that a quantised product takes at a time at most: a whole number of parts.
  CK_TILE_COLUMNS = 96,
  /// Positions in one page of the key/value cache.
  CK_PAGE = 64,
  /// Alignment, in bytes, that packed panels and cache pages must have.
  CK_ALIGNMENT = 64,
};

/// Element types, with GGUF's ids. Only those named here compute.
typedef enum ck_type CK_INT32 {
  CK_F32 = 0,
  CK_F16 = 1,
  CK_Q4_0 = 2,
  CK_Q4_1 = 3,
  CK_Q5_0 = 6,
  CK_Q5_1 = 7,
  CK_Q8_0 = 8,
  CK_Q2_K = 10,
  CK_Q3_K = 11,
  CK_Q4_K = 12,
  CK_Q5_K = 13,
  CK_Q6_K = 14,
  CK_IQ4_NL = 20,
  CK_IQ4_XS = 23,
  CK_BF16 = 30,
  CK_TQ1_0 = 34,
  CK_TQ2_0 = 35,
  CK_MXFP4 = 39,
} ck_type;

// MARK: File blocks

/// Whether `type` can be decoded, packed and multiplied here.
int ck_supports(int32_t type);

/// Decodes `count` elements (a whole number of blocks) from a file's bytes to float32. [count]
/// Equal to the reference decoder of each format to the bit. `source` may be unaligned.
void ck_dequantize(int32_t type, const void *source, int64_t count, float *destination);

// MARK: Packed weights

/// Bytes of one packed panel: 16 rows of `depth` weights; a multiple of 64.
/// 0 if the type is not supported, or `depth` is not positive, not a whole number of the type's
/// blocks, or beyond INT32_MAX; the functions below then do nothing.
int64_t ck_panel_bytes(int32_t type, int64_t depth);

/// Packs `rows` (1...16) consecutive file rows of `depth` weights into one panel; rows beyond
/// `rows` are zero weights. `source_row_bytes` is the distance between rows in `source`.
void ck_pack_panel(int32_t type, const void *source, int64_t source_row_bytes, int32_t rows,
                   int64_t depth, void *panel);

/// Decodes row `lane` (0...15) of a panel to float32: the same bits `ck_dequantize` gives. [depth]
void ck_unpack_row(int32_t type, const void *panel, int32_t lane, int64_t depth,
                   float *destination);

// MARK: Activations as int8

/// Columns of activations, quantised in blocks of 32: x = scales * codes.
/// `depth` is a multiple of 32.
typedef struct ck_q8_columns {
  int8_t *codes;    ///< [columns, depth], -127...127
  float *scales;    ///< [columns, depth / 32], max|x| / 127
  int16_t *sums;    ///< [columns, depth / 16], sum of 16 consecutive codes
  int64_t columns;  ///< T
  int64_t depth;    ///< D

  // A second plane for the blocks whose largest value stands far out of its column (over
  // CK_FINE_RATIO times its root mean square): there 8 bits leave little for the 31 others. It holds
  // what the first plane leaves, with scale / 254. All null: no second plane.
  int8_t *fine_codes;     ///< [columns, depth], written where the flag is 1
  int16_t *fine_sums;     ///< [columns, depth / 16], likewise
  uint8_t *fine_flags;    ///< [columns, depth / 32], 0 or 1

  // Both planes again, in the order in which a product reads them: made by `arrange_q8`.
  uint8_t *ready;        ///< CK_READY_BYTES * columns * depth / 32 bytes
  uint8_t *fine_ready;   ///< as many; the second planes
  int32_t *fine_blocks;  ///< [columns, depth / 32 + 1]: which blocks have one
} ck_q8_columns;

/// How far a block's largest value must stand out of its column to get a second plane.
#define CK_FINE_RATIO 8.0f

/// The most bytes that one block of one column takes when it is arranged for a product.
#define CK_READY_BYTES 52

// MARK: Activations as floats

/// Columns of activations made ready for products with F32, F16 and BF16 panels.
///
/// `rounded`, for BF16 panels only: each number rounded to bfloat16, nearest even, subnormal ones 0 of
/// their sign.
typedef struct ck_float_columns {
  void *ready;      ///< ck_float_columns_bytes() bytes, at a multiple of 4; laid out as the table likes
  int64_t columns;  ///< T
  int64_t depth;    ///< D
  int32_t rounded;
} ck_float_columns;

/// Columns that are laid out together: `ready_float` starts at a multiple of it.
enum { CK_FLOAT_TILE = 12 };

/// Bytes of ready columns.
int64_t ck_float_columns_bytes(int64_t columns, int64_t depth);

// MARK: Attention over pages

/// How keys and values are stored in a page.
typedef enum ck_cache_type CK_INT32 {
  CK_CACHE_F32 = 0,
  CK_CACHE_F16 = 1,
  CK_CACHE_Q8_0 = 8,
} ck_cache_type;

/// Bytes of one page of keys (64 positions of one layer's one key/value head of width E).
/// F32 and F16: [4, E, 16] so that 16 positions lie side by side. Q8_0: int8 codes [4, E, 16], then f16
/// scales [4, E / 32, 16]; E must be a multiple of 32 (else 0 is returned). A multiple of 64.
int64_t ck_key_page_bytes(int32_t cache_type, int64_t width);
/// Bytes of one page of values. F32 and F16: [64, E padded to 16]. Q8_0: codes [64, E], then f16 scales
/// [64, E / 32]. A multiple of 64.
int64_t ck_value_page_bytes(int32_t cache_type, int64_t width);

/// One attention call: query columns that share a key/value head of one sequence.
/// Column c sees positions first[c] ..< limit[c].
typedef struct ck_attention {
  int32_t cache_type;
  int32_t values_in_keys;            ///< whether a value is the first value_width elements of its key
  int64_t key_width;                 ///< E of q and k
  int64_t value_width;               ///< E of v and of the result
  const void *const *key_pages;      ///< page p holds positions 64 p ..< 64 p + 64
  const void *const *value_pages;    ///< not read where values lie in keys
  int64_t key_offset;                ///< bytes from a page's address to this layer's and head's keys
  int64_t value_offset;              ///< likewise
  int64_t columns;
  const float *const *queries;       ///< [columns] pointers to [key_width]
  float *const *outputs;             ///< [columns] pointers to [value_width]
  const int64_t *first;              ///< [columns], >= 0
  const int64_t *limit;              ///< [columns], > first
  float scale;                       ///< multiplies q . k
  float soft_cap;                    ///< what scores stay below in magnitude; 0: no cap
  float *scratch;                    ///< ck_attention_scratch_floats() floats, 64-byte aligned
} ck_attention;

/// Floats of scratch that one `attention` call may use, whatever the number of columns; 0 for widths that no
/// page has, or values wider than the keys they lie in.
int64_t ck_attention_scratch_floats(int64_t key_width, int64_t value_width, int32_t values_in_keys);

// MARK: The table

typedef enum ck_isa CK_INT32 {
  CK_PLAIN = 0,
  CK_AVX2 = 1,
  CK_AVX512 = 2,
  CK_NEON = 3,
  CK_AVX512_BF16 = 4,
} ck_isa;

typedef struct ck_table {
  ck_isa isa;
  const char *name;  ///< "plain", "avx2", "avx512", "avx512bf16", "neon": the words CHASKI_ISA takes

  /// Quantises `columns` columns of `depth` floats (stride in floats) into `result`.
  /// Per block of 32: m = max |x|; scale = m / 127; code = x * (127 / m) rounded to nearest even
  /// (codes and scale 0 when m is 0, or so small, under 3.8e-37, that 127 / m overflows).
  /// Not finite: codes 0, scale NaN, so that the error shows and nothing traps.
  /// Second plane, if there is room for one: flag = m > CK_FINE_RATIO * root mean square of the column
  /// (summed as in rms_norm); codes of x - scale * code, with the scale divided by 254.
  void (*quantize_q8)(const float *x, int64_t stride, const ck_q8_columns *result);

  /// Arranges columns first_column ..< last_column of all, in `x->ready` and so on, for products with `type` and every
  /// type of the same `arrangement`. `first_column` is a multiple of CK_COLUMN_PART; `last_column` too, or it is the
  /// number of columns.
  void (*arrange_q8)(int32_t type, const ck_q8_columns *x, int64_t first_column,
                     int64_t last_column);
  /// Types of one arrangement share what `arrange_q8` makes. 0: not a quantised type.
  int32_t (*arrangement)(int32_t type);

  /// Product of quantised panels first_panel ..< last_panel (of `rows` rows in all) with int8
  /// columns that are arranged for `type`:
  /// out[t * out_stride + row] = sum over blocks b, in order, from 0 of
  ///   acc = fmaf(dw_b * (float)dot_b, da_b, acc), then, where the format has minima,
  ///   acc = fmaf(mw_b, da_b * (float)sum_b, acc), then, where the block has a second plane,
  ///   both again with that plane's codes, sums and scale;
  /// dot_b an exact integer, dw_b and mw_b float32 (a K-quant's d * sub-scale, and -dmin * its
  /// sub-minimum). Formats with sub-scales per 16 weights (Q2_K, Q3_K, Q6_K): dw_b is d,
  /// dot_b = s0 * dot0 + s1 * dot1, and Q2_K's mw_b is -dmin, sum_b = m0 * sum0 + m1 * sum1, exactly.
  /// If `accumulate`, out += acc instead. Other types than quantised ones: nothing happens.
  void (*matmul_q8)(int32_t type, const void *panels, int64_t depth, int64_t rows,
                    int64_t first_panel, int64_t last_panel, const ck_q8_columns *x, float *out,
                    int64_t out_stride, int32_t accumulate);

  /// Makes columns first_column ..< last_column of `x` (stride in floats) ready; first_column is a
  /// multiple of CK_FLOAT_TILE, last_column too or it is the number of columns.
  void (*ready_float)(const float *x, int64_t stride, int64_t first_column, int64_t last_column,
                      const ck_float_columns *result);

  /// Product of F32, F16 or BF16 panels with ready columns of the same table:
  /// acc = fmaf(w_k, x_k, acc) over k in order from 0; out = acc, or out += acc if `accumulate`.
  /// With rounded columns this is the arithmetic of VDPBF16PS: a subnormal w_k is 0 of its sign, and
  /// so is an acc whose magnitude, rounded to 24 bits as if exponents had no end, is below 2^-126.
  /// Rounded columns and other panels than BF16, or other types: nothing happens.
  void (*matmul_float)(int32_t type, const void *panels, int64_t rows, int64_t first_panel,
                       int64_t last_panel, const ck_float_columns *x, float *out,
                       int64_t out_stride, int32_t accumulate);

  /// out = x / sqrt(mean(x^2) + epsilon) * weight. [depth] In place allowed. No weight: all 1.
  /// Sum of squares: 16 partial sums (lane i takes elements i, i + 16, ...; fmaf), then
  /// lanes folded 8, 4, 2, 1. Rounded as (x * (1 / sqrt(sum / depth + epsilon))) * weight.
  void (*rms_norm)(const float *x, const float *weight, float epsilon, int64_t depth, float *out);

  /// out = (x - mean) / sqrt(variance + epsilon) * weight + bias. [depth] In place allowed. No bias: all 0.
  /// mean = sum / depth, then variance = (sum of squares of x - mean) / depth, each sum in 16 partial
  /// sums as in rms_norm. Rounded as fmaf((x - mean) * (1 / sqrt(variance + epsilon)), weight, bias).
  void (*layer_norm)(const float *x, const float *weight, const float *bias, float epsilon,
                     int64_t depth, float *out);

  /// Rotates pairs of `heads` vectors of `width` (stride in floats), in place. [heads, width]
  /// cos_sin: [rotated / 2] pairs (cos, sin). `half_split`: pairs (i, i + rotated/2), else (2i, 2i+1).
  /// x0' = fmaf(x0, c, -(x1 * s)); x1' = fmaf(x0, s, x1 * c).
  void (*rope)(float *x, int64_t heads, int64_t stride, int64_t rotated, const float *cos_sin,
               int32_t half_split);

  /// out = gate / (1 + exp(-gate)) * up. [count] In place allowed.
  void (*silu_multiply)(const float *gate, const float *up, int64_t count, float *out);

  /// out = gelu(x), in the form with tanh: x / (1 + exp(-2 u)), u = sqrt(2 / pi) (x + 0.044715 x^3). [count]
  /// In place allowed, as in all that follow here.
  void (*gelu)(const float *x, int64_t count, float *out);

  /// out = gelu(gate) * up. [count]
  void (*gelu_multiply)(const float *gate, const float *up, int64_t count, float *out);

  /// out = x < 0 ? 0 : x. [count]
  void (*relu)(const float *x, int64_t count, float *out);

  /// out = cap * tanh(x * (1 / cap)), tanh within 2 ulp, the same bits everywhere. [count]
  void (*soft_cap)(const float *x, float cap, int64_t count, float *out);

  /// out = x * factor. [count]
  void (*scale)(const float *x, float factor, int64_t count, float *out);

  /// sum = fmaf(x, factor, sum). [count]
  void (*add_scaled)(const float *x, float factor, int64_t count, float *sum);

  /// out = a + b. [count] In place allowed.
  void (*add)(const float *a, const float *b, int64_t count, float *out);

  /// out = exp(x): our own polynomial, within 1 ulp, the same bits everywhere. [count]
  /// Results below 2^-126, the least normal float, are 0. In place allowed, as in `silu_multiply`.
  void (*exp)(const float *x, int64_t count, float *out);

  /// Writes one position's key (or value) of one head into its slot (0 ..< 64) of a page; touches no
  /// other slot. F16: nearest, ties to even. Q8_0, per 32 elements: m = max |x|; scale = m / 127 in
  /// float16; code = x * (127 / m) rounded to nearest even, 0 where the stored scale is 0.
  /// Not finite, as Q8_0: codes 0, scale NaN.
  void (*store_key)(int32_t cache_type, const float *key, int64_t width, int64_t slot, void *page);
  void (*store_value)(int32_t cache_type, const float *value, int64_t width, int64_t slot,
                      void *page);

  /// softmax(scale * q K^T) V by running softmax over pages in order (Milakov and Gimelshein 2018,
  /// https://arxiv.org/abs/1805.02867): per page of 64 positions the block maximum, the rescaling of
  /// the running sum and result, then positions in order. Scores sum over e in order with fmaf.
  ///
  /// Per column, with s = scale * (q . k) and m the greatest score of this page and those before:
  /// f = exp(m before - m); p = exp(s - m); total = fmaf(total, f, sum of the page's p in 16 partial
  /// sums, lanes folded 8, 4, 2, 1); result[e] = result[e] * f, then fmaf(v[e], p, result[e]) over
  /// positions in order; at the end result[e] / total.
  /// With a soft cap, s = soft_cap(scale * (q . k)), as that function computes it.
  /// Q8_0: q . k is fmaf(key scale, sum of 32 fmaf(code, q_e), before) over blocks in order; v[e] is
  /// the exact product of scale and code.
  /// Values in keys give the bits that the same values in pages of their own would.
  /// Reads only pages that hold a position some column sees; what lies in other slots, NaN too, and
  /// the other columns of the call never matter.
  void (*attention)(const ck_attention *call);

  /// Quantises `rows` rows of `depth` floats (a whole number of blocks) to a file's blocks.
  ///
  /// The error that is kept small is the sum over weights of importance * (weight - decoded)^2; importances
  /// are those of columns, [depth], all above 0 and with a mean about 1, or null for all alike.
  /// Without importances Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, MXFP4, TQ1_0 and TQ2_0 are ggml's bytes; with them
  /// the first four are searched as K-quants are, and the others take no notice.
  /// Returns `rows`, or the first row that holds a number that is not finite or beyond what the type's
  /// scales can express; then what is in `destination` is undefined. A type that is not supported, or a
  /// depth that is no whole number of blocks: 0.
  int64_t (*quantize)(int32_t type, const float *x, const float *importance, int64_t rows,
                      int64_t depth, void *destination);

  /// Measuring aids: reads `bytes` as fast as one core can (returns a checksum); runs `rounds`
  /// rounds of register-only products, in int8 or in float32, and returns how many multiply and add
  /// operations they were.
  uint64_t (*probe_read)(const void *memory, int64_t bytes);
  double (*probe_int8)(int64_t rounds);
  double (*probe_float32)(int64_t rounds);
} ck_table;

/// The table of `isa`, or null if this machine or build lacks it. Plain C is always there.
const ck_table *ck_table_for(ck_isa isa);

/// The fastest table this machine runs.
const ck_table *ck_table_best(void);

/// Tells the processor that this is a spin loop.
void ck_spin_hint(void);

/// Asks for `bytes` of memory that will be read soon, to the second-level cache. Changes nothing, and the
/// memory need not exist.
void ck_fetch(const void *memory, int64_t bytes);

#endif
