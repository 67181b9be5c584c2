import ChaskiTestSupport
import Foundation
import Testing

/// Ctrl-C while a command works.
struct InterruptTests {
  @Test(arguments: [
    ["convert", "out.gguf", "--type", "q8_0"], ["convert", "out", "--type", "f16"],
    ["quantize", "out.gguf", "Q4_K_M", "--no-receipt"],
  ])
  func `a file or folder that was not finished leaves nothing behind`(arguments: [String]) throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let model = folder.appending(path: "model.gguf")
      try LargeModel.write(to: model)
      let target = folder.appending(path: arguments[1])
      let result = try Program.run(
        [arguments[0], model.path, target.path] + arguments.dropFirst(2),
        interruptIf: { _ in
          TemporaryFolder.files(below: folder).contains { $0.hasSuffix(".partial") }
        }
      )
      #expect(result.status == 130)
      #expect(result.error.contains("Stopped: \(target.path) was not written."))
      #expect(result.output.isEmpty)
      #expect(result.isPlain)
      #expect(TemporaryFolder.files(below: folder) == ["model.gguf"])
    }
  }

  @Test(arguments: [
    ["convert", "--type", "q8_0", "--force"], ["quantize", "Q4_K_M", "--no-receipt"],
  ])
  func `a file that was there stays as it was`(arguments: [String]) throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let model = folder.appending(path: "model.gguf")
      try LargeModel.write(to: model)
      let target = folder.appending(path: "out.gguf")
      try Data("before".utf8).write(to: target)
      let result = try Program.run(
        [arguments[0], model.path, target.path] + arguments.dropFirst(),
        interruptIf: { _ in
          TemporaryFolder.files(below: folder).contains { $0.hasSuffix(".partial") }
        }
      )
      #expect(result.status == 130)
      #expect(TemporaryFolder.files(below: folder) == ["model.gguf", "out.gguf"])
      #expect(try String(contentsOf: target, encoding: .utf8) == "before")
    }
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `an importance matrix that was not finished is not written`() throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let target = folder.appending(path: "importance.gguf")
      let result = try Program.run(
        [
          "imatrix", Shared.url("data/stories260K/stories260K.gguf").path,
          Shared.url("data/text/tinyshakespeare.txt").path, "-o", target.path, "--context", "64",
        ],
        interruptIf: { $0.contains("piece 16 of ") }
      )
      #expect(result.status == 130)
      #expect(result.error.contains("Stopped: \(target.path) was not written."))
      #expect(result.isPlain)
      #expect(TemporaryFolder.files(below: folder).isEmpty)
    }
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `an evaluation goes on to the figures of one that was not stopped`() throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let data = folder.appending(path: "questions.jsonl")
      try Data(Self.questions(300).utf8).write(to: data)
      let log = folder.appending(path: "answers.jsonl")
      let arguments = [
        "eval", "choices", Shared.url("data/stories260K/stories260K.gguf").path, "--data",
        data.path, "--chunk", "16",
      ]
      let resumable = arguments + ["--resume", log.path]
      let stopped = try Program.run(resumable) { _ in Self.answerCount(log) >= 2 }
      let count = Self.answerCount(log)
      #expect(stopped.status == 130)
      #expect(count >= 2 && count < 300)
      #expect(stopped.output.contains("\(count) of 300 items"))
      #expect(stopped.output.contains("acc_norm"))
      #expect(
        stopped.error.contains(
          "Stopped after \(count) of 300 items. The same command goes on from \(log.path)."
        )
      )
      #expect(stopped.isPlain)
      let resumed = try Program.run(resumable + ["--json"])
      let whole = try Program.run(arguments + ["--json"])
      #expect(resumed.status == 0 && whole.status == 0)
      #expect(try resumed.json(EvaluationFigures.self) == whole.json(EvaluationFigures.self))
      #expect(Self.answerCount(log) == 300)
    }
  }

  private static func answerCount(_ log: URL) -> Int {
    let text = (try? Data(contentsOf: log)) ?? Data()
    // The first line says what is evaluated.
    return max(text.count { $0 == UInt8(ascii: "\n") } - 1, 0)
  }

  private static func questions(_ count: Int) -> String {
    (0..<count).map { number in
      #"{"prompt": "Day \#(number). Once upon a time there was a little girl who had \#(number) red "#
        + #"balls. One day she went to the park with her mom and saw a big dog. She was", "#
        + #""choices": ["very happy.", "a tree and \#(number) cats.", "so."], "answer": \#(number % 3)}"#
        + "\n"
    }.joined()
  }
}
