import ChaskiFiles
import ChaskiLayers
import ChaskiTensors
import Foundation
import Testing

/// The Llama architecture against logits recorded by transformers, and against itself.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct LlamaTests {
  /// The fixtures' own tolerance: ten times the distance between float32 and float64 runs of the
  /// reference (`suggested_atol_logits` in each model's meta.json).
  private func tolerance(_ name: String) throws -> Float {
    struct Meta: Decodable {
      let suggested_atol_logits: Float
    }
    let url = Shared.url("fixtures/models/\(name)/meta.json")
    return try JSONDecoder().decode(Meta.self, from: Data(contentsOf: url)).suggested_atol_logits
  }

  private func reference(_ name: String, _ prompt: String) throws -> (
    tokens: [Int32], logits: [Float]
  ) {
    let file = try SafetensorsFile(path: Shared.url("fixtures/gguf/reference.safetensors").path)
    return (
      try file.int32s("\(name).\(prompt).input_ids"), try file.floats("\(name).\(prompt).logits")
    )
  }

  private func path(_ name: String) -> String {
    Shared.url("fixtures/gguf/\(name)-f16.gguf").path
  }

  @Test(arguments: ["llama2-gqa-sharded", "llama31"], ["p3", "p4"])
  func `logits equal the recorded ones`(name: String, prompt: String) throws {
    let expected = try reference(name, prompt)
    let model = try TestModel(path: path(name))
    let found = try model.logits(expected.tokens, cacheType: .f32)
    let allowed = try tolerance(name)
    #expect(largestDifference(found, expected.logits) <= allowed)
    // Keys and values of 11 bits, each off by up to 2^-11 of itself: the logits, of deviation 1,
    // move by some thousandths, while every mistake moves them by hundredths and more.
    let half = try model.logits(expected.tokens, cacheType: .f16)
    #expect(rootMeanSquare(half, expected.logits) <= 3e-3)
  }

  @Test(arguments: ["llama2-gqa-sharded", "llama31"])
  func `chunks, threads and instruction sets give the same bits`(name: String) throws {
    let tokens = try reference(name, "p4").tokens
    let whole = try TestModel(path: path(name)).logits(tokens)
    for set in InstructionSet.available {
      for threads in 1...3 {
        let model = try TestModel(path: path(name), threads: threads, instructionSet: set)
        for chunk in [1, 7, 64, 72] {
          #expect(
            try model.logits(tokens, chunkLength: chunk) == whole,
            "\(set) with \(threads) threads in chunks of \(chunk)"
          )
        }
      }
    }
  }

  @Test func `a batch gives every sequence the bits it has alone`() throws {
    let model = try TestModel(path: path("llama31"), threads: 2)
    let long = try reference("llama31", "p4").tokens
    let short = try reference("llama31", "p3").tokens
    let pages = try model.pages(200, sequences: 3)
    let sequences = (0..<3).map { _ in KVSequence(in: pages) }
    let parts = [long, short, Array(long.prefix(30))]
    let together = try model.logits(
      zip(sequences, parts).map {
        Step.Input(sequence: $0, tokens: $1, logits: 0..<$1.count)
      }
    )
    let alone = try parts.flatMap { try model.logits($0) }
    #expect(together == alone)
  }

  @Test func `a fork goes on as the original would`() throws {
    let model = try TestModel(path: path("llama31"))
    let tokens = try reference("llama31", "p4").tokens
    let whole = try model.logits(tokens)
    let pages = try model.pages(200, sequences: 2)
    let sequence = KVSequence(in: pages)
    let half = tokens.count / 2
    _ = try model.logits([Step.Input(sequence: sequence, tokens: Array(tokens[..<half]))])
    let fork = sequence.fork()
    // The original goes another way first: the page they share must be copied, not overwritten.
    _ = try model.logits([Step.Input(sequence: sequence, tokens: [1, 2, 3])])
    let rest = Array(tokens[half...])
    let found = try model.logits([
      Step.Input(sequence: fork, tokens: rest, logits: 0..<rest.count)
    ])
    #expect(found == Array(whole.suffix(found.count)))
  }

  @Test func `a cache of 8 bits stays near one of 16`() throws {
    let file = Shared.url("data/stories260K/stories260K.gguf").path
    // Heads of width 8 do not fit the cache's blocks of 32: a typed error, not a trap.
    #expect(throws: TensorError.self) {
      _ = try TestModel(path: file).logits([1, 2, 3], cacheType: .q8_0)
    }
    let model = try TestModel(path: Shared.url("fixtures/e2e/kquant/Q4_K_M.gguf").path)
    let tokens = try SafetensorsFile(
      path: Shared.url("fixtures/e2e/kquant/reference.safetensors").path
    ).int32s("input_ids")
    let half = try model.logits(tokens)
    let eighth = try model.logits(tokens, cacheType: .q8_0)
    // 8 bits a number, 1/254 of the largest of 32: a few hundredths of the logits' deviation of 1.
    #expect(rootMeanSquare(half, eighth) < 0.03)
    #expect(half != eighth)
  }

  @Test func `quantised logits lie no farther from the exact ones than llama.cpp's`() throws {
    let file = try SafetensorsFile(
      path: Shared.url("fixtures/e2e/kquant/reference.safetensors").path
    )
    let exact = try file.floats("Q4_K_M.logits")
    let peer = try file.floats("Q4_K_M.llamacpp_logits")
    let found = try TestModel(path: Shared.url("fixtures/e2e/kquant/Q4_K_M.gguf").path).logits(
      try file.int32s("input_ids")
    )
    #expect(rootMeanSquare(found, exact) <= rootMeanSquare(peer, exact))
  }
}
