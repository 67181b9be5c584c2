// Owns: what is to be done with each tensor, before anything is done.
// Does not own: who decides it (TypePlanner, SizePlanner), doing it (Quantizer).

package import ChaskiCheckpoints
package import ChaskiTensors

/// A tensor of a model that may get another type.
package struct TensorDescription: Sendable, Equatable {
  /// The tensor's name in GGUF.
  package var name: String
  /// Its type as it is.
  package var type: ElementType
  /// Its dimensions, fastest first.
  package var dimensions: [Int]

  package init(name: String, type: ElementType, dimensions: [Int]) {
    self.name = name
    self.type = type
    self.dimensions = dimensions
  }

  /// What a checkpoint says of one of its tensors.
  package init(_ tensor: CheckpointTensor) {
    self.init(name: tensor.name, type: tensor.type, dimensions: tensor.dimensions)
  }

  /// The length of a row.
  package var columns: Int { dimensions.first ?? 1 }
  /// Rows of all matrices in it.
  package var rows: Int { dimensions.dropFirst().reduce(1, *) }
  /// Rows of one matrix.
  package var rowsPerMatrix: Int { dimensions.count > 1 ? dimensions[1] : 1 }
  /// Weights in it.
  package var elementCount: Int { columns * rows }

  /// The bytes it takes as `type`, whose blocks divide its rows.
  package func byteCount(as type: ElementType) -> Int {
    columns / type.blockElementCount * type.blockByteCount * rows
  }
}

/// What becomes of one tensor.
package struct TensorPlan: Sendable, Equatable {
  /// The tensor as it is.
  package var tensor: TensorDescription
  /// The type it gets.
  package var type: ElementType
  /// The type it would have got if that type's blocks divided its rows; nil if they do.
  package var wanted: ElementType?

  package init(tensor: TensorDescription, type: ElementType, wanted: ElementType? = nil) {
    self.tensor = tensor
    self.type = type
    self.wanted = wanted
  }

  /// Whether its bytes change.
  package var isConverted: Bool { type != tensor.type }
  /// The bytes it takes when done.
  package var byteCount: Int { tensor.byteCount(as: type) }
}

extension ElementType {
  /// What rows of `columns` weights get in place of this type, as llama.cpp has it: this type if its blocks
  /// divide the row, else one of blocks of 32 that is as good, else F16.
  package func fallback(columns: Int) -> ElementType {
    guard !columns.isMultiple(of: blockElementCount) else { return self }
    let smaller: [ElementType: ElementType] = [
      .iq4_XS: .iq4_NL, .q2_K: .q4_0, .q3_K: .q4_0, .tq1_0: .q4_0, .tq2_0: .q4_0, .q4_K: .q5_0,
      .q5_K: .q5_1, .q6_K: .q8_0,
    ]
    let type = smaller[self] ?? self
    return columns.isMultiple(of: type.blockElementCount) ? type : .f16
  }

  /// The type called `name`, whatever its case, or nil.
  package init?(name: String) {
    let name = name.uppercased()
    guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = type
  }
}
