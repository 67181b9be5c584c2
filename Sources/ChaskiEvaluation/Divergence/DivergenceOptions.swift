// Owns: on what and how two models are compared.

package import ChaskiTensors

/// How a text is read when two models are compared on it.
package struct DivergenceOptions: Sendable, Equatable {
  /// Tokens of a window; its second half is scored.
  package var windowLength = 512
  /// How many windows are read; all of the text's if nil.
  package var windowLimit: Int?
  /// How keys and values are stored.
  package var cacheType = CacheType.f16
  /// Tokens that one step takes.
  package var stepLength = 96

  /// Windows of 512 tokens, as llama.cpp's figures have them, and a 16-bit cache.
  package init() {}

  /// - Throws: `EvaluationError.invalidOption`.
  func check() throws(EvaluationError) {
    guard (1...65_536).contains(stepLength) else {
      throw .invalidOption(name: "chunk", value: "\(stepLength)", allowed: "from 1 to 65536")
    }
    guard (4...1 << 20).contains(windowLength) else {
      throw .invalidOption(
        name: "context",
        value: "\(windowLength)",
        allowed: "from 4 to \(1 << 20)"
      )
    }
  }
}
