import ChaskiTestSupport
import Foundation
import Testing

/// `chaski convert`, `quantize` and `imatrix` as a user runs them.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct ConversionTests {
  private static let model = Shared.url("data/stories260K/stories260K.gguf").path
  private static let text = Shared.url("data/text/tinyshakespeare.txt").path
  private static let story = ", there was a little girl named Lily. She loved to play"

  private struct Conversion: Decodable {
    let path: String
    let byteCount: Int
    let seconds: Double
  }

  private struct Quantization: Decodable {
    struct Tensor: Decodable {
      let name: String
      let from: String
      let to: String
      let rootMeanSquareError: Double?
    }

    struct Receipt: Decodable {
      let parent: String
      let tokens: Int
      let perplexity: Double
      let parentPerplexity: Double
    }

    let path: String?
    let byteCount: Int
    let bitsPerWeight: Double
    let receipt: Receipt?
    let tensors: [Tensor]
  }

  private struct Importance: Decodable {
    let path: String
    let tensors: Int
    let chunks: Int
    let tokens: Int
  }

  private func story(_ model: String) throws -> String {
    try Program.run(["run", model, "--raw", "Once upon a time", "--temp", "0", "-n", "20"]).output
  }

  @Test func `a model goes to a folder and back, and tells the same story`() throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let (there, back) = (folder.appending(path: "folder"), folder.appending(path: "back.gguf"))
      let first = try Program.run(["convert", Self.model, there.path, "--json"])
      #expect(first.status == 0 && first.error.isEmpty)
      let files = TemporaryFolder.files(below: there)
      #expect(
        files == [
          "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
          "tokenizer_config.json",
        ]
      )
      let sizes = try files.map { try Data(contentsOf: there.appending(path: $0)).count }
      #expect(try first.json(Conversion.self).byteCount == sizes.reduce(0, +))
      let second = try Program.run(["convert", there.path, back.path])
      #expect(second.status == 0 && second.isPlain)
      #expect(second.output.hasPrefix("\(back.path): 1.1 MB in "))
      #expect(try story(there.path).hasPrefix(Self.story))
      #expect(try story(back.path) == story(Self.model))
      let third = try Program.run(["convert", there.path, back.path])
      #expect(third.status == 1)
      #expect(third.error == "Error: \(back.path) is there already: --force replaces it.\n")
      let forced = try Program.run([
        "convert", there.path, back.path, "--force", "--type", "f16", "--json",
      ])
      #expect(forced.status == 0)
      let size = try Data(contentsOf: back).count
      #expect(try forced.json(Conversion.self).byteCount == size && size < 700_000)
    }
  }

  @Test func `a quantised model says what it was made of and how close it is`() throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let target = folder.appending(path: "small.gguf")
      let result = try Program.run(["quantize", Self.model, target.path, "Q8_0", "--json"])
      #expect(result.status == 0)
      let found = try result.json(Quantization.self)
      let receipt = try #require(found.receipt)
      #expect(found.path == target.path && receipt.parent == "stories260K.gguf")
      #expect(receipt.tokens > 100 && abs(receipt.perplexity / receipt.parentPerplexity - 1) < 0.01)
      #expect(found.tensors.contains { $0.to == "Q8_0" && ($0.rootMeanSquareError ?? 0) > 0 })
      let shown = try Program.run(["show", target.path])
      #expect(shown.output.contains("made from stories260K.gguf"))
      #expect(try story(target.path).hasPrefix(", there was a little girl"))
      let lines = try Program.run(["quantize", Self.model, target.path, "Q4_0"])
      #expect(lines.status == 0 && lines.isPlain)
      #expect(lines.output.contains("bits a weight") && lines.output.contains("receipt: "))
    }
  }

  @Test func `a plan writes nothing`() throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let target = folder.appending(path: "small.gguf").path
      let result = try Program.run([
        "quantize", Self.model, target, "--bits-per-weight", "7.5", "--dry-run", "--json",
      ])
      #expect(result.status == 0 && result.error.isEmpty)
      let plan = try result.json(Quantization.self)
      #expect(plan.path == nil && plan.receipt == nil)
      #expect(plan.bitsPerWeight > 6.5 && plan.bitsPerWeight <= 7.5)
      #expect(TemporaryFolder.files(below: folder).isEmpty)
    }
  }

  @Test func `an importance matrix is measured and used`() throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let matrix = folder.appending(path: "importance.gguf").path
      let measured = try Program.run([
        "imatrix", Self.model, Self.text, "-o", matrix, "--context", "64", "--chunks", "4",
        "--json",
      ])
      #expect(measured.status == 0 && measured.error.isEmpty)
      let found = try measured.json(Importance.self)
      #expect(found.path == matrix && found.chunks == 4 && found.tokens == 256)
      #expect(found.tensors == 35)
      let lines = try Program.run([
        "imatrix", Self.model, Self.text, "-o", matrix, "--context", "64", "--chunks", "17",
      ])
      #expect(lines.error == "piece 16 of 17\npiece 17 of 17\n")
      #expect(lines.output.hasPrefix("35 tensors over 1088 tokens in "))
      let target = folder.appending(path: "small.gguf").path
      let result = try Program.run([
        "quantize", Self.model, target, "Q4_0", "--imatrix", matrix, "--no-receipt", "--json",
      ])
      #expect(result.status == 0)
      #expect(try result.json(Quantization.self).receipt == nil)
      let keys = try Program.run(["show", target, "--metadata"]).output
      #expect(keys.contains("quantize.imatrix.entries_count"))
    }
  }

  @Test(arguments: [
    ["convert", "/nowhere/model.gguf", "OUT.gguf"], ["quantize", #filePath, "OUT.gguf", "Q4_0"],
    ["imatrix", #filePath, #filePath, "-o", "OUT.gguf"], ["convert", #filePath, "OUT"],
  ])
  func `what is no model is refused by its name, and nothing is written`(arguments: [String]) throws
  {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let result = try Program.run(Self.placed(arguments, in: folder))
      #expect(result.status == 1)
      #expect(result.error.contains(arguments[1]))
      #expect(result.error.split(separator: "\n").count == 1)
      #expect(TemporaryFolder.files(below: folder).isEmpty)
    }
  }

  @Test(arguments: [
    (["convert", model, "/nowhere/out.gguf"], "its folder does not exist"),
    (["quantize", model, "/nowhere/out.gguf", "Q4_0"], "its folder does not exist"),
    (["quantize", model, "/dev/null", "Q4_0"], "not a regular file"),
    (["quantize", model, "/", "Q4_0"], "is a folder"),
    (["quantize", model, model, "Q4_0"], "cannot be read and replaced at once"),
    (["quantize", model, "OUT.gguf", "Q4_0", "--imatrix", text], "is not a GGUF file"),
    (["quantize", model, "OUT.gguf", "Q4_0", "--imatrix", "/nowhere/i"], "/nowhere/i"),
    (["quantize", model, "OUT.gguf", "Q4_0", "--receipt-text", "/nowhere/t"], "no file at"),
    (["quantize", model, "OUT.gguf", "--bits-per-weight", "0.5"], "the least for this model"),
    (["imatrix", model, "/nowhere/text", "-o", "OUT"], "no file at /nowhere/text"),
    (["imatrix", model, "/dev/null", "-o", "OUT"], "at least 16 are needed"),
    (["imatrix", model, text, "-o", "/nowhere/x"], "its folder does not exist"),
    (["imatrix", model, text, "-o", "/dev/null"], "not a regular file"),
    (["imatrix", "smollm9", text, "-o", "OUT"], "smollm9"),
  ])
  func `what cannot be done ends in one sentence`(arguments: [String], expected: String) throws {
    try withTemporaryFolder { temporary in
      let folder = temporary.url
      let result = try Program.run(Self.placed(arguments, in: folder))
      #expect(result.status == 1)
      #expect(result.error.contains(expected))
      #expect(result.error.split(separator: "\n").count == 1)
      #expect(result.output.isEmpty)
      #expect(TemporaryFolder.files(below: folder).isEmpty)
    }
  }

  /// `arguments` with "OUT" as a path in `folder`.
  private static func placed(_ arguments: [String], in folder: URL) -> [String] {
    arguments.map { $0.hasPrefix("OUT") ? folder.appending(path: $0).path : $0 }
  }

  @Test(arguments: [
    (["quantize", "x"], "Name a mix, such as Q4_K_M"), (["quantize", "x", "Q9"], "Q4_K_M"),
    (["quantize", "x", "Q4_0", "--bits-per-weight", "4"], "not both"),
    (["quantize", "x", "--bits-per-weight", "-1"], "--bits-per-weight -1"),
    (["quantize", "x", "Q4_0", "--tensor-type", "ffn_down"], "PART=TYPE"),
    (["quantize", "x", "Q4_0", "--output-type", "q9"], "q9"),
    (["convert", "x", "--type", "q4_0"], "--type"), (["convert", "x", "-t", "0"], "--threads 0"),
    (["convert", "x", "--type", "q8_0"], "folders have float types only"),
    (["imatrix", text, "-o", "x", "--context", "8"], "--context 8"),
    (["imatrix", text, "-o", "x", "--chunks", "0"], "--chunks 0"), (["imatrix", text], "--output"),
  ])
  func `options that make no sense are refused before anything is read`(
    arguments: [String],
    expected: String
  ) throws {
    let result = try Program.run([arguments[0], "/nowhere/model.gguf"] + arguments.dropFirst())
    #expect(result.status == 64)
    #expect(result.error.contains(expected))
    #expect(result.error.contains("Usage: chaski \(arguments[0])"))
  }
}
