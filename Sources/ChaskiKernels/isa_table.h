// Owns: the shape of one instruction set's table; each isa_*.c includes it last, once.
// Does not own: the functions in it (body_quant.h, body_float.h), the choice of a table (table.c).
//
// body_quant.h defines quantize_q8_kernel, arrange_q8_kernel, arrangement_kernel, matmul_q8_kernel, probe_read_kernel, probe_int8_kernel;
// body_quantize.h defines quantize_kernel; body_float.h defines the others. All are static, so every
// instruction set has its own copy.

#define CK_TABLE(id, word) CK_TABLE_WITH(id, word, ready_float_kernel, matmul_float_kernel)

/// A table whose products of floats are the two functions named.
#define CK_TABLE_WITH(id, word, ready, product)                                                   \
  {                                                                                               \
    .isa = (id), .name = (word), .quantize_q8 = quantize_q8_kernel, .matmul_q8 = matmul_q8_kernel, \
    .arrange_q8 = arrange_q8_kernel, .arrangement = arrangement_kernel,                           \
    .ready_float = (ready), .matmul_float = (product), .rms_norm = rms_norm_kernel,               \
    .rope = rope_kernel,                                                                          \
    .layer_norm = layer_norm_kernel, .gelu = gelu_kernel, .gelu_multiply = gelu_multiply_kernel,  \
    .relu = relu_kernel, .soft_cap = soft_cap_kernel, .scale = scale_kernel,                      \
    .add_scaled = add_scaled_kernel,                                                              \
    .silu_multiply = silu_multiply_kernel, .add = add_kernel, .exp = exp_kernel,                  \
    .store_key = store_key_kernel, .store_value = store_value_kernel,                             \
    .attention = attention_kernel, .quantize = quantize_kernel,                                   \
    .probe_read = probe_read_kernel,                                                              \
    .probe_int8 = probe_int8_kernel, .probe_float32 = probe_float32_kernel,                       \
  }
