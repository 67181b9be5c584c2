import ChaskiTestSupport
import ChaskiCheckpoints
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// Folders seen as the GGUF files that llama.cpp's converter wrote from them.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct FolderCheckpointTests {
  /// Models of which there are both a folder and a GGUF file.
  static let pairs = [
    ("fixtures/models/llama2-gqa-sharded", "fixtures/gguf/llama2-gqa-sharded-f16.gguf"),
    ("fixtures/models/llama31", "fixtures/gguf/llama31-f16.gguf"),
    ("fixtures/models/r1-distill-qwen2", "fixtures/gguf/r1-distill-qwen2-f16.gguf"),
    ("fixtures/models/gpt2", "fixtures/gguf/gpt2-f16.gguf"),
    ("fixtures/models/gemma2", "fixtures/gguf/gemma2-f16.gguf"),
    ("fixtures/e2e/llama-spm", "fixtures/e2e/llama-spm/llama-spm-f16.gguf"),
    ("fixtures/e2e/llama3-bpe", "fixtures/e2e/llama3-bpe/llama3-bpe-f16.gguf"),
  ]

  private func floats(_ checkpoint: any Checkpoint, _ name: String) throws -> [Float] {
    let tensor = try checkpoint.requireTensor(name)
    let bytes = checkpoint.bytes(of: tensor)
    switch tensor.type {
    case .f32:
      return stride(from: 0, to: bytes.count, by: 4).map { offset in
        Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) })
      }
    case .f16:
      return stride(from: 0, to: bytes.count, by: 2).map { offset in
        Float(Float16(bitPattern: UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8))
      }
    default: throw CheckpointError.unsupported(file: name, feature: tensor.type.name)
    }
  }

  @Test(arguments: pairs)
  func `a folder has the tensors of its GGUF file`(folder: String, file: String) throws {
    let folder = try openCheckpoint(Shared.url(folder).path)
    let gguf = try openCheckpoint(Shared.url(file).path)
    #expect(folder.architecture == gguf.architecture)
    let names = Set(folder.tensors.map(\.name))
    #expect(names == Set(gguf.tensors.map(\.name)))
    for tensor in gguf.tensors {
      let own = try folder.requireTensor(tensor.name)
      #expect(own.dimensions == tensor.dimensions, "\(tensor.name)")
      let (expected, found) = (try floats(gguf, tensor.name), try floats(folder, tensor.name))
      #expect(expected.count == found.count)
      // The file has float16 where the folder has float32: half of its last place, 2^-11.
      let isNear = zip(expected, found).allSatisfy { abs($0 - $1) <= max(abs($1) / 2047, 1e-7) }
      #expect(isNear, "\(tensor.name)")
    }
  }

  @Test(arguments: pairs)
  func `a folder has the hyperparameters of its GGUF file`(folder: String, file: String) throws {
    let folder = try openCheckpoint(Shared.url(folder).path)
    let gguf = try openCheckpoint(Shared.url(file).path)
    for key in gguf.keys where key.hasPrefix(gguf.architecture + ".") {
      let expected = try #require(try gguf.value(key, maximumElements: 1))
      let found = try #require(try folder.value(key, maximumElements: 1), "\(key)")
      if let integer = expected.integer {
        #expect(found.integer == integer, "\(key)")
      } else {
        #expect(found == expected, "\(key)")
      }
    }
    for key in ["tokenizer.chat_template"] where gguf.keys.contains(key) {
      #expect(try folder.string(key) == gguf.string(key))
    }
  }

  @Test(arguments: pairs)
  func `any rows of a tensor are those of the whole`(folder: String, file: String) throws {
    let folder = try openCheckpoint(Shared.url(folder).path)
    for tensor in folder.tensors {
      let whole = folder.bytes(of: tensor)
      #expect(whole.count == tensor.byteCount)
      for step in [1, 3, 17] {
        var pieces: [UInt8] = []
        for first in stride(from: 0, to: tensor.rowCount, by: step) {
          let rows = first..<min(first + step, tensor.rowCount)
          folder.append(rows, of: tensor, to: &pieces)
          if let mapped = folder.mapped(rows, of: tensor) {
            var bytes: [UInt8] = []
            mapped.file.append(mapped.range, to: &bytes)
            #expect(bytes.elementsEqual(pieces.suffix(bytes.count)))
          }
        }
        #expect(pieces == whole, "\(tensor.name) in steps of \(step)")
      }
    }
  }

  @Test func `every Llama and Mistral folder opens, in both spellings of its configuration`() throws
  {
    for name in [
      "codellama", "llama-bias-ntk", "llama-v5config", "llama1", "llama3", "llama32-tied",
      "mistral-nemo", "mistral-v01-swa", "smollm-bf16", "vicuna-16k-linear",
    ] {
      let folder = try openCheckpoint(Shared.url("fixtures/models/\(name)").path)
      #expect(folder.architecture == "llama", "\(name)")
      #expect(try folder.int("llama.block_count") == 2)
    }
    func folder(_ name: String) throws -> any Checkpoint {
      try openCheckpoint(Shared.url("fixtures/models/\(name)").path)
    }
    let new = try folder("llama-v5config")
    #expect(try new.float("llama.rope.freq_base") == 20_000)
    #expect(new.tensor("rope_freqs.weight")?.dimensions == [10])
    #expect(try folder("llama1").float("llama.rope.freq_base") == 10_000)
    #expect(try folder("vicuna-16k-linear").string("llama.rope.scaling.type") == "linear")
    #expect(try folder("vicuna-16k-linear").float("llama.rope.scaling.factor") == 4)
    let dynamic = try folder("llama-bias-ntk")
    #expect(try dynamic.string("llama.rope.scaling.type") == "dynamic")
    #expect(try dynamic.int("llama.rope.scaling.original_context_length") == 40)
    #expect(dynamic.tensor("blk.1.ffn_down.bias")?.dimensions == [64])
    #expect(try folder("mistral-v01-swa").int("llama.attention.sliding_window") == 12)
    #expect(try folder("mistral-nemo").int("llama.attention.sliding_window") == nil)
    #expect(try folder("llama32-tied").tensor("output.weight") == nil)
  }
}
