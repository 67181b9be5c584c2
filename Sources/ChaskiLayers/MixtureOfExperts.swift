// Owns: the mixture of experts whose outputs are weighted. Does not own: choosing them (Router).

package import ChaskiTensors

/// sum over a token's experts e of weight(e) * e(x), plus the shared expert's output. [T, D]
///
/// Only the chosen experts are computed, each once for all of a step's tokens that chose it, and only
/// their weights are read. Source: Shazeer et al. 2017, https://arxiv.org/abs/1701.06538; shared experts
/// since Dai et al. 2024, https://arxiv.org/abs/2401.06066.
package struct MixtureOfExperts: FeedForward {
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
      (backend.gather(h, rows: visit.rows), visit.weights)
    }
  }
}
