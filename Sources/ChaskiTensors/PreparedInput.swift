// Owns: a linear input laid out for all the types of weights that it meets.
// Does not own: the layouts (QuantizedColumns, FloatColumns), the products (PanelProduct).

import ChaskiKernels

/// A step's activations as int8, as float32, or rounded to bfloat16: as the matrices that read them want. [T, D]
struct PreparedInput {
  /// D.
  let columns: Int
  private let quantized: QuantizedColumns?
  private let plain: FloatColumns?
  private let rounded: FloatColumns?

  /// `input` for the matrices of `projection`.
  init(_ input: LinearInput, for projection: Projection, on backend: CPUBackend) {
    precondition(
      projection.depth == input.columns,
      "a matrix of depth \(projection.depth) meets activations of width \(input.columns)"
    )
    self.init(
      input,
      quantizedTypes: projection.quantizedTypes,
      floatTypes: projection.floatTypes,
      on: backend
    )
  }

  /// `input` for matrices of these types.
  init(
    _ input: LinearInput,
    quantizedTypes: TypeSet,
    floatTypes: TypeSet,
    on backend: CPUBackend
  ) {
    columns = input.columns
    let floats = floatTypes.isEmpty ? nil : backend.floats(of: input)
    let roundsSome = backend.roundsToBFloat16 && floatTypes.contains(.bf16)
    let needsPlain = floatTypes.count > (roundsSome ? 1 : 0)
    plain = needsPlain ? floats.map { FloatColumns($0, rounded: false, on: backend) } : nil
    rounded = roundsSome ? floats.map { FloatColumns($0, rounded: true, on: backend) } : nil
    quantized =
      quantizedTypes.isEmpty
      ? nil
      : QuantizedColumns(
        floats.map(LinearInput.tensor) ?? input,
        for: quantizedTypes,
        on: backend
      )
  }

  /// What weights of `type` meet; nil if they are quantised.
  func floatColumns(for type: ElementType) -> ck_float_columns? {
    guard type.isFloat else { return nil }
    return unsafe (type == .bf16 ? rounded ?? plain : plain)?.columns
  }

  /// What weights of `type` meet; nil if they are floats.
  func quantizedColumns(for type: ElementType, on backend: CPUBackend) -> ck_q8_columns? {
    guard !type.isFloat else { return nil }
    return unsafe quantized?.columns(for: type, on: backend)
  }
}

extension ElementType {
  /// Whether weights of this type meet float activations, not int8 ones.
  var isFloat: Bool { self == .f32 || self == .f16 || self == .bf16 }
}
