import ChaskiTestSupport
import Foundation
import Testing

/// What scripts read, and what happens when nobody reads.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct OutputTests {
  private static let model = Shared.url("data/stories260K/stories260K.gguf").path

  @Test func `a full disk ends the program with a sentence, not a trap`() throws {
    // The device that is always full is Linux's.
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let result = try Program.run(
      ["run", Self.model, "--raw", "Once", "-n", "5"],
      output: "/dev/full"
    )
    #expect(result.status == 1)
    #expect(result.error.contains("standard output cannot be written"))
    #expect(result.error.split(separator: "\n").count == 1)
  }

  @Test func `text comes from standard input, and JSON is one object a line`() throws {
    let result = try Program.run(
      ["run", Self.model, "--raw", "--json", "-n", "4", "--temp", "0"],
      input: "Once"
    )
    let events = try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(result.status == 0)
    #expect(events.first?["event"] as? String == "prompt")
    #expect(events.last?["text"] as? String == " upon a time,")
    #expect(events.filter { $0["event"] as? String == "token" }.count == 4)
  }

  @Test(arguments: [["--speculate", "ngram"], ["--draft", Self.model, "--draft-tokens", "3"]])
  func `guessing ahead leaves the text as it is, and is reported`(options: [String]) throws {
    let arguments = [
      "run", Self.model, "--raw", "Once upon a time. Once upon a", "-n", "40", "--seed", "7",
    ]
    let plain = try Program.run(arguments + ["--speculate", "off"])
    let guessed = try Program.run(arguments + options + ["--stats"])
    #expect(guessed.output == plain.output)
    #expect(try Program.run(arguments).output == plain.output)
    #expect(guessed.error.contains(" guessed, "))
    let json = try Program.run(arguments + options + ["--json"])
    let last = try #require(json.output.split(separator: "\n").last)
    let finish = try #require(
      try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any]
    )
    let drafted = try #require(finish["draftedTokens"] as? Int)
    let accepted = try #require(finish["acceptedTokens"] as? Int)
    #expect(drafted > 0)
    #expect(finish["acceptanceRate"] as? Double == Double(accepted) / Double(drafted))
  }

  @Test func `a benchmark of guessing ahead compares with and without`() throws {
    let result = try Program.run([
      "bench", Shared.url("fixtures/e2e/llama3-bpe/llama3-bpe-f16.gguf").path, "-p", "0", "-n",
      "16",
      "-r", "1", "-t", "1", "--speculate", "ngram",
    ])
    #expect(result.status == 0)
    #expect(result.output.contains("GUESSING AHEAD"))
    #expect(result.output.contains("\ncopy ") && result.output.contains("\nanswer "))
  }

  @Test func `a token that is a part of a character is shown as its bytes`() throws {
    // The vocabulary has no Japanese: each byte is a token of its own.
    let lines = try Program.run(["tokenize", Self.model, "本"])
    #expect(lines.output.contains("<E6>\n") || lines.output.contains("<0xE6>\n"))
    #expect(!lines.output.contains("\u{FFFD}"))
    let text = try Program.run(["tokenize", Self.model, "--json", "--decode", "403,407"])
    #expect(text.output == "{\"text\":\"Once upon\"}\n")
  }

  @Test func `the figures of a benchmark come as one JSON object a model`() throws {
    let result = try Program.run([
      "bench", Self.model, Self.model, "-p", "0", "-n", "2", "-d", "0,8", "-r", "1", "-t", "1",
      "--json",
    ])
    let reports = try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(reports.count == 2)
    let run = try #require((reports.first?["runs"] as? [[String: Any]])?.first)
    let figures = try #require(run["figures"] as? [[String: Any]])
    #expect(figures.map { $0["depth"] as? Int } == [0, 8])
    #expect(figures.allSatisfy { $0["limits"] != nil && $0["bandwidthShare"] != nil })
  }

  @Test func `the figures of a benchmark come as CSV`() throws {
    let result = try Program.run([
      "bench", Self.model, "-p", "8", "-n", "4", "-b", "1,2", "-r", "1", "-t", "1", "--csv",
    ])
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == 4)
    #expect(Set(lines.map(Self.cellCount)) == [23])
    #expect(result.error.isEmpty)
  }

  @Test func `CSV has a line for guesses on each text, with how many were right`() throws {
    let result = try Program.run([
      "bench", Shared.url("fixtures/e2e/llama3-bpe/llama3-bpe-f16.gguf").path, "-p", "0", "-n",
      "16", "-r", "1", "-t", "1", "--speculate", "ngram", "--csv",
    ])
    let lines = result.output.split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let head = try #require(lines.first)
    #expect(Array(head.suffix(4)) == ["plain_tok_s", "drafted", "accepted", "acceptance"])
    #expect(lines.map(\.count) == Array(repeating: head.count, count: 4))
    let guesses = lines.filter { $0[2].hasPrefix("speculate ") }
    #expect(guesses.map { $0[2] } == ["speculate copy", "speculate answer"])
    for line in guesses {
      let numbers = try line.suffix(4).map { try #require(Double($0)) }
      #expect(numbers[0] > 0 && numbers[2] <= numbers[1])
      #expect(abs(numbers[3] - numbers[2] / max(numbers[1], 1)) <= 0.0005)
    }
    #expect(result.error.isEmpty)
  }

  private static func cellCount(_ line: Substring) -> Int {
    line.split(separator: ",", omittingEmptySubsequences: false).count
  }
}
