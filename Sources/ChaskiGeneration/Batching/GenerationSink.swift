// Owns: where the engine puts what happens to a request.

/// Takes what happens to one request: events up to `GenerationEvent.finished`, or a failure, after which
/// nothing comes.
///
/// Called in order, from threads of the engine and never from two at once; it must return at once. Failures are
/// `GenerationError`, `SamplingError`, `ModelError`, `CacheError`, `TensorError`.
package typealias GenerationSink = @Sendable (Result<[GenerationEvent], any Error>) -> Void
