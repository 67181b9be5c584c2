// Owns: the float half of every table, written once over the names of vector_*.h and compiled
// again by each isa_*.c. Does not own: the quantised half (body_quant.h).

#include "chaski_kernels.h"

#include "body_tile.h"

#include "body_elementwise.h"

#include "body_activation.h"

#include "body_float_tile.h"

#include "body_matmul_float.h"

#include "body_cache.h"

#include "body_attention.h"

#include "body_latent.h"

#include "body_probe_float.h"
