import ChaskiEvaluation
import Foundation
import Testing

/// How an answer's number is found.
struct GSM8KTests {
  @Test func `numbers are found where the harness's expressions find them`() throws {
    let numbers = try ExpectedFigures.load().numbers
    #expect(numbers.count > 200)
    for entry in numbers {
      let text = try #require(entry[0])
      #expect(GSM8K.markedNumber(text) == entry[1])
      #expect(GSM8K.lastNumber(text) == entry[2])
    }
  }

  @Test(arguments: [
    ("... 18 dollars.\n#### 18", 1.0, 1.0), ("#### 1,018.", 0, 0), ("#### 18.", 1, 1),
    ("She makes $18.", 0, 1), ("#### 18\nThen 19", 1, 0), ("nothing", 0, 0), ("#### $18", 0, 1),
  ])
  func `an answer is right if its number is the solution's`(
    text: String,
    strict: Double,
    flexible: Double
  ) {
    #expect(
      GSM8K.grade(text, solution: "16 - 3 + 5 = <<16-3+5=18>>18.\n#### 18")
        == ["exact_match,strict-match": strict, "exact_match,flexible-extract": flexible]
    )
  }
}
