// Owns: the rules by which a server's models come and go.

/// When models are loaded, kept and unloaded.
package struct ModelPolicy: Sendable, Equatable {
  /// The most bytes that the weights and caches of all loaded models take together.
  package var memoryByteCount = Int.max
  /// How long a model that nobody uses stays; nil: until its memory is needed.
  package var keepAlive: Duration?
  /// How long a model answers new requests, from its loading on, although another one waits for its memory; more than zero.
  package var turnDuration = Duration.seconds(5)
  /// How long a request waits for memory until it is refused.
  package var waitDuration = Duration.seconds(120)
  /// How long a model that could not be loaded is not tried again.
  package var retryDuration = Duration.seconds(5)
  /// The most requests that wait for models.
  package var waitLimit = 1024

  /// Everything stays loaded.
  package init() {}
}
