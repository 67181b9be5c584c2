// Owns: how an engine uses its machine.

package import ChaskiTensors

/// How much context an engine holds and how it works through it.
package struct EngineOptions: Sendable, Equatable {
  /// The most tokens of prompt and answer together; the model's own limit if nil.
  package var contextLength: Int?
  /// How keys and values are stored.
  package var cacheType = CacheType.f16
  /// Tokens of a prompt that one step takes.
  ///
  /// A multiple of 12 and of 8 leaves the kernels no narrow rest. Steps of 192 or 264 take up to
  /// 8 MB more for a model of 135M, which gains nothing; one of 1.1B gains 3 % (Zen 5, November 2026).
  package var prefillChunkLength = 96

  /// The model's context, a 16-bit cache.
  package init() {}
}
