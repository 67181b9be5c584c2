// Owns: one sequence's part of a step, pooling hidden states and choosing tokens for all parts.
// Does not own: computing the step (BatchLoop), what is chosen (BatchJob).

import ChaskiModels
import ChaskiTensors

/// What one sequence adds to a step, and which rows of logits are its own.
struct StepPart {
  let job: BatchJob
  let tokens: [Int32]
  /// The position of the first of them.
  let position: Int
  /// Rows of the step's logits.
  let rows: Range<Int>
  /// Whether the text is complete with them.
  let isComplete: Bool
  /// The step's rows whose hidden states are pooled.
  var pooledRows: [Int] = []

  private var wantsDistributions: Bool {
    !rows.isEmpty && (job.wantsPromptLogprobs || job.request.logprobs != nil)
  }

  /// Gives all parts the hidden states that they pool, of the step's rows `hidden`.
  static func pool(_ parts: [StepPart], _ hidden: Tensor, _ model: LanguageModel) {
    let wanted = parts.flatMap(\.pooledRows)
    // A text whose first token alone is wanted still comes to its end.
    let states =
      wanted.isEmpty
      ? nil : model.architecture.states(ofRows: wanted, in: hidden, on: model.backend)
    var first = 0
    for part in parts where part.job.request.pooling != nil {
      let rows = first..<first + part.pooledRows.count
      part.job.pool(states, rows: rows, isComplete: part.isComplete)
      first = rows.upperBound
    }
  }

  /// Chooses the tokens of all parts whose texts are complete, on the worker threads of `backend`.
  ///
  /// A choice is a pass over the vocabulary, so sixteen on one thread would be felt.
  static func choose(_ parts: [StepPart], _ output: Tensor, on backend: CPUBackend) {
    let isWanted = parts.contains(where: \.wantsDistributions)
    let distributions = isWanted ? backend.distributions(of: output) : []
    let active = parts.filter { $0.isComplete || !$0.rows.isEmpty }
    // Each call has a job and rows of its own.
    backend.workers.run(active.count) { index in
      active[index].choose(output, distributions)
    }
  }

  private func choose(_ output: Tensor, _ distributions: [RowDistribution]) {
    if job.wantsPromptLogprobs {
      job.readPrompt(output, rows: rows, position: position, distributions)
    }
    guard isComplete else { return }
    guard job.choosesToken else { return job.chooseNothing() }
    let row = rows.upperBound - 1
    job.choose(output, row: row, distributions.isEmpty ? nil : distributions[row])
  }
}
