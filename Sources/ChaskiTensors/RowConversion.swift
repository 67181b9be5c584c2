// Owns: what it means to turn rows of one type into rows of another, and the error that it leaves.
// Does not own: the threads that do it (CPUBackend+Conversion), the search for good blocks (ChaskiKernels).

import ChaskiKernels

/// Rows of weights of one type that become rows of another.
package struct RowConversion: Sendable {
  /// The tensor's name, for errors.
  package var name: String
  /// The type of the rows there are.
  package var source: ElementType
  /// The type of the rows wanted.
  package var target: ElementType
  /// Weights in a row, a whole number of blocks of both types.
  package var columns: Int
  /// How much the error of each column counts, all above 0 and about 1 in the mean; nil: all alike. [columns]
  package var importance: [Float]?
  /// Whether the error is measured.
  package var isMeasured = false

  /// A conversion without importances, not measured.
  package init(name: String, source: ElementType, target: ElementType, columns: Int) {
    self.name = name
    self.source = source
    self.target = target
    self.columns = columns
  }

  /// The bytes of a row as it is.
  package var sourceRowByteCount: Int {
    columns / source.blockElementCount * source.blockByteCount
  }

  /// The bytes of a row as wanted.
  package var targetRowByteCount: Int {
    columns / target.blockElementCount * target.blockByteCount
  }
}

/// What a conversion did to its weights, each column's share multiplied by its importance.
package struct ConversionError: Sendable, Equatable {
  /// How many weights were converted.
  package var weightCount = 0
  /// The sum of (decoded - weight)^2.
  package var squaredError = 0.0
  /// The sum of weight^2.
  package var squaredWeights = 0.0

  /// Nothing converted.
  package init() {}

  /// The root of the mean squared error.
  package var rootMeanSquare: Double {
    weightCount > 0 ? (squaredError / Double(weightCount)).squareRoot() : 0
  }

  /// The squared error as a part of the squared weights; 0 for weights that are all 0.
  package var relative: Double { squaredWeights > 0 ? squaredError / squaredWeights : 0 }

  /// Adds what another part of the weights met.
  package static func += (sum: inout ConversionError, part: ConversionError) {
    sum.weightCount += part.weightCount
    sum.squaredError += part.squaredError
    sum.squaredWeights += part.squaredWeights
  }
}

extension ElementType {
  /// Whether tensors of this type can be decoded, computed with and written.
  package var computes: Bool { ck_supports(Int32(rawValue)) != 0 }
}
