import ChaskiTestSupport
import Foundation
import Testing

/// `chaski eval` as a user runs it.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct EvalTests {
  private static let model = Shared.url("data/stories260K/stories260K.gguf").path
  private static let questions = """
    {"prompt": "Once upon a time, there was a little", "choices": ["girl.", "of and."], "answer": 0}
    {"prompt": "Tom had a red ball. He threw the", "choices": ["sky sky", "ball."], "answer": 1}
    {"prompt": "She was very", "choices": ["happy.", "table.", "so so so."], "answer": 0}

    """

  private func withQuestions<Result>(
    _ text: String = Self.questions,
    _ body: (_ path: String) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let data = folder.appending(path: "questions.jsonl")
      try Data(text.utf8).write(to: data)
      return try body(data.path)
    }
  }

  @Test func `the figures come as a table, and as JSON with every digit`() throws {
    try withQuestions { path in
      let table = try Program.run(["eval", "choices", Self.model, "--data", path])
      #expect(table.status == 0 && table.error.isEmpty)
      let lines = table.output.split(separator: "\n").map(String.init)
      #expect(lines.first?.hasPrefix("choices, ") == true)
      #expect(lines.first?.contains("3 items, 0 examples, ") == true)
      let json = try Program.run(["eval", "choices", Self.model, "--data", path, "--json"])
      #expect(json.status == 0 && json.error.isEmpty)
      let figures = try json.json(EvaluationFigures.self)
      #expect(figures.task == "choices" && figures.model == Self.model)
      #expect(figures.items == 3 && figures.answered == 3 && figures.isComplete)
      #expect(figures.metrics.map(\.name) == ["acc", "acc_norm", "acc_bytes"])
      for metric in figures.metrics {
        let row = try #require(lines.first { $0.hasPrefix(metric.name + " ") })
        #expect(row.contains(String(format: "%.4f", metric.value)))
        // Three answers, each right or wrong.
        #expect([0, 1, 2, 3].map { $0 / 3.0 }.contains { abs($0 - metric.value) < 1e-12 })
      }
      let one = try Program.run(
        ["eval", "choices", Self.model, "--data", path, "--limit", "1", "--json"]
      )
      #expect(try one.json(EvaluationFigures.self).items == 1)
    }
  }

  @Test func `data is found in the folder that the environment names`() throws {
    let result = try Program.run(
      ["eval", "piqa", Self.model, "--limit", "4", "--json"],
      environment: ["CHASKI_DATA": Shared.url("data").path]
    )
    #expect(result.status == 0)
    #expect(try result.json(EvaluationFigures.self).answered == 4)
  }

  @Test func `the divergence from itself is nothing, from a file that it left almost nothing`()
    throws
  {
    struct Figures: Decodable {
      let tokens: Int
      let mean: Double
      let agreement: Double
      let perplexity: Double
    }
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let text = Shared.url("data/text/tinyshakespeare.txt").path
      let options = ["--file", text, "--context", "64", "--chunks", "3"]
      let found = try Program.run(
        ["eval", "kl", Self.model, "--against", Self.model, "--json"] + options
      )
      #expect(found.status == 0 && found.error.isEmpty)
      let figures = try found.json(Figures.self)
      #expect(figures.mean == 0 && figures.agreement == 1 && figures.tokens == 93)
      let file = folder.appending(path: "logits").path
      let saved = try Program.run(["eval", "kl", Self.model, "--save-reference", file] + options)
      #expect(saved.status == 0 && saved.isPlain)
      #expect(saved.error == "[1/3]\n[2/3]\n[3/3]\n")
      #expect(saved.output == String(format: "perplexity %.4f\n", figures.perplexity))
      let stored = try Program.run(["eval", "kl", Self.model, "--reference", file, "--json"])
      #expect(abs(try stored.json(Figures.self).mean) < 1.3e-4)
    }
  }

  @Test func `perplexity is the same under both of its names`() throws {
    let arguments = [
      "perplexity", Self.model, "--file", Shared.url("data/text/tinyshakespeare.txt").path,
      "--context", "64", "--chunks", "2",
    ]
    let (one, other) = (try Program.run(arguments), try Program.run(["eval"] + arguments))
    #expect(one.status == 0 && other.status == 0)
    #expect(one.output.hasPrefix("[1/2] ") && one.output.contains("\nperplexity "))
    // All but the seconds.
    #expect(one.output.prefix { $0 != "(" } == other.output.prefix { $0 != "(" })
  }

  @Test func `a file of answers to other questions is refused`() throws {
    try withQuestions { path in
      let arguments = [
        "eval", "choices", Self.model, "--data", path, "--resume", path + ".answers",
      ]
      #expect(try Program.run(arguments).status == 0)
      let again = try Program.run(arguments)
      #expect(again.status == 0 && again.output.contains("3 items"))
      let other = try Program.run(arguments + ["--context", "64"])
      #expect(other.status == 1)
      #expect(other.error.contains("holds results of another evaluation"))
      try Data(Self.questions.replacing("girl", with: "boy").utf8).write(to: URL(filePath: path))
      let changed = try Program.run(arguments)
      #expect(changed.status == 1)
      #expect(changed.error.contains("do not fit the data at item 0"))
      let noLog = try Program.run(arguments.dropLast() + [path])
      #expect(noLog.status == 1)
      #expect(noLog.error.contains("it does not say what was evaluated"))
    }
  }

  @Test(arguments: [
    (["hellaswag"], "give its file with --data, or set CHASKI_DATA"),
    (["choices"], "There is no data for choices: give its file with --data."),
    (["lambada", "--data", "/nowhere/file"], "/nowhere/file"),
    (["lambada", "--data", "/"], "cannot be used"),
    (["gsm8k", "--data", questionsOfSchool, "--examples", questionsOfSchool], "--few-shot"),
    (
      ["gsm8k", "--data", questionsOfSchool, "--few-shot", "0", "--resume", "/nowhere/x"], "folder"
    ),
    (["gsm8k", "--data", questionsOfSchool, "--few-shot", "0", "--resume", "/"], "regular file"),
    (["kl", "--file", #filePath, "--against", otherVocabulary], "vocabulary of"),
    (["kl", "--reference", #filePath], "no usable file of reference logits"),
    (["kl", "--file", "/nowhere/text", "--against", model], "no file at /nowhere/text"),
    (["kl", "--file", #filePath, "--save-reference", "/dev/null"], "not a regular file"),
    (["perplexity", "--file", "/dev/null"], "two windows need 1024"),
  ])
  func `what cannot be measured ends in one sentence`(
    arguments: [String],
    expected: String
  ) throws {
    let result = try Program.run(
      ["eval", arguments[0], Self.model] + arguments.dropFirst(),
      environment: ["CHASKI_DATA": ""]
    )
    #expect(result.status == 1)
    #expect(result.error.contains(expected))
    #expect(result.error.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
  }

  @Test(arguments: [
    ("{}", "questions.jsonl, line 1"), ("not JSON", "questions.jsonl, line 1"), ("", "empty"),
    (questions + #"{"prompt": "p", "choices": ["a"], "answer": 0}"#, "questions.jsonl, line 4"),
  ])
  func `a question that is none is named by its line`(text: String, expected: String) throws {
    try withQuestions(text) { path in
      let result = try Program.run(["eval", "choices", Self.model, "--data", path])
      #expect(result.status == 1)
      #expect(result.error.contains(expected))
      #expect(result.error.split(separator: "\n").count == 1)
      #expect(result.output.isEmpty)
    }
  }

  @Test(arguments: [
    (["hellaswag", "--limit", "0"], "--limit 0"),
    (["choices", "--few-shot", "-1"], "--few-shot -1"),
    (["gsm8k", "-n", "0"], "--max-tokens 0"), (["piqa", "--sequences", "0"], "--sequences 0"),
    (["lambada", "--context", "1"], "--context 1"), (["kl"], "--against"),
    (["kl", "--against", "x"], "--file"), (["kl", "--reference", "x", "--file", "y"], "--file"),
    (["kl", "--reference", "x", "--context", "64"], "leave --context out"),
    (["kl", "--against", "x", "--file", "y", "--chunks", "0"], "--chunks 0"),
  ])
  func `options that make no sense are refused`(arguments: [String], expected: String) throws {
    let result = try Program.run(["eval", arguments[0], Self.model] + arguments.dropFirst())
    #expect(result.status == 64)
    #expect(result.error.contains(expected))
    #expect(result.error.contains("Usage: chaski eval \(arguments[0])"))
  }

  private static let questionsOfSchool = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "ChaskiEvaluationTests/Fixtures/gsm8k.jsonl").path
  private static let otherVocabulary =
    Shared.url("fixtures/e2e/llama3-bpe/llama3-bpe-f16.gguf").path
}
