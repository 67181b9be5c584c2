// Owns: showing perplexity window by window.

import ChaskiEvaluation
import Foundation

/// Prints the running perplexity after each window.
struct ChunkReporter: Sendable {
  private struct Line: Encodable {
    let chunk: Int
    let chunks: Int
    let perplexity: Double
  }

  let json: Bool

  /// Shows the perplexity up to window `chunk`.
  func show(_ chunk: Int, of count: Int, _ soFar: Perplexity) {
    if json {
      try? Console.json(Line(chunk: chunk + 1, chunks: count, perplexity: soFar.value))
    } else {
      let end = (chunk + 1) % 8 == 0 || chunk + 1 == count ? "\n" : "  "
      Console.write(String(format: "[%d/%d] %.4f", chunk + 1, count, soFar.value) + end)
    }
  }

}
