// Owns: from the models that a user named to models that a server can load.

import ArgumentParser
import ChaskiGeneration
import ChaskiServer

/// Finds the models of a server.
struct ModelOffers {
  let loading: OfferedModel.Loading
  /// Whether the user said how much memory there is, so that a model which needs more is a mistake.
  let isMemoryGiven: Bool

  /// The models, brought if they are not there, and described by their headers.
  ///
  /// - Throws: What finding a model throws; `ValidationError` for one that the memory does not hold.
  func offers(_ names: ServedNames) async throws -> [OfferedModel] {
    let opener = try ModelOpener()
    var offers: [OfferedModel] = []
    for entry in names.entries {
      let path = try await opener.path(entry.model)
      let offer = try OfferedModel(
        id: entry.id,
        path: path,
        advice: opener.samplingAdvice(entry.model),
        loading
      )
      guard !isMemoryGiven || offer.byteCount <= loading.memoryByteCount else {
        let (needed, given) = (offer.byteCount / 1_000_000, loading.memoryByteCount / 1_000_000)
        throw ValidationError("\(entry.model) needs \(needed) MB, and --memory gives \(given) MB.")
      }
      offers.append(offer)
    }
    return offers
  }
}
