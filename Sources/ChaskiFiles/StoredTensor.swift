// Owns: the description of one tensor of a checkpoint, whichever file format it lies in.
// Does not own: its elements' conversion (StoredTensor+Elements), the formats (SafetensorsFile).

package import ChaskiTensors

/// Where a tensor of a Hugging Face checkpoint lies and how its bytes are to be read.
package struct StoredTensor: Sendable {
  /// The tensor's name, unique in its checkpoint.
  package let name: String
  /// The type of its elements.
  package let type: SafetensorsType
  /// Elements along each axis, slowest first; rows lie one after another without gaps.
  package let shape: [Int]
  /// The mapped file that holds it.
  package let file: MappedFile
  /// The bytes it takes in `file`; aligned to nothing.
  package let byteRange: Range<Int>

  /// A tensor whose bytes have been checked to lie in `file` and to be as many as its shape needs.
  init(
    name: String,
    type: SafetensorsType,
    shape: [Int],
    file: MappedFile,
    byteRange: Range<Int>
  ) {
    self.name = name
    self.type = type
    self.shape = shape
    self.file = file
    self.byteRange = byteRange
  }

  /// Elements in all.
  package var elementCount: Int { byteRange.count * 8 / type.bitCount }

  /// The type that a GGUF file would give these elements, or nil if they are no weights.
  ///
  /// Eight-bit floats become bfloat16, which holds each of them exactly, and float64 is rounded to float32.
  package var elementType: ElementType? {
    switch type {
    case .f32, .f64: .f32
    case .f16: .f16
    case .bf16, .f8_E4M3, .f8_E5M2, .f8_E4M3FNUZ, .f8_E5M2FNUZ: .bf16
    default: nil
    }
  }

  /// Whether the elements are eight-bit floats, which may come with scales.
  package var isEightBitFloat: Bool {
    switch type {
    case .f8_E4M3, .f8_E5M2, .f8_E4M3FNUZ, .f8_E5M2FNUZ: true
    default: false
    }
  }
}

extension SafetensorsFile {
  /// All tensors of this file, each with the mapping that holds it.
  package var storedTensors: [StoredTensor] {
    tensors.map {
      StoredTensor(
        name: $0.name,
        type: $0.type,
        shape: $0.shape,
        file: file,
        byteRange: $0.byteRange
      )
    }
  }
}
