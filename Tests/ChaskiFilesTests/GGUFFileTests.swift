// Owns: tests of opening GGUF files: reference files, and files of our writer.
// Does not own: broken files (GGUFParserTests, CorruptionTests), keys (GGUFMetadataTests).

import ChaskiTestSupport
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

struct GGUFFileTests {
  @Test(arguments: [GGUFSample.everyValue, .tensors, .version2])
  func `what was written is read back`(sample: GGUFSample) throws {
    try withTemporaryFolder { folder in
      let file = try GGUFFile(path: folder.write(sample.bytes, as: "model.gguf"))
      #expect(file.version == sample.version)
      #expect(file.metadata.keys == sample.keys.map(\.0))
      for (key, value) in sample.keys {
        let entry = try #require(file.metadata.entry(key))
        try #expect(file.metadata.value(entry, maximumElements: .max) == value)
      }
      #expect(file.tensors.map(\.name) == sample.tensors.map(\.name))
      for (index, expected) in sample.tensors.enumerated() {
        let tensor = try file.requireTensor(expected.name)
        #expect(tensor.type == expected.type)
        #expect(tensor.dimensions == expected.dimensions)
        #expect(tensor.elementCount == expected.dimensions.reduce(1, *))
        #expect(tensor.offset.isMultiple(of: sample.writer.alignment))
        let isSame = copied(file.bytes(of: tensor)) == sample.data(index)
        #expect(isSame)
      }
    }
  }

  @Test func `a missing tensor is named`() throws {
    try withTemporaryFolder { folder in
      let file = try GGUFFile(path: folder.write(GGUFSample.tensors.bytes, as: "model.gguf"))
      #expect(file.tensor("output.weight") == nil)
      #expect(
        throws: FileError.missing(
          file: folder.path("model.gguf"),
          item: "tensor output.weight",
          expected: "among its tensors"
        )
      ) { try file.requireTensor("output.weight") }
    }
  }

  @Test func `every type the format defines can be listed`() throws {
    try withTemporaryFolder { folder in
      var sample = GGUFSample(name: "types")
      for type in ElementType.allCases {
        sample.tensors.append(("t.\(type.name)", type, [type.blockElementCount * 2, 3]))
      }
      let file = try GGUFFile(path: folder.write(sample.bytes, as: "types.gguf"))
      #expect(file.tensors.map(\.type) == ElementType.allCases)
      #expect(file.tensors.map(\.byteCount) == ElementType.allCases.map { $0.blockByteCount * 6 })
    }
  }

  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: [
      "llama2-gqa-sharded", "llama31", "gemma2", "gpt2", "mixtral", "deepseek-v3",
      "r1-distill-qwen2",
    ]
  )
  func `names, types, shapes and keys are the reference's`(name: String) throws {
    let data = try Data(contentsOf: Shared.url("fixtures/gguf/meta.json"))
    let models = try JSONDecoder().decode(Reference.self, from: data).models
    let reference = try #require(models[name])
    let tensors = try #require(reference.tensors)
    let file = try GGUFFile(path: Shared.url("fixtures/gguf/\(name)-f16.gguf").path)
    #expect(file.tensors.count == tensors.count)
    for tensor in file.tensors {
      let expected = try #require(tensors[tensor.name])
      #expect(tensor.type.name == expected.type)
      #expect(tensor.dimensions == expected.dimensions)
    }
    if let keys = reference.kv { #expect(file.metadata.keys == keys) }
  }

  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: [
      ("gpt-2", 50_257), ("llama-bpe", 128_256), ("llama-spm", 32_000), ("qwen2", 151_936),
      ("starcoder", 49_152), ("phi-3", 32_064), ("gemma-4", 262_144), ("command-r", 256_000),
      ("deepseek-llm", 102_400), ("deepseek-coder", 32_256), ("falcon", 65_024),
      ("bert-bge", 30_522),
    ]
  )
  func `a vocabulary has the model's published size`(name: String, count: Int) throws {
    let path = Shared.url("data/tokenizers/ggml-vocab/ggml-vocab-\(name).gguf").path
    let metadata = try GGUFFile(path: path).metadata
    let (bytes, ends) = try metadata.requireStringArray("tokenizer.ggml.tokens")
    #expect(ends.count == count)
    #expect(ends.last == bytes.count)
    try #expect(metadata.requireIntArray("tokenizer.ggml.token_type").count == count)
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `the first tokens of GPT-2's vocabulary are the known ones`() throws {
    let path = Shared.url("data/tokenizers/ggml-vocab/ggml-vocab-gpt-2.gguf").path
    let (bytes, ends) = try GGUFFile(path: path).metadata
      .requireStringArray("tokenizer.ggml.tokens")
    #expect(String(decoding: bytes[..<ends[3]], as: UTF8.self) == "!\"#$")
    #expect(
      String(decoding: bytes[ends[50_255]..<ends[50_256]], as: UTF8.self) == "<|endoftext|>"
    )
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `a vocabulary of 49,152 tokens opens in under 5 ms`() throws {
    let path = Shared.url("data/tokenizers/ggml-vocab/ggml-vocab-starcoder.gguf").path
    // The best of several, because the machine does other work too.
    let best = try (0..<10).map { _ in
      let start = ThreadTime.now
      _ = try GGUFFile(path: path)
      return ThreadTime.now - start
    }.min()
    try #expect(#require(best) < .milliseconds(5))
  }

  @Test(
    .enabled(if: Shared.isPresent, Shared.reason),
    arguments: [
      ("token_embd.weight", "model.embed_tokens.weight"), ("output.weight", "lm_head.weight"),
      ("blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight"),
    ]
  )
  func `a converted model's F16 weights are the original's, rounded`(
    name: String,
    original: String
  ) throws {
    let folder = "fixtures/e2e/llama-spm"
    let file = try GGUFFile(path: Shared.url("\(folder)/llama-spm-f16.gguf").path)
    let reference = try SafetensorsFile(path: Shared.url("\(folder)/model.safetensors").path)
    let tensor = try file.requireTensor(name)
    #expect(tensor.dimensions == (try reference.requireTensor(original).shape.reversed()))
    let bytes = copied(file.bytes(of: tensor))
    let halves = stride(from: 0, to: bytes.count, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
    let isSame = try halves == reference.floats(original).map { Float16($0).bitPattern }
    #expect(isSame)
  }
}

/// What the reference's converter says about its files.
private struct Reference: Decodable {
  let models: [String: Model]

  struct Model: Decodable {
    let tensors: [String: Tensor]?
    let kv: [String]?
  }

  struct Tensor: Decodable {
    let type: String
    let dimensions: [Int]

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      type = try container.decode(String.self)
      dimensions = try container.decode([Int].self)
    }
  }
}

/// A copy of the bytes of `span`.
func copied(_ span: RawSpan) -> [UInt8] {
  // Any byte of a raw span may be read as a byte; the buffer is used only inside the closure.
  unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
}
