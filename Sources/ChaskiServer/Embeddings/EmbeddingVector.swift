// Owns: a text's vector as replies tell it.

package import ChaskiChat
import Foundation

/// A vector of length 1.
package struct EmbeddingVector: Sendable, Equatable {
  /// Its numbers.
  package let values: [Float]

  /// The first `dimensions` numbers of `pooled`, or all, scaled to length 1.
  package init(_ pooled: [Float], dimensions: Int? = nil) {
    let part = pooled.prefix(dimensions ?? pooled.count)
    let norm = part.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    values = part.map { norm > 0 ? Float(Double($0) / norm) : 0 }
  }

  /// A list of numbers.
  package var numbers: JSONValue { Self.numbers(values) }

  /// The same numbers as float32, little-endian, in base64.
  package var base64: JSONValue {
    var bytes = Data(capacity: values.count * 4)
    for value in values {
      let bits = value.bitPattern
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
      }
    }
    return .string(bytes.base64EncodedString())
  }

  /// `values` as a list of numbers.
  static func numbers(_ values: [Float]) -> JSONValue { .array(values.map { .double(Double($0)) }) }
}
