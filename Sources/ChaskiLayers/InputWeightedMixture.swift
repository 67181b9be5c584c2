// Owns: the mixture of experts whose inputs are weighted, Llama 4's.
// Does not own: choosing them (Router).

package import ChaskiTensors

/// sum over a token's experts e of e(weight(e) * x), plus the shared expert's output. [T, D]
///
/// As `MixtureOfExperts`, but an expert is not linear, so it matters on which side the weight stands.
/// Source: Meta 2025, https://github.com/meta-llama/llama-models, models/llama4/moe.py.
package struct InputWeightedMixture: FeedForward {
  let logits: Linear  // [X, D]
  let router: any Router
  let experts: ExpertSet

  /// A mixture of `experts`, chosen by `router` from the outputs of `logits`, and of `shared`, if any.
  package init(
    logits: Linear,
    router: any Router,
    experts: [GatedExpert],
    shared: GatedExpert? = nil
  ) {
    self.logits = logits
    self.router = router
    self.experts = ExpertSet(experts: experts, shared: shared)
  }

  package func callAsFunction(_ x: LinearInput, addingTo sum: Tensor, on backend: CPUBackend) {
    let h = backend.floats(of: x)  // [T, D]
    let visits = ExpertVisits.grouped(logits(.tensor(h), on: backend), by: router)
    experts.add(h, visits, to: sum, on: backend) { visit in
      let input = backend.gather(h, rows: visit.rows)  // [rows, D]
      backend.scaleRows(input, by: visit.weights)
      return (input, Array(repeating: 1, count: visit.rows.count))
    }
  }
}
