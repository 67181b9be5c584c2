// Owns: one question of a task, ready to be asked.

import ChaskiFiles

/// A prompt and what should follow it.
package struct EvaluationItem: Sendable, Equatable {
  /// What is looked at after the prompt.
  package enum Answer: Sendable, Equatable {
    /// Which of these texts is the most likely; the one at `correct` should be.
    case choices([String], correct: Int)
    /// How likely this text is.
    case continuation(String)
    /// What the model writes: its last number should be this solution's.
    case solution(String)
  }

  /// What stands between a prompt and what follows it.
  package static let delimiter = " "
  /// What stands between two examples.
  package static let exampleDelimiter = "\n\n"

  /// The prompt.
  package let prompt: String
  /// What should follow it.
  package let answer: Answer

  /// An item that asks `prompt`.
  package init(prompt: String, answer: Answer) {
    self.prompt = prompt
    self.answer = answer
  }

  /// The texts whose likelihoods are wanted; none where the model is to write.
  package var continuations: [String] {
    switch answer {
    case .choices(let choices, _): choices
    case .continuation(let text): [text]
    case .solution: []
    }
  }

  /// The prompt with its right answer, as an example shows it.
  package var solved: String {
    switch answer {
    case .choices(let choices, let correct): prompt + Self.delimiter + choices[correct]
    case .continuation(let text), .solution(let text): prompt + Self.delimiter + text
    }
  }

  /// A number that changes with any part of the item.
  var contentHash: UInt64 {
    var hash = ContentHash()
    hash.add(prompt)
    switch answer {
    case .choices(let choices, let correct):
      hash.add(correct)
      for choice in choices { hash.add(choice) }
    case .continuation(let text), .solution(let text):
      hash.add(-1)
      hash.add(text)
    }
    return hash.value
  }
}
