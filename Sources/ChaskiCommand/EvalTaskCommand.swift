// Owns: `chaski eval TASK`, for every task of questions.

import ArgumentParser
import ChaskiEvaluation
import ChaskiGeneration
import ChaskiTerminal
import Foundation

/// Asks a model the questions of a task.
struct EvalTaskCommand<Question: EvaluationTask>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Question.name,
      abstract: "Measure: \(Question.summary).",
      discussion: """
        Computes \(Question.metrics.map(\.name).joined(separator: ", ")), with standard errors. Ctrl-C stops and \
        shows the figures so far; with --resume the next run goes on from there.

        Example:
          chaski eval \(Question.name) smollm2 --data \(Question.fileNames.first ?? "questions.jsonl") --limit 400
        """
    )
  }

  @OptionGroup var options: ModelOptions

  @Option(help: "The file of questions, unpacked (default: from the folder CHASKI_DATA).")
  var data: String?

  @Option(help: "A file with one label a line, for data that keeps labels apart.")
  var labels: String?

  @Option(parsing: .unconditional, help: "Ask only this many questions, from the first on.")
  var limit: Int?

  @Option(
    parsing: .unconditional,
    help: "How many examples come before each question (default: \(Question.defaultExampleCount))."
  )
  var fewShot = Question.defaultExampleCount

  @Option(help: "The file of examples, the first of which are taken.")
  var examples: String?

  @Option(parsing: .unconditional, help: "How many answers are written at once.")
  var sequences = EvaluationOptions().parallelAnswers

  @Option(
    name: [.customShort("n"), .long],
    parsing: .unconditional,
    help: "The most tokens of a written answer."
  )
  var maxTokens = EvaluationOptions().answerLength

  @Option(help: "A file that keeps each answer; a run that was stopped goes on from it.")
  var resume: String?

  @Flag(help: "Print the result as JSON.")
  var json = false

  func validate() throws {
    try ValidationError.check(limit, from: 1, option: "limit")
    try ValidationError.check(fewShot, from: 0, option: "few-shot")
    try ValidationError.check(sequences, from: 1, option: "sequences")
    try ValidationError.check(maxTokens, from: 1, option: "max-tokens")
    try ValidationError.check(options.context.contextLength, from: 2, option: "context")
  }

  func run() async throws {
    let evaluation = try evaluation()
    let path = try await ModelOpener(isQuiet: json).path(options.model)
    let log = try resume.map { try ResultLog(path: $0, identity: identity(path)) }
    let model = try await ModelOpener(isQuiet: json).load(
      options.model,
      on: options.processor.backend(),
      weightCache: options.weights.cache()
    )
    let reporter = EvalReporter(label: Question.name, total: evaluation.items.count, isQuiet: json)
    let monitor = InterruptMonitor(expectsWork: true)
    let start = ContinuousClock.now
    let work = Task {
      try await evaluation.run(on: model, log: log) { answered, current in
        reporter.show(answered, current)
      }
    }
    let result = try await monitor.run(cancel: { work.cancel() }) { try await work.value }
    reporter.finish()
    try show(result, seconds: (ContinuousClock.now - start) / .seconds(1))
    guard result.isComplete else {
      Console.note(stopNote(result))
      Console.end(InterruptMonitor.exitStatus)
    }
    await model.finishSaving(monitor: monitor, isQuiet: json)
  }

  /// What to do to go on.
  private func stopNote(_ result: EvaluationResult) -> String {
    let count = "Stopped after \(result.answered) of \(result.items) items"
    guard let resume else { return "\(count). With --resume FILE a stopped run can go on." }
    return "\(count). The same command goes on from \(resume)."
  }

  private func evaluation() throws -> Evaluation {
    let finder = EvalData(ProcessInfo.processInfo.environment)
    let file = try finder.file(data, Question.fileNames, for: Question.name)
    let labelPath = labels ?? finder.labels(beside: file)
    let items = try Question.items(of: TaskFile(path: file, labelPath: labelPath), limit: limit)
    var shown: [EvaluationItem] = []
    if fewShot > 0 {
      let file = try finder.file(
        examples,
        Question.exampleFileNames,
        for: "\(Question.name)'s examples",
        option: "--examples"
      )
      shown = try Question.items(
        of: TaskFile(path: file, labelPath: finder.labels(beside: file)),
        limit: fewShot
      )
      guard shown.count == fewShot else {
        throw CommandProblem.tooFewExamples(path: file, count: shown.count, wanted: fewShot)
      }
    }
    var evaluation = EvaluationOptions()
    evaluation.contextLength = options.context.contextLength
    evaluation.cacheType = try options.context.storedAs()
    evaluation.stepLength = options.chunk
    evaluation.parallelAnswers = sequences
    evaluation.answerLength = maxTokens
    return Evaluation(Question.self, items: items, examples: shown, options: evaluation)
  }

  /// What a file to go on from must be of.
  private func identity(_ path: String) -> ResultLog.Identity {
    let context = options.context.contextLength.map { "context \($0)" } ?? ""
    let length = Question.metrics == GSM8K.metrics ? "at most \(maxTokens) tokens" : ""
    return ResultLog.Identity(
      task: Question.name,
      model: "\(URL(filePath: path).lastPathComponent) of \(UserFile.byteCount(at: path)) bytes",
      examples: fewShot,
      settings: [
        context, length,
        options.context.cacheType == "f16" ? "" : "cache \(options.context.cacheType)",
      ]
      .filter { !$0.isEmpty }.joined(separator: ", ")
    )
  }

  private func show(_ result: EvaluationResult, seconds: Double) throws {
    if json {
      try Console.json(EvalReport(model: options.model, seconds: seconds, result: result))
    } else {
      Console.write(EvalReport.table(result, model: options.model, seconds: seconds))
    }
  }
}
