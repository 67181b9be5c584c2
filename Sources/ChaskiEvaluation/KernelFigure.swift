// Owns: what a kernel microbenchmark finds.

/// How fast one operation is for many tokens, where the processor's units bound it, and for one token, where
/// reading memory does.
package struct KernelFigure: Sendable, Equatable, Codable {
  /// One of the two, with its limit from just before and after.
  package struct Rate: Sendable, Equatable, Codable {
    /// Seconds of each repetition, in order.
    package let seconds: [Double]
    /// Operations (or bytes) a second in the middle repetition.
    package let perSecond: Double
    /// The same at the peak of the unit (or of memory).
    package let limit: Double
    /// `perSecond` as a share of `limit`.
    package var share: Double { perSecond / limit }
  }

  /// The weights' type, or attention's cache.
  package let name: String
  /// Threads that share the operation.
  package let threads: Int
  /// Multiply and add operations a second for 512 tokens.
  package let manyTokens: Rate
  /// Bytes read a second for one token.
  package let oneToken: Rate
}
