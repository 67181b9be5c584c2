// Owns: the prompt that asks a model to fill a gap. Source: llama.cpp's server, /infill.

import ChaskiGeneration
package import ChaskiTokenizers

/// The texts around a gap.
package struct InfillPrompt: Sendable {
  /// Another file that helps.
  package struct File: Sendable {
    /// Its name.
    package var name: String
    /// What it says.
    package var text: String
  }

  /// The text before the gap, or its tokens.
  package var prefix: CompletionRequest.Prompt
  /// The text after the gap.
  package var suffix: String
  /// The beginning of what fills the gap, such as the line of the cursor up to it.
  package var beginning = ""
  /// Other files.
  package var files: [File] = []

  /// A gap between `prefix` and `suffix`.
  package init(prefix: CompletionRequest.Prompt, suffix: String) {
    self.prefix = prefix
    self.suffix = suffix
  }

  /// The prompt's tokens; in the texts the names of control tokens are words.
  ///
  /// - Returns: nil if the vocabulary has no tokens for gaps.
  package func tokens(_ tokenizer: Tokenizer) -> [Int32]? {
    guard let marks = tokenizer.infill else { return nil }
    func encode(_ text: String) -> [Int32] {
      tokenizer.encode(text, addSpecialTokens: false, parseSpecialTokens: false)
    }
    var tokens: [Int32] = []
    if tokenizer.addsBOS, let bos = tokenizer.special.bos { tokens.append(bos) }
    tokens += others(marks, encode)
    tokens.append(marks.prefix)
    switch prefix {
    case .tokens(let own): tokens += own
    case .text(let text): tokens += encode(text)
    }
    if !beginning.isEmpty { tokens += encode(beginning) }
    return tokens + [marks.suffix] + encode(suffix) + [marks.middle]
  }

  /// The other files, under names that the models were trained to see.
  private func others(_ marks: InfillTokens, _ encode: (String) -> [Int32]) -> [Int32] {
    guard !files.isEmpty else { return [] }
    var tokens: [Int32] = []
    if let mark = marks.repository { tokens += [mark] + encode("project\n") }
    for file in files {
      if let mark = marks.file {
        tokens += [mark] + encode(file.name + "\n" + file.text)
      } else {
        tokens += encode("\n\n--- \(file.name) ---\n\n" + file.text)
      }
    }
    if let mark = marks.file { tokens += [mark] + encode("current\n") }
    return tokens
  }
}
