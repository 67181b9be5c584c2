// Owns: which kernel tables this machine runs. Does not own: calls of their functions.

import ChaskiKernels

/// The tables that this machine runs, the plain one first.
enum Tables {
  static let isas = [CK_PLAIN, CK_AVX2, CK_AVX512, CK_AVX512_BF16, CK_NEON].filter {
    unsafe ck_table_for($0) != nil
  }
  static let fast = isas.filter { $0 != CK_PLAIN }

  /// The table of an instruction set that is in `isas`.
  static func table(_ isa: ck_isa) throws -> ck_table {
    guard let table = unsafe ck_table_for(isa) else { throw Missing(isa: isa) }
    return unsafe table.pointee
  }

  struct Missing: Error {
    let isa: ck_isa
  }
}
