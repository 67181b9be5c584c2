import ChaskiTestSupport
import Foundation
import Testing

/// The program itself, run as a user runs it.
struct CommandLineTests {
  @Test(arguments: [
    "run", "chat", "pull", "list", "show", "rm", "bench", "tokenize", "perplexity", "logits",
    "eval", "eval hellaswag", "eval lambada", "eval piqa", "eval arc_easy", "eval arc_challenge",
    "eval gsm8k", "eval choices", "eval kl", "eval perplexity", "quantize", "imatrix", "convert",
  ])
  func `every command explains itself with an example`(command: String) throws {
    let result = try Program.run(command.split(separator: " ").map(String.init) + ["--help"])
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: chaski \(command)"))
    #expect(result.output.contains("Example"))
  }

  @Test func `a file that is not a model is an error that names it`() throws {
    let result = try Program.run(["show", #filePath])
    #expect(result.status != 0)
    #expect(result.error.contains("CommandLineTests.swift"))
  }

  @Test func `a name that nobody knows is an error that suggests what to do`() throws {
    let result = try Program.run(["run", "smollm9", "hello"])
    #expect(result.status != 0)
    #expect(result.error.contains("smollm9"))
  }

  @Test func `prepared weights are removed without the models`() throws {
    let home = FileManager.default.temporaryDirectory.appending(path: "chaski-\(UUID())")
    defer { try? FileManager.default.removeItem(at: home) }
    let weights = home.appending(path: "weights")
    let model = home.appending(path: "models/kept.gguf")
    for folder in [weights, model.deletingLastPathComponent()] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    try Data("model".utf8).write(to: model)
    let packed = weights.appending(path: "0123456789abcdef.packed")
    try Data(count: 3_000_000).write(to: packed)
    let result = try Program.run(
      ["rm", "--weight-cache"],
      environment: ["CHASKI_HOME": home.path]
    )
    #expect(result.status == 0, "\(result.error)")
    #expect((result.output + result.error).contains("3.0 MB"))
    #expect(!FileManager.default.fileExists(atPath: packed.path))
    #expect(FileManager.default.fileExists(atPath: model.path))
  }

  @Test func `an instruction set that is not there is an error that lists those that are`() throws {
    let result = try Program.run(
      ["bench", #filePath, "-t", "1"],
      environment: ["CHASKI_ISA": "mmx"]
    )
    #expect(result.status != 0)
    #expect(result.error.contains("plain"))
  }

  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: ["1", "2"],
    ["plain", "avx2", "avx512", "avx512bf16", ""]
  )
  func `a seed gives the same text on any threads and instruction set`(
    threads: String,
    isa: String
  ) throws {
    let arguments = [
      "run", Shared.url("data/stories260K/stories260K.gguf").path, "--raw", "Once upon a time",
      "-n", "40", "--seed", "7", "--threads", threads,
    ]
    let result = try Program.run(arguments, environment: ["CHASKI_ISA": isa])
    if result.error.contains("is not available on this machine") { return }
    let reference = try Program.run(arguments, environment: [:])
    #expect(result.status == 0)
    #expect(!result.output.isEmpty)
    #expect(result.output == reference.output)
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `stories260K tells its golden story`() throws {
    let result = try Program.run([
      "run", Shared.url("data/stories260K/stories260K.gguf").path, "--raw", "Once upon a time",
      "--temperature", "0", "-n", "30",
    ])
    #expect(result.output.hasPrefix(", there was a little girl named Lily. She loved to play"))
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `text goes to tokens and back`() throws {
    let model = Shared.url("data/stories260K/stories260K.gguf").path
    let ids = try Program.run(["tokenize", model, "Once upon a time", "--json"])
    #expect(ids.output.contains("\"id\":403"))
    let text = try Program.run(["tokenize", model, "--decode", "403,407,261,378"])
    #expect(text.output.contains("Once upon a time"))
  }
}
