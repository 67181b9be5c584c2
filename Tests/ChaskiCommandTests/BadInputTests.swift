import ChaskiTestSupport
import Foundation
import Testing

/// What a user gets who asks for something that cannot be.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct BadInputTests {
  private static let model = Shared.url("data/stories260K/stories260K.gguf").path
  private static let spmModel = Shared.url("fixtures/e2e/llama-spm/llama-spm-f16.gguf").path

  @Test(arguments: [
    (["--threads", "0"], "--threads 0"), (["--context", "0"], "--context 0"),
    (["--context", "-1"], "--context -1"), (["--chunk", "-5"], "--chunk -5"),
    (["--cache-type", "q3"], "f16 or q8_0"), (["-n", "-1"], "--max-tokens -1"),
    (["--top-p", "2"], "--top-p 2"), (["--temp", "-1"], "--temperature -1"),
    (["--top-k", "-1"], "--top-k -1"), (["--dry-penalty-last-n", "-7"], "--dry-penalty-last-n -7"),
    (["--mirostat", "3"], "0, 1 or 2"), (["--samplers", "foo"], "\"foo\""),
    (["--logit-bias", "7=x"], "ID=BIAS"), (["--seed", "-1"], "seed"),
    (["--speculate", "maybe"], "maybe"), (["--speculate", "off", "--draft-tokens", "4"], "no use"),
    (["--speculate", "ngram", "--draft-tokens", "0"], "--draft-tokens 0"),
    (["--speculate", "ngram", "--draft", "x"], "exclude each other"),
  ])
  func `a wrong option is named as it was typed, with the command's usage`(
    options: [String],
    expected: String
  ) throws {
    let result = try Program.run(["run", Self.model, "--raw", "Once"] + options)
    #expect(result.status == 64)
    #expect(result.error.contains(expected))
    #expect(result.error.contains("Usage: chaski run"))
    #expect(result.output.isEmpty)
  }

  @Test(arguments: [
    ["--top-n-sigma", "-1"], ["--repeat-last-n", "-1"], ["--dry-penalty-last-n", "-1"],
    ["--presence-penalty", "-0.5"], ["--frequency-penalty", "-0.5"], ["--temp", "0.5"],
    ["--typical-p", "0.9"], ["--logit-bias", "403-5"], ["--mirostat", "2"],
  ])
  func `a sampling option takes the values that its help names`(options: [String]) throws {
    let result = try Program.run(
      ["run", Self.model, "--raw", "Once", "-n", "3", "--seed", "1"] + options
    )
    #expect(result.status == 0)
    #expect(!result.output.isEmpty)
  }

  @Test(arguments: [
    (["run", model, "--file", "/nowhere/text"], "no file at /nowhere/text"),
    (["run", model, "--file", "/"], "/ is a folder"),
    (["run", model, "--file", "/dev/null"], "prompt is empty"),
    (["run", model, ""], "prompt is empty"), (["run", model], "prompt is empty"),
    (["run", "/", "hi"], "not a regular file"), (["run", "/dev/null", "hi"], "not a regular file"),
    (["run", model, "--raw", "hi", "--context", "1"], "context"),
    (["show", model, "--template"], "no chat template"), (["show", "smollm2"], "not installed"),
    (["run", model, "--raw", "hi", "--draft", spmModel], "cannot draft for"),
    (["rm", "smollm2"], "chaski list"), (["tokenize", model, "--decode", "99999"], "0 to 511"),
    (["tokenize", model, "--decode", "-5"], "Token -5"),
    (["logits", model, "--tokens", "1", "--output", "/dev/null"], "not a regular file"),
    (["logits", model, "--tokens", "1", "--output", "/"], "folder"),
    (["perplexity", model, "--file", "/nowhere/text"], "no file at /nowhere/text"),
  ])
  func `what cannot be done ends in one sentence and no output`(
    arguments: [String],
    expected: String
  ) throws {
    let result = try Program.run(arguments)
    #expect(result.status == 1)
    #expect(result.error.contains(expected))
    #expect(result.error.split(separator: "\n").count == 1)
    #expect(result.output.isEmpty)
  }

  @Test(arguments: [
    (["bench", "-p", "0", "-n", "0"], "Nothing to measure"), (["bench", "-t", ""], "--threads"),
    (["bench", "-b", "0"], "--sequences 0"), (["bench", "-r", "0"], "--repetitions 0"),
    (["bench", "--kernels"], "takes no model"), (["bench", "--type", "q4_0"], "--kernels"),
    (["bench", "-d", "x"], "--depth x"), (["bench", "--cache-type", "f16,q9"], "--cache-type q9"),
    (["bench", "-p", "-5"], "--prompt-lengths -5"), (["bench", "--json", "--csv"], "either"),
    (["perplexity", "--file", "x", "--context", "3"], "4 or more"),
    (["logits", "--output", "x"], "either --tokens or --text"),
    (["logits", "--output", "x", "--tokens", "one"], "one is not a token id"),
  ])
  func `options that make no sense are refused before anything is loaded`(
    arguments: [String],
    expected: String
  ) throws {
    let result = try Program.run([arguments[0], Self.model] + arguments.dropFirst())
    #expect(result.status == 64)
    #expect(result.error.contains(expected))
    #expect(result.error.contains("Usage: chaski \(arguments[0])"))
  }
}
