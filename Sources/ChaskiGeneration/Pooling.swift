// Owns: which of a text's hidden states make its vector, and what a model's file says about that.
// Does not own: adding them up (PooledStates).

package import ChaskiCheckpoints

/// How the hidden states of a text's tokens become one vector.
///
/// GGUF's `pooling_type`; source: https://github.com/ggml-org/llama.cpp, `llama_pooling_type`.
package enum Pooling: Int, Sendable {
  /// Their mean.
  case mean = 1
  /// The first token's.
  case first = 2
  /// The last token's, which has seen all of the text.
  case last = 3
}

extension Checkpoint {
  /// How the file wants texts pooled; the mean where it does not say, nil where it ranks texts instead.
  ///
  /// - Throws: `FileError` for a key of another type.
  package var pooling: Pooling? {
    get throws {
      let key = "\(architecture).pooling_type"
      // 0 leaves it to the caller, as in files of models that were made to generate; 4 is a score.
      return switch try int(key) {
      case 2: .first
      case 3: .last
      case 4: nil
      default: .mean
      }
    }
  }
}
