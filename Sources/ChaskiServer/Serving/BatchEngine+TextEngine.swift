// Owns: the batching engine as routes see it.

package import ChaskiGeneration

extension BatchEngine: TextEngine {
  package func answer(_ request: GenerationRequest, for party: Party) -> any TextAnswer {
    generate(request, for: party)
  }
}

extension BatchAnswer: TextAnswer {}
