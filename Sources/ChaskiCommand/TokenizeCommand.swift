// Owns: `chaski tokenize`.

import ArgumentParser
import ChaskiCheckpoints
import ChaskiGeneration
import ChaskiTerminal
import ChaskiTokenizers
import Foundation

/// Shows the tokens of a text.
struct TokenizeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Show the tokens of a text.",
    discussion: """
      Examples:
        chaski tokenize smollm2 "The capital of France"
        chaski tokenize smollm2 --file story.txt --count
        chaski tokenize smollm2 --decode 504,3575,282
      """
  )

  @Argument(
    help: "The model: a name, a GGUF file, a Hugging Face folder, or hf:OWNER/REPO[/FILE]."
  )
  var model: String

  @Argument(help: "The text; standard input if neither text nor --file is given.")
  var text: String?

  @Option(name: [.short, .long], help: "Read the text from a file.")
  var file: String?

  @Flag(
    help: "Put in the tokens that the model's format wants around a text, such as its beginning."
  )
  var special = false

  @Flag(
    inversion: .prefixedNo,
    help: "Whether the text of a control token, such as <|im_end|>, is that token."
  )
  var parseSpecial = true

  @Flag(help: "Print only how many tokens there are.")
  var count = false

  @Option(parsing: .unconditional, help: "Print the text of these token ids instead.")
  var decode: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    let path = try await ModelOpener().path(model)
    let checkpoint = try openCheckpoint(path)
    guard let tokenizer = try Tokenizer.of(checkpoint) else {
      throw GenerationError.noTokenizer(
        file: path,
        model: try checkpoint.string("tokenizer.ggml.model")
      )
    }
    if let decode {
      let ids = try TokenList.parse(decode)
      for id in ids where id < 0 || id >= tokenizer.vocabularyCount {
        throw CommandProblem.unknownToken(id: id, count: tokenizer.vocabularyCount)
      }
      let text = tokenizer.decode(ids, skipSpecialTokens: false)
      return json ? try Console.json(["text": text]) : Console.line(TerminalSanitizer.visible(text))
    }
    let input = try PromptInput(text: text, file: self.file).bytes()
    let ids = tokenizer.encode(
      utf8: input,
      addSpecialTokens: special,
      parseSpecialTokens: parseSpecial
    )
    try show(ids, tokenizer)
  }

  private struct Piece: Encodable {
    let id: Int32
    let text: String
    /// The bytes, where they are only a part of a character, which no text can show.
    let bytes: [UInt8]?

    init(id: Int32, bytes: [UInt8]) {
      self.id = id
      text = String(decoding: bytes, as: UTF8.self)
      self.bytes = String(validating: bytes, as: UTF8.self) == nil ? bytes : nil
    }

    /// The token on one line: text, or each byte's number where it is no text.
    var shown: String {
      guard let bytes else { return TerminalSanitizer.visibleOnOneLine(text) }
      return bytes.map { String(format: "<%02X>", Int($0)) }.joined()
    }
  }

  private func show(_ ids: [Int32], _ tokenizer: Tokenizer) throws {
    if count { return Console.line("\(ids.count)") }
    let pieces = ids.map { Piece(id: $0, bytes: tokenizer.bytes(of: $0)) }
    if json { return try Console.json(pieces) }
    for piece in pieces {
      Console.line("\(piece.id)\t\(piece.shown)")
    }
  }
}
