// Owns: how an engine uses its machine.

package import ChaskiTensors

/// How much context an engine holds and how it works through it.
package struct EngineOptions: Sendable, Equatable {
  /// The most tokens of prompt and answer together; the model's own limit if nil.
  package var contextLength: Int?
  /// How keys and values are stored.
  package var cacheType = CacheType.f16
  /// Tokens of a prompt that one step takes: more is a little faster and takes more memory.
  ///
  /// A multiple of 12 and of 8 leaves the kernels no narrow rest.
  package var prefillChunkLength = 264

  /// The model's context, a 16-bit cache.
  package init() {}
}
