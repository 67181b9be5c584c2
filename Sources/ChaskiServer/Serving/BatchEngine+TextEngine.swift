// Owns: the batching engine as routes see it.

package import ChaskiGeneration

extension BatchEngine: TextEngine {
  package func answer(
    _ request: GenerationRequest,
    for party: Party,
    deliver: @escaping GenerationSink
  ) -> any TextTicket {
    generate(request, for: party, deliver: deliver)
  }

  package func snapshot() -> BatchSnapshot? {
    let figures: BatchSnapshot = snapshot()
    return figures
  }
}

extension BatchTicket: TextTicket {}
