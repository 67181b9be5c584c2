import ChaskiEvaluation
import Foundation
import Testing

/// Data of tasks: their formats, and what strangers may write in their place.
struct TaskTests {
  @Test func `HellaSwag's prompts have no brackets, one capital, and the activity first`() throws {
    let items = try TaskFixture.hellaswag.items()
    #expect(
      items.map(\.prompt) == [
        "Playing ball: A boy stands in a park with a ball. The boy",
        "Baking: Mom puts flour in a bowl. How to bake. Mix it well She",
        "Swimming: Two kids are at the lake. They both",
        // An empty second part leaves its space, as in the harness.
        "Walking the dog: Sam has a dog. Sam and the dog go out.",
        "Sleeping: It is late. The girl is in her bed. She",
      ]
    )
    #expect(
      items[1].continuations == [
        "puts the cake in the oven.", "puts the dog in the oven.",
        "flies to the moon. It is far.", "says no.",
      ]
    )
    #expect(items[3].continuations[2] == "The dog drives a car [from here.")
  }

  @Test func `HellaSwag is read from llama.cpp's lines too`() throws {
    let text = "A man sits. he\n2\none\ntwo\nthree\nfour\nB\n0\n1\n2\n3\n4\n"
    let items = try HellaSwag.items(of: TaskFile(text: text), limit: nil)
    #expect(
      items == [
        EvaluationItem(
          prompt: "A man sits. he",
          answer: .choices(["one", "two", "three", "four"], correct: 2)
        ),
        EvaluationItem(prompt: "B", answer: .choices(["1", "2", "3", "4"], correct: 0)),
      ]
    )
    #expect(try HellaSwag.items(of: TaskFile(text: text), limit: 1).count == 1)
  }

  @Test func `ARC is read in both spellings, PIQA with its labels apart`() throws {
    let arc = try TaskFixture.arc.items()
    #expect(
      arc[1]
        == EvaluationItem(
          prompt: "Question: Which one is cold?\nAnswer:",
          answer: .choices(["the sun", "a fire", "ice", "soup"], correct: 2)
        )
    )
    let options =
      #"{"question":"Q","options":[{"label":"A","text":"x"},{"label":"B","text":"y"}],"answer":"B"}"#
    #expect(
      try ARCEasy.items(of: TaskFile(text: options), limit: nil)
        == [
          EvaluationItem(
            prompt: "Question: Q\nAnswer:",
            answer: .choices(["x", "y"], correct: 1)
          )
        ]
    )
    let piqa = try TaskFixture.piqa.items()
    #expect(
      piqa[2].answer
        == .choices(
          ["Let them dry in the sun.", "Let them dry in the bath tub with water."],
          correct: 1
        )
    )
  }

  @Test func `LAMBADA's last word is what stands after the last space`() throws {
    let items = try Lambada.items(of: TaskFile(text: #"{"text":"a b \"c d\"."}"#), limit: nil)
    #expect(items == [EvaluationItem(prompt: "a b \"c", answer: .continuation("d\"."))])
    #expect(items[0].solved == "a b \"c d\".")
  }

  @Test(arguments: [
    "{", "[]", "null", "{}", "\u{0}", #"{"prompt":1,"choices":["a","b"],"answer":0}"#,
    #"{"prompt":"p","choices":["a","b"],"answer":2}"#,
    #"{"prompt":"p","choices":["a","b"],"answer":-1}"#,
    #"{"prompt":"p","choices":["a","b"],"answer":1e30}"#,
    #"{"prompt":"p","choices":["a"],"answer":0}"#, #"{"prompt":"p","choices":[],"answer":0}"#,
    #"{"prompt":"p","choices":["a",null],"answer":0}"#,
    #"{"prompt":"p","choices":{"a":"b"},"answer":0}"#,
    #"{"prompt":"\ud800","choices":["a","b"],"answer":0}"#,
    String(repeating: "{\"prompt\":", count: 700),
  ])
  func `a line that is no question is refused by its number`(line: String) throws {
    let good = #"{"prompt":"p","choices":["a","b"],"answer":0}"#
    #expect {
      try MultipleChoice.items(of: TaskFile(text: "\(good)\n\(line)\n"), limit: nil)
    } throws: { error in
      guard case .badLine(file: "data", line: 2, _)? = error as? EvaluationError else {
        return false
      }
      return true
    }
    // What is behind the limit is not looked at.
    #expect(try MultipleChoice.items(of: TaskFile(text: "\(good)\n\(line)"), limit: 1).count == 1)
  }

  @Test(arguments: [
    (HellaSwag.self as any EvaluationTask.Type, "a\n0\nb\nc\nd"),
    (HellaSwag.self, "a\nx\nb\nc\nd\ne"),
    (HellaSwag.self, "a\n4\nb\nc\nd\ne"), (HellaSwag.self, #"{"ctx_a":"x"}"#),
    (Lambada.self, #"{"text":"word"}"#), (Lambada.self, #"{"text":""}"#),
    (PIQA.self, #"{"goal":"g","sol1":"a","sol2":"b"}"#),
    (PIQA.self, #"{"goal":"g","sol1":"a","sol2":"b","label":"x"}"#),
    (ARCChallenge.self, #"{"question":"q","answerKey":"A"}"#),
    (
      ARCChallenge.self,
      #"{"question":"q","choices":{"text":["a","b"],"label":["A"]},"answerKey":"A"}"#
    ),
    (
      ARCChallenge.self,
      #"{"question":"q","choices":{"text":["a","b"],"label":["A","B"]},"answerKey":"C"}"#
    ),
    (GSM8K.self, #"{"question":"q"}"#),
  ])
  func `data of another shape is refused`(task: any EvaluationTask.Type, text: String) throws {
    #expect(throws: EvaluationError.self) { try task.items(of: TaskFile(text: text), limit: nil) }
  }

  @Test(arguments: [[1], [1, 0, 1], [7]])
  func `labels that do not fit are refused`(labels: [Int]) throws {
    let line = #"{"goal":"g","sol1":"a","sol2":"b"}"#
    let text = labels == [7] ? line : "\(line)\n\(line)"
    #expect(throws: EvaluationError.self) {
      try PIQA.items(of: TaskFile(text: text, labels: labels), limit: nil)
    }
  }

  @Test(arguments: [
    ([0x42, 0x5A, 0x68, 0x39] as [UInt8], "bunzip2"), ([0x1F, 0x8B, 8], "gunzip"),
    ([0x50, 0x41, 0x52, 0x31], "JSON lines"), ([0xFF, 0xFE], "UTF-8"), ([], "empty"),
    ([0x0A, 0x0A], "empty"),
  ])
  func `a file that is no text says what to do`(bytes: [UInt8], expected: String) async throws {
    try await TemporaryLog.with { path in
      try Data(bytes).write(to: URL(filePath: path))
      #expect {
        try TaskFile(path: path)
      } throws: { error in
        "\(error)".contains(expected) && "\(error)".contains(path)
      }
    }
  }

  @Test(arguments: ["/", "/nowhere/file"])
  func `a path without a file is refused`(path: String) {
    #expect(throws: EvaluationError.self) { try TaskFile(path: path) }
  }
}
