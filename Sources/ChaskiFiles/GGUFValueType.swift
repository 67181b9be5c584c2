// Owns: the types a GGUF metadata value can have.
// Does not own: the values (GGUFValue).

/// The type of a metadata value; raw values are the ids in the file.
///
/// Source: GGUF specification, `gguf_metadata_value_type`
/// (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
package enum GGUFValueType: UInt32, Sendable, CaseIterable, CustomStringConvertible {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// The type's name, as `chaski show` prints it.
  package var description: String {
    switch self {
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .uint32: "uint32"
    case .int32: "int32"
    case .float32: "float32"
    case .bool: "bool"
    case .string: "string"
    case .array: "array"
    case .uint64: "uint64"
    case .int64: "int64"
    case .float64: "float64"
    }
  }

  /// Bytes of every value of the type, or nil for strings and arrays, whose size varies.
  package var fixedByteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }

  /// The fewest bytes a value of the type takes in a file.
  package var minimumByteCount: Int {
    // A string is at least its length; an array at least its element type and count.
    fixedByteCount ?? (self == .string ? 8 : 12)
  }
}
