// Owns: the bounds on a request before it is understood.

/// What a request may cost before it is understood.
package struct ServerLimits: Sendable, Equatable {
  /// The most bytes of a body.
  package var bodyByteCount = 8 << 20
  /// How deep a body's JSON may nest.
  package var nestingDepth = 64
  /// How long a connection may take for a request's head, or stay idle between requests.
  package var headDuration = Duration.seconds(60)
  /// How long a body may take to arrive.
  package var bodyDuration = Duration.seconds(60)
  /// The most connections at once.
  package var connectionCount = 1024
  /// The most answers that one request may ask for.
  package var choiceCount = 16
  /// The most prompts of one request.
  package var promptCount = 256
  /// The most texts that one request may want vectors of; OpenAI's own limit.
  package var embeddingCount = 2048
  /// How many of them are worked on at once.
  package var concurrentEmbeddingCount = 16
  /// The most stop texts of one request.
  package var stopCount = 64
  /// The most likeliest tokens told for one token.
  package var topLogprobCount = 20

  /// The usual bounds.
  package init() {}
}
