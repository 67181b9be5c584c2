// Owns: the types of weights under test and what the formats say of their blocks.
// Does not own: matrices (PackedWeights.swift).

import ChaskiKernels
import Testing

/// A type of weights that the kernels know.
struct WeightType: CustomTestStringConvertible, Sendable {
  let name: String
  let id: ck_type
  let blockWeights: Int
  let blockBytes: Int

  var testDescription: String { name }

  private init(_ name: String, _ id: ck_type, _ blockWeights: Int, _ blockBytes: Int) {
    (self.name, self.id, self.blockWeights, self.blockBytes) = (name, id, blockWeights, blockBytes)
  }

  /// The quantised types; sizes from ggml's documentation of the formats.
  static let quantised = [
    Self("Q4_0", CK_Q4_0, 32, 18), Self("Q4_1", CK_Q4_1, 32, 20), Self("Q5_0", CK_Q5_0, 32, 22),
    Self("Q5_1", CK_Q5_1, 32, 24), Self("Q8_0", CK_Q8_0, 32, 34), Self("Q2_K", CK_Q2_K, 256, 84),
    Self("Q3_K", CK_Q3_K, 256, 110), Self("Q4_K", CK_Q4_K, 256, 144),
    Self("Q5_K", CK_Q5_K, 256, 176), Self("Q6_K", CK_Q6_K, 256, 210),
    Self("IQ4_NL", CK_IQ4_NL, 32, 18), Self("IQ4_XS", CK_IQ4_XS, 256, 136),
    Self("TQ1_0", CK_TQ1_0, 256, 54), Self("TQ2_0", CK_TQ2_0, 256, 66),
    Self("MXFP4", CK_MXFP4, 32, 17),
  ]

  /// The float types.
  static let floats = [
    Self("F32", CK_F32, 1, 4), Self("F16", CK_F16, 1, 2), Self("BF16", CK_BF16, 1, 2),
  ]

  static let all = quantised + floats

  /// Bytes of a row of `depth` weights in a file.
  func rowBytes(_ depth: Int) -> Int { depth / blockWeights * blockBytes }

  /// Where in a block its float16 numbers lie (scales and minima).
  var halfOffsets: [Int] {
    switch id {
    case CK_Q4_0, CK_Q5_0, CK_Q8_0, CK_IQ4_NL, CK_IQ4_XS: [0]
    case CK_Q4_1, CK_Q5_1, CK_Q4_K, CK_Q5_K: [0, 2]
    case CK_Q2_K: [80, 82]
    case CK_Q3_K: [108]
    case CK_Q6_K: [208]
    case CK_TQ1_0: [52]
    case CK_TQ2_0: [64]
    default: []
    }
  }
}

extension WeightType {
  /// Where in a block the codes lie, for the types with minima.
  var codesOfMinimaType: Range<Int>? {
    switch id {
    case CK_Q4_1: 4..<20
    case CK_Q5_1: 4..<24
    case CK_Q2_K: 16..<80
    case CK_Q4_K: 16..<144
    case CK_Q5_K: 16..<176
    default: nil
    }
  }
}
