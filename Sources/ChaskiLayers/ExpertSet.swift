// Owns: computing the experts that are visited, and no others, in few loops over all of them.
// Does not own: who visits whom (Router) and what a visit counts (the mixtures).

import ChaskiTensors

/// The experts of one layer: X that a router chooses from, and one that every token visits.
struct ExpertSet {
  let experts: [GatedExpert]
  let shared: GatedExpert?

  /// A visit of some rows to one expert.
  private struct Job {
    let expert: GatedExpert
    let input: Tensor
    let visits: ExpertVisits?
  }

  /// A long prompt visits its experts a few at a time, so that what they read and write stays small.
  private static let rowsAtOnce = 1024

  /// Adds the outputs for `h` to `sum`: the shared expert's, then the others' by ascending index. [T, D]
  ///
  /// That order is a token's own, whatever rows stand beside it. `prepare` says what an expert reads for
  /// its visits, [rows, D], and what its output counts for each of them.
  func add(
    _ h: Tensor,
    _ visits: [ExpertVisits],
    to sum: Tensor,
    on backend: CPUBackend,
    prepare: (ExpertVisits) -> (input: Tensor, weights: [Float])
  ) {
    var jobs: [Job] = []
    var outputWeights: [[Float]] = []
    var rowCount = 0
    if let shared {
      jobs.append(Job(expert: shared, input: h, visits: nil))
      outputWeights.append([])
      rowCount = h.rows
    }
    for visit in visits {
      let (input, weights) = prepare(visit)
      jobs.append(Job(expert: experts[visit.expert], input: input, visits: visit))
      outputWeights.append(weights)
      rowCount += input.rows
      guard rowCount >= Self.rowsAtOnce else { continue }
      run(jobs, outputWeights, to: sum, on: backend)
      (jobs, outputWeights, rowCount) = ([], [], 0)
    }
    run(jobs, outputWeights, to: sum, on: backend)
  }

  private func run(
    _ jobs: [Job],
    _ weights: [[Float]],
    to sum: Tensor,
    on backend: CPUBackend
  ) {
    let inner = backend.linear(
      jobs.map { (input: .tensor($0.input), projection: $0.expert.gateAndUp) }
    )  // [rows, F] twice, for each job
    let outputs = backend.linear(
      zip(jobs, inner).map { job, inner in
        (
          input: .siluMultiply(gate: inner[0], up: inner[1]),
          projection: job.expert.down
        )
      }
    )  // [rows, D] for each job
    for ((job, weights), output) in zip(zip(jobs, weights), outputs) {
      if let visits = job.visits {
        backend.addRows(output[0], scaledBy: weights, to: sum, at: visits.rows)
      } else {
        backend.add(output[0], to: sum)
      }
    }
  }
}
