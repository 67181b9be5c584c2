// Owns: splitting reasoning from answer, whatever the pieces.

import ChaskiChat
import Testing

@Suite struct ReasoningSplitterTests {
  /// Reasoning and answer after pushing `pieces`.
  static func split(_ pieces: [String], startsInside: Bool = false) -> [String] {
    var splitter = ReasoningSplitter(startsInside: startsInside)
    var parts = ["", ""]
    for events in pieces.map({ splitter.push($0) }) + [splitter.finish()] {
      for event in events {
        switch event {
        case .reasoning(let text): parts[0] += text
        case .answer(let text): parts[1] += text
        }
      }
    }
    return parts
  }

  static let cases: [(String, Bool, String, String)] = [
    ("<think>\nwhy not\n</think>\n\nYes.\n", false, "why not", "Yes.\n"),
    ("\n <think>a</think>b", false, "a", "b"), ("<think></think>x", false, "", "x"),
    ("<think>\n\n</think>\n\nx", false, "", "x"),
    ("plain <think>x</think>", false, "", "plain <think>x</think>"),
    ("  plain", false, "", "  plain"), ("<thin", false, "", "<thin"),
    ("<thinking>x", false, "", "<thinking>x"),
    ("<think>open ended </thin", false, "open ended </thin", ""),
    ("why\n</think>\nYes </think>", true, "why", "Yes </think>"),
    ("a < b </th </think>c", true, "a < b </th", "c"), ("", false, "", ""), ("<", true, "<", ""),
    ("<think>é👍🏽 </think> ü", false, "é👍🏽", "ü"),
  ]

  @Test(arguments: cases)
  func `the split does not depend on the pieces`(
    text: String,
    startsInside: Bool,
    reasoning: String,
    answer: String
  ) {
    let characters = Array(text)
    #expect(Self.split([text], startsInside: startsInside) == [reasoning, answer])
    #expect(
      Self.split(characters.map { String($0) }, startsInside: startsInside) == [reasoning, answer]
    )
    for cut in 0...characters.count {
      let pieces = [String(characters[..<cut]), String(characters[cut...])]
      #expect(Self.split(pieces, startsInside: startsInside) == [reasoning, answer], "\(cut)")
    }
  }

  @Test func `settled text is not held back`() {
    var splitter = ReasoningSplitter()
    #expect(splitter.push("<think>abc") == [.reasoning("abc")])
    #expect(splitter.push(" <") == [])
    #expect(splitter.push("d</think>") == [.reasoning(" <d")])
    #expect(splitter.push("\n") == [])
    #expect(splitter.push("Yes") == [.answer("Yes")])
    #expect(splitter.push(" <") == [.answer(" <")])
    #expect(splitter.finish() == [])
  }

  @Test(arguments: [
    ("<|assistant|>\n<think>\n", true), ("<think>", true), ("<think></think>", false), ("", false),
  ])
  func `a prompt that opens the reasoning is recognised`(prompt: String, opens: Bool) {
    #expect(ReasoningSplitter.opensReasoning(prompt: prompt) == opens)
  }
}
