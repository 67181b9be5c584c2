import ChaskiTestSupport
import ChaskiCheckpoints
import ChaskiConversion
import ChaskiFiles
import ChaskiTensors
import Foundation
import Testing

/// Folders written from files: the same model again, and typed errors where it could not be.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct FolderExportTests {
  static let folders = [
    "codellama", "deepseek-v2", "deepseek-v2-lite", "deepseek-v3", "gemma2", "gpt2",
    "llama-bias-ntk", "llama-v5config", "llama1", "llama2-gqa-sharded", "llama3", "llama31",
    "llama32-tied", "llama4-maverick-hub", "llama4-scout-text", "mistral-nemo", "mistral-v01-swa",
    "mixtral", "opt-125m", "opt-350m", "phi3-longrope", "phi3-swa", "qwen2-swa",
    "qwen25-tied-yarn", "qwen3", "qwen3-moe", "r1-distill-qwen2", "smollm-bf16",
    "vicuna-16k-linear",
  ]

  private func withFolder<R>(_ body: (URL) throws -> R) throws -> R {
    try withTemporaryFolder { try body($0.url) }
  }

  /// The folder at `source` as a float32 file, and that as a folder again.
  private func roundTrip(
    _ source: String,
    in url: URL,
    shardByteCount: Int? = nil
  ) throws -> (file: String, folder: String) {
    let backend = try CPUBackend(threadCount: 1)
    let file = url.appending(path: "m.gguf").path
    let folder = url.appending(path: "folder").path
    try GGUFExport(openCheckpoint(source), type: .f32).write(to: file, on: backend)
    var export = try FolderExport(openCheckpoint(file), type: .f32)
    if let shardByteCount { export.shardByteCount = shardByteCount }
    try export.write(to: folder, on: backend)
    return (file, folder)
  }

  /// A model is what its hyperparameters and tensors are: what is the same in both gives the same bits.
  private func expectSame(_ found: String, _ expected: String) throws {
    let options = CheckpointOptions(widensToFloat32: true)
    let found = try openCheckpoint(found, options: options)
    let expected = try openCheckpoint(expected, options: options)
    #expect(found.tensors.count == expected.tensors.count && !expected.tensors.isEmpty)
    for tensor in expected.tensors {
      let own = try found.requireTensor(tensor.name)
      #expect(own == tensor)
      let isSame = found.bytes(of: own) == expected.bytes(of: tensor)
      #expect(isSame, "\(tensor.name)")
    }
    let prefix = expected.architecture + "."
    let keys = expected.keys.filter { $0.hasPrefix(prefix) }
    #expect(Set(keys) == Set(found.keys.filter { $0.hasPrefix(prefix) }) && keys.count > 5)
    for key in keys {
      let isSame =
        try found.value(key, maximumElements: .max) == expected.value(key, maximumElements: .max)
      #expect(isSame, "\(key)")
    }
  }

  @Test func `every fixture's folder is tried`() throws {
    let names = try FileManager.default
      .contentsOfDirectory(atPath: Shared.url("fixtures/models").path)
    #expect(Set(names.filter { $0 != "README.md" }) == Set(Self.folders))
  }

  @Test(arguments: folders)
  func `a folder becomes a file and the same model's folder again`(name: String) throws {
    let source = Shared.url("fixtures/models/\(name)").path
    try withFolder { url in
      try expectSame(roundTrip(source, in: url).folder, source)
    }
  }

  @Test func `Gemma 2 without caps comes back without caps`() throws {
    try withFolder { url in
      let source = url.appending(path: "source")
      try FileManager.default.copyItem(at: Shared.url("fixtures/models/gemma2"), to: source)
      let configuration = source.appending(path: "config.json")
      var text = try String(contentsOf: configuration, encoding: .utf8)
      text.replace(#/"attn_logit_softcapping": 20.0/#, with: "\"attn_logit_softcapping\": null")
      text.replace(#/"final_logit_softcapping": 6.0/#, with: "\"final_logit_softcapping\": null")
      try Data(text.utf8).write(to: configuration)
      let checkpoint = try openCheckpoint(source.path)
      // Powers of two scale exactly: a program that computes this cap computes none.
      #expect(try checkpoint.float("gemma2.attn_logit_softcapping") == 0x1p64)
      #expect(try checkpoint.float("gemma2.final_logit_softcapping") == 0x1p64)
      let folder = try roundTrip(source.path, in: url).folder
      try expectSame(folder, source.path)
      let data = try Data(contentsOf: URL(filePath: folder + "/config.json"))
      guard
        case .object(let values) = try JSONDecoder().decode(ConfigurationValue.self, from: data)
      else { throw CancellationError() }
      #expect(values["attn_logit_softcapping"] == .null)
      #expect(values["final_logit_softcapping"] == .null)
    }
  }

  // transformers refuses a whole number where a key is declared a float.
  @Test func `a float keeps its point in a configuration, and every text is JSON again`() throws {
    let value = ConfigurationValue.object([
      "factor": .number(16), "small": .number(1e-6), "count": .integer(16), "none": .null,
      "lists": .list([.bool(true), .number(0.707), .object([:])]),
      "text \"\\\n\u{1}": .text("\u{E9}\t/\""),
    ])
    let text = value.text()
    #expect(text.contains("\"factor\": 16.0") && text.contains("\"count\": 16,"))
    let again = try JSONDecoder().decode(ConfigurationValue.self, from: Data(text.utf8))
    guard case .object(var found) = again, case .object(var wanted) = value else {
      throw CancellationError()
    }
    // Foundation reads 16.0 as a whole number.
    #expect(found.removeValue(forKey: "factor") == .integer(16))
    wanted["factor"] = nil
    #expect(found == wanted)
    #expect(ConfigurationValue.number(.infinity).text() == "null")
  }

  @Test func `weights over a size become several files with an index`() throws {
    let source = Shared.url("fixtures/models/qwen3-moe").path
    try withFolder { url in
      let folder = try roundTrip(source, in: url, shardByteCount: 60_000).folder
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      let shards = names.filter { $0.hasPrefix("model-") }.sorted()
      #expect(shards.count > 2 && names.contains("model.safetensors.index.json"))
      #expect(shards.first == "model-00001-of-0000\(shards.count).safetensors")
      #expect(!names.contains("model.safetensors"))
      for shard in shards {
        let file = try SafetensorsFile(path: folder + "/" + shard)
        let size = file.storedTensors.reduce(0) { $0 + $1.byteRange.count }
        #expect(size <= 60_000 || file.storedTensors.count == 1)
      }
      try expectSame(folder, source)
      // Written anew as one file, what was there before must not be taken for its weights.
      let again = try roundTrip(source, in: url).folder
      let left = try FileManager.default.contentsOfDirectory(atPath: again)
      #expect(left.filter { $0.hasPrefix("model") } == ["model.safetensors"])
      try expectSame(again, source)
    }
  }

  @Test(arguments: [
    ("llama1", "llama.rope.dimension_count", GGUFValue.uint32(8)),
    ("deepseek-v3", "deepseek2.attention.value_length", .uint32(7)),
    ("opt-125m", "opt.attention.layer_norm_epsilon", .float32(1e-6)),
    ("phi3-swa", "phi3.attention.value_length", .uint32(8)),
    ("llama31", "llama.rope.freq_base", .float32(10)),
  ])
  func `what a folder cannot say is refused`(
    name: String,
    key: String,
    value: GGUFValue
  ) throws {
    try withFolder { url in
      let file = try roundTrip(Shared.url("fixtures/models/\(name)").path, in: url).file
      try GGUFNumbers.overwrite([(key, value)], in: file)
      #expect {
        try FolderView(of: openCheckpoint(file))
      } throws: { error in
        if case CheckpointError.unsupported = error { true } else { false }
      }
    }
  }

  @Test func `a file of an architecture without folders is refused by name`() throws {
    try withFolder { url in
      var writer = GGUFWriter()
      writer.add("general.architecture", .text("elsewhere"))
      let file = url.appending(path: "m.gguf").path
      try writer.write(to: file) { _ in [] }
      #expect(
        throws: CheckpointError.unsupported(
          file: file,
          feature: "folders of architecture \"elsewhere\""
        )
      ) { try FolderView(of: openCheckpoint(file)) }
    }
  }
}
