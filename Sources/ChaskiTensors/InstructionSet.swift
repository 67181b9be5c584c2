// Owns: the choice of kernels for this machine. Does not own: the kernels (ChaskiKernels).

import ChaskiKernels

/// The instruction sets for which kernels are written.
///
/// All give the same bits; they differ in speed only.
package enum InstructionSet: String, Sendable, CaseIterable {
  /// Portable C, the reference.
  case plain
  /// 256-bit x86 with fused multiply-add (Haswell and later).
  case avx2
  /// 512-bit x86 with VNNI int8 products (Cascade Lake, Zen 4 and later).
  case avx512
  /// The same with bfloat16 products (Cooper Lake, Sapphire Rapids, Zen 4 and later).
  case avx512bf16
  /// 128-bit Arm with int8 dot products.
  case neon

  var table: UnsafePointer<ck_table>? {
    switch self {
    case .plain: unsafe ck_table_for(CK_PLAIN)
    case .avx2: unsafe ck_table_for(CK_AVX2)
    case .avx512: unsafe ck_table_for(CK_AVX512)
    case .avx512bf16: unsafe ck_table_for(CK_AVX512_BF16)
    case .neon: unsafe ck_table_for(CK_NEON)
    }
  }

  /// Those that this machine and build can run, slowest first.
  package static var available: [InstructionSet] {
    allCases.filter { unsafe $0.table != nil }
  }

  /// The fastest that this machine runs.
  package static var best: InstructionSet { available.last ?? .plain }

  /// The one named by `name` (the value of `CHASKI_ISA`), or the best if `name` is nil or empty.
  package static func named(_ name: String?) throws(TensorError) -> InstructionSet {
    guard let name, !name.isEmpty else { return best }
    guard let set = InstructionSet(rawValue: name.lowercased()), available.contains(set) else {
      throw TensorError.instructionSetUnavailable(
        name: name,
        available: available.map(\.rawValue)
      )
    }
    return set
  }
}
