// Owns: a metadata value as a Swift value, for showing, writing and small arrays.
// Does not own: bulk access to large arrays (GGUFMetadata+Arrays).

/// One metadata value, with everything it holds.
///
/// Arrays of this form cost a Swift enum per element; a vocabulary is read by
/// `GGUFMetadata.stringArray` instead.
package indirect enum GGUFValue: Sendable, Equatable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case float32(Float)
  case bool(Bool)
  /// The bytes of a string; usually UTF-8, which nothing enforces in vocabularies.
  case string([UInt8])
  /// An array and the type of its elements, which an empty array has too.
  case array(GGUFValueType, [GGUFValue])
  case uint64(UInt64)
  case int64(Int64)
  case float64(Double)

  /// A string value of `text`.
  package static func text(_ text: String) -> Self { .string(Array(text.utf8)) }

  /// The value's type in the file.
  package var type: GGUFValueType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .float32: .float32
    case .bool: .bool
    case .string: .string
    case .array: .array
    case .uint64: .uint64
    case .int64: .int64
    case .float64: .float64
    }
  }

  /// The value as an integer, or nil if it is not an integer that `Int` holds.
  package var integer: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(value)
    case .float32, .float64, .bool, .string, .array: nil
    }
  }

  /// The value as a float: float32 as it is, float64 rounded, an integer if it is exact; else nil.
  package var float: Float? {
    switch self {
    case .float32(let value): value
    case .float64(let value): Float(value)
    default: integer.flatMap { Float(exactly: $0) }
    }
  }
}
