// Owns: one evaluation at work: which items are under way, and their results.

import ChaskiGeneration
import ChaskiLayers
import ChaskiModels
import ChaskiTensors
import ChaskiTokenizers

/// A task at work on one model.
struct EvaluationRun {
  private let evaluation: Evaluation
  private let options: EvaluationOptions
  private let model: LanguageModel
  private let tokenizer: Tokenizer
  private let encoder: ContinuationEncoder
  private let contextLength: Int
  private let header: String

  init(_ evaluation: Evaluation, _ options: EvaluationOptions, _ model: LanguageModel) throws {
    self.evaluation = evaluation
    self.options = options
    self.model = model
    tokenizer = try model.requireTokenizer()
    encoder = ContinuationEncoder(tokenizer)
    contextLength = options.contextLength ?? model.architecture.contextLength
    header = evaluation.examples.map { $0.solved + EvaluationItem.exampleDelimiter }.joined()
  }

  /// Answers every item that is not in `known`, as far as the task is not cancelled.
  func answers(
    known: [Int: ItemResult],
    log: ResultLog?,
    report: (_ answered: Int, _ current: () -> EvaluationResult) -> Void
  ) throws -> EvaluationResult {
    let results = Results(known)
    let finish: (ItemResult) throws -> Void = { result in
      try log?.append(result)
      results.add(result)
    }
    var queue = StepQueue(model, rowLimit: options.stepLength)
    guard let root = try sharedBeginning() else { return evaluation.result(results.all) }
    var waiting = evaluation.items.indices.filter { known[$0] == nil }[...]
    while !Task.isCancelled {
      // An item more as long as the next step has room; more than that would only take memory.
      while let index = waiting.first, queue.waitingCount < options.stepLength,
        results.openCount < openLimit
      {
        waiting = waiting.dropFirst()
        results.openCount += 1
        queue.append(try lines(of: index, from: root, whenDone: finish))
      }
      guard results.openCount > 0 else { break }
      let before = results.all.count
      try queue.step()
      model.weightSaving?.begin()
      if results.all.count > before {
        report(results.all.count) { evaluation.result(results.all) }
      }
    }
    return evaluation.result(results.all)
  }

  /// How many items may be under way at once.
  ///
  /// Items whose beginnings are read wait for their endings; a step never needs as many as 64.
  private var openLimit: Int { evaluation.writes ? options.parallelAnswers : 64 }

  /// The examples, read once; nil when cancelled.
  private func sharedBeginning() throws -> SharedBeginning? {
    let pool = CachePagePool(
      layout: try CacheLayout(
        layers: model.architecture.cacheLayers,
        type: options.cacheType
      ),
      // What is under way is limited by how items are begun, not by the pool.
      pageLimit: 1 << 24
    )
    let sequence = KVSequence(in: pool)
    let nothing = SharedBeginning(sequence, tokens: [], regime: 0)
    guard !header.isEmpty, let first = evaluation.items.first else { return nothing }
    // The last tokens of the examples may be others with a question behind them.
    let own = encoder.encode(header)
    let shared = Array(
      own.prefix(commonPrefixCount(own, encoder.encode(header + first.prompt))).dropLast(2)
    )
    guard !shared.isEmpty, shared.count < contextLength else { return nothing }
    // Where rotary angles depend on a text's length, only items like the first one begin with this.
    let readCount =
      evaluation.writes
      ? encoder.encode(header + first.prompt).count
      : encoder.encode(header + first.solved).count - 1
    let length = min(readCount, contextLength)
    var queue = StepQueue(model, rowLimit: options.stepLength)
    queue.append([
      Line(sequence: sequence, tokens: shared, textLength: length, questions: []) { _ in [] }
    ])
    while queue.waitingCount > 0 {
      if Task.isCancelled { return nil }
      try queue.step()
    }
    return SharedBeginning(sequence, tokens: shared, regime: model.regime(textLength: length))
  }

  private func lines(
    of index: Int,
    from root: SharedBeginning,
    whenDone: @escaping (ItemResult) throws -> Void
  ) throws -> [Line] {
    let item = evaluation.items[index]
    if case .solution = item.answer { return writerLines(item, index, root, whenDone) }
    var isShortened = false
    let endings = item.continuations.map { EvaluationItem.delimiter + $0 }
    var continuations: [Continuation] = []
    for var continuation in try encoder.continuations(of: header + item.prompt, endings) {
      guard let shortened = continuation.shorten(to: contextLength) else {
        throw EvaluationError.continuationTooLong(item: index, contextLength: contextLength)
      }
      isShortened = isShortened || shortened
      continuations.append(continuation)
    }
    let group = ChoiceGroup(continuations, model: model) { scores in
      try whenDone(ItemResult(item, index: index, scores: scores, isShortened: isShortened))
    }
    return try group.lines(from: root)
  }

  private func writerLines(
    _ item: EvaluationItem,
    _ index: Int,
    _ root: SharedBeginning,
    _ whenDone: @escaping (ItemResult) throws -> Void
  ) -> [Line] {
    let prompt = encoder.encode(header + item.prompt)
    // Room is kept for the answer; of the answer the last token is never read.
    let kept = Array(prompt.suffix(contextLength - options.answerLength + 1))
    let writer = GreedyWriter(
      tokenizer,
      model: model,
      stopTexts: GSM8K.stopTexts,
      tokenLimit: options.answerLength
    ) { text in
      let isShortened = kept.count < prompt.count
      try whenDone(ItemResult(item, index: index, text: text, isShortened: isShortened))
    }
    return writer.lines(kept, from: root)
  }

  /// The results so far, and how many items are under way.
  private final class Results {
    private(set) var all: [Int: ItemResult]
    var openCount = 0

    init(_ known: [Int: ItemResult]) { all = known }

    func add(_ result: ItemResult) {
      all[result.item] = result
      openCount -= 1
    }
  }
}
