import ChaskiTestSupport
import ChaskiCheckpoints
import ChaskiConversion
import ChaskiFiles
import ChaskiGeneration
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// Models written in other forms, against those that llama.cpp's converter wrote, and there and back.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct ConversionTests {
  private func withFolder<R>(_ body: (URL) throws -> R) throws -> R {
    try withTemporaryFolder { try body($0.url) }
  }

  private func export(
    _ source: String,
    to url: URL,
    type: WeightType
  ) throws -> any Checkpoint {
    let backend = try CPUBackend(threadCount: 1)
    try GGUFExport(openCheckpoint(source), type: type).write(to: url.path, on: backend)
    return try openCheckpoint(url.path)
  }

  @Test(arguments: ["llama-spm", "llama3-bpe"])
  func `a folder becomes the file that llama.cpp's converter makes of it`(name: String) throws {
    let folder = Shared.url("fixtures/e2e/\(name)").path
    let expected = try openCheckpoint("\(folder)/\(name)-f16.gguf")
    try withFolder { url in
      let found = try export(folder, to: url.appending(path: "m.gguf"), type: .f16)
      #expect(Set(found.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
      for tensor in expected.tensors {
        let own = try found.requireTensor(tensor.name)
        #expect(own == tensor)
        // The factors of scaled rotary embeddings are computed, there in another order.
        guard tensor.name != "rope_freqs.weight" else { continue }
        let isSame = found.bytes(of: own) == expected.bytes(of: tensor)
        #expect(isSame, "\(tensor.name)")
      }
      // Names, sizes in words and sampling advice are not what the model is.
      let ignored = [
        "general.name", "general.size_label", "general.sampling.top_p", "general.sampling.temp",
        "tokenizer.ggml.add_sep_token",
      ]
      for key in expected.keys where !ignored.contains(key) {
        let value = try found.value(key, maximumElements: .max)
        let isSame = try value == expected.value(key, maximumElements: .max)
        #expect(isSame, "\(key)")
      }
    }
  }

  @Test(arguments: [
    "fixtures/e2e/llama-spm/llama-spm-f16.gguf", "fixtures/e2e/llama3-bpe/llama3-bpe-f16.gguf",
    "fixtures/gguf/llama2-gqa-sharded-f16.gguf", "fixtures/gguf/llama31-f16.gguf",
    "fixtures/gguf/mixtral-f16.gguf", "fixtures/gguf/gemma2-f16.gguf",
    "fixtures/gguf/deepseek-v3-f16.gguf", "fixtures/gguf/gpt2-f16.gguf",
    "fixtures/gguf/r1-distill-qwen2-f16.gguf",
  ])
  func `a file becomes a folder and the same file again`(path: String) throws {
    let path = Shared.url(path).path
    let expected = try openCheckpoint(path)
    try withFolder { url in
      let backend = try CPUBackend(threadCount: 2)
      let folder = url.appending(path: "folder").path
      try FolderExport(expected, type: .stored).write(to: folder, on: backend)
      let found = try export(folder, to: url.appending(path: "m.gguf"), type: .stored)
      #expect(Set(found.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
      for tensor in expected.tensors where tensor.name != "rope_freqs.weight" {
        let isSame =
          try found.bytes(of: found.requireTensor(tensor.name)) == expected.bytes(of: tensor)
        #expect(isSame, "\(tensor.name)")
      }
      for key in expected.keys where key.hasPrefix(expected.architecture + ".") {
        let value = try found.value(key, maximumElements: 1)
        let wanted = try expected.value(key, maximumElements: 1)
        let isSame = value == wanted || value?.integer != nil && value?.integer == wanted?.integer
        #expect(isSame, "\(key)")
      }
      try checkTokenizers(expected, openCheckpoint(folder), found)
    }
  }

  /// All tokenizers give the ids of the first, for the strings of the fixtures.
  private func checkTokenizers(_ checkpoints: any Checkpoint...) throws {
    let tokenizers = try checkpoints.map { try Tokenizer.of($0) }
    guard let first = try #require(tokenizers.first) else {
      #expect(tokenizers.allSatisfy { $0 == nil })
      return
    }
    let data = try Data(contentsOf: Shared.url("fixtures/tokenizers/strings.json"))
    let strings = try JSONDecoder().decode([String].self, from: data)
    #expect(strings.count > 20)
    for other in tokenizers.dropFirst() {
      let other = try #require(other)
      #expect(other.special == first.special)
      for string in strings {
        let expected = first.encode(string, addSpecialTokens: true, parseSpecialTokens: true)
        let found = other.encode(string, addSpecialTokens: true, parseSpecialTokens: true)
        #expect(found == expected, "\(string)")
        let text = first.decode(expected, skipSpecialTokens: true)
        #expect(other.decode(found, skipSpecialTokens: true) == text)
      }
    }
  }

  @Test func `Llama 3's scaling is found again from the factors of its pairs`() throws {
    let gguf = try openCheckpoint(Shared.url("fixtures/gguf/llama31-f16.gguf").path)
    let view = try FolderView(of: gguf)
    let scaling = try #require(view.configuration.first { $0.key == "rope_scaling" }?.value)
    guard case .object(let values) = scaling else { throw CancellationError() }
    #expect(values["original_max_position_embeddings"] == .integer(192))
    #expect(values["factor"] == .number(8))
    #expect(values["high_freq_factor"] == .number(4))
  }

  @Test(arguments: WeightType.allCases)
  func `every type is written, and rows that blocks do not divide become float16`(
    type: WeightType
  ) throws {
    try withFolder { url in
      let source = Shared.url("fixtures/models/llama-v5config").path
      let found = try export(source, to: url.appending(path: "m.gguf"), type: type)
      // Queries have 64 columns; the attention's output has 4 heads of 20.
      let query = try found.requireTensor("blk.0.attn_q.weight")
      let output = try found.requireTensor("blk.0.attn_output.weight")
      let wanted: (ElementType, ElementType) =
        switch type {
        case .stored, .f32: (.f32, .f32)
        case .f16: (.f16, .f16)
        case .bf16: (.bf16, .bf16)
        case .q8_0: (.q8_0, .f16)
        }
      #expect(query.type == wanted.0 && output.type == wanted.1)
      #expect(found.tensor("output_norm.weight")?.type == .f32)
    }
  }
}
