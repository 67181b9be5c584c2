// Owns: the element types of safetensors files.
// Does not own: their values (SafetensorsFile).

/// The type of a safetensors tensor's elements; raw values are the names in the file.
///
/// Source: safetensors format and its reference implementation's list of types
/// (https://github.com/huggingface/safetensors).
package enum SafetensorsType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case f4 = "F4"
  case f6_E2M3 = "F6_E2M3"
  case f6_E3M2 = "F6_E3M2"
  case u8 = "U8"
  case i8 = "I8"
  case f8_E5M2 = "F8_E5M2"
  case f8_E4M3 = "F8_E4M3"
  case f8_E8M0 = "F8_E8M0"
  case f8_E4M3FNUZ = "F8_E4M3FNUZ"
  case f8_E5M2FNUZ = "F8_E5M2FNUZ"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case c64 = "C64"
  case f64 = "F64"
  case i64 = "I64"
  case u64 = "U64"

  /// Bits of one element; a tensor takes a whole number of bytes.
  package var bitCount: Int {
    switch self {
    case .f4: 4
    case .f6_E2M3, .f6_E3M2: 6
    case .bool, .u8, .i8, .f8_E5M2, .f8_E4M3, .f8_E8M0, .f8_E4M3FNUZ, .f8_E5M2FNUZ: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .c64, .f64, .i64, .u64: 64
    }
  }

  /// Bytes of a tensor of `shape`, or nil if they do not fit `Int` or are not whole.
  func byteCount(shape: [Int]) -> Int? {
    guard let bits = checkedProduct([bitCount] + shape), bits.isMultiple(of: 8) else { return nil }
    return bits / 8
  }
}
