// Owns: asking for memory before it is read. Does not own: how far ahead (the kernels).

#ifndef CHASKI_FETCH_H
#define CHASKI_FETCH_H

#include "formats.h"

/// Fetches `bytes` (known where this is inlined) at an address that need not be in any object.
CK_INLINE void fetch(uintptr_t address, int64_t bytes) {
  CK_UNROLL
  for (int64_t i = 0; i < bytes; i += CK_ALIGNMENT) {
    __builtin_prefetch((const void *)(address + (uintptr_t)i), 0, 3);
  }
}

#endif
