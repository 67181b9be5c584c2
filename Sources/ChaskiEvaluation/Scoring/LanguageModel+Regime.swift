// Owns: which texts of a model have the same rotary angles. Does not own: the angles (RotaryEmbedding).

import ChaskiGeneration
import ChaskiLayers
import ChaskiModels

extension LanguageModel {
  /// Which rotary frequencies a text of `length` tokens has that is read at once: only texts of equal regimes
  /// have a common beginning in the cache.
  func regime(textLength length: Int) -> Int {
    architecture.rotary?.regime(contextLength: length) ?? 0
  }
}
