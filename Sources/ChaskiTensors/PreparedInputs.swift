// Owns: which parts of a product share an input. Does not own: one input (PreparedInput).

/// The inputs of many parts, each prepared once for all neighbouring parts that read it.
struct PreparedInputs {
  private var inputs: [PreparedInput] = []
  /// Which of them each part reads; nil for one without rows.
  private var places: [Int?] = []

  /// The inputs of `parts`.
  init(_ parts: [CPUBackend.LinearPart], on backend: CPUBackend) {
    var first = 0
    while first < parts.count {
      var types = (quantized: TypeSet(), floats: TypeSet())
      let input = parts[first].input
      let rows = unsafe LinearRows(input, kernels: backend.kernels)
      var last = first
      while last < parts.count,
        unsafe LinearRows(parts[last].input, kernels: backend.kernels).equals(rows)
      {
        precondition(
          parts[last].projection.depth == input.columns,
          "a matrix of depth \(parts[last].projection.depth) meets activations of width \(input.columns)"
        )
        types.quantized.formUnion(parts[last].projection.quantizedTypes)
        types.floats.formUnion(parts[last].projection.floatTypes)
        places.append(input.rows > 0 ? inputs.count : nil)
        last += 1
      }
      if input.rows > 0 {
        inputs.append(
          PreparedInput(
            input,
            quantizedTypes: types.quantized,
            floatTypes: types.floats,
            on: backend
          )
        )
      }
      first = last
    }
  }

  /// What part `index` reads, which has rows.
  func input(ofPart index: Int) -> PreparedInput {
    guard let place = places[index] else { preconditionFailure("part \(index) has no rows") }
    return inputs[place]
  }
}
