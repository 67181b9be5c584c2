// Owns: the models that the tests of guessing ahead run.

import ChaskiTestSupport
import ChaskiFiles
import ChaskiGeneration
import ChaskiTensors
import Foundation

/// Small models, loaded.
enum TestModels {
  struct NoSuchKey: Error {
    let key: String
  }

  static func load(_ path: String) async throws -> LanguageModel {
    try await LanguageModel.load(path: Shared.url(path).path, on: CPUBackend(threadCount: 1))
  }

  /// stories260K, which tells stories in five layers.
  static func stories() async throws -> LanguageModel {
    try await load("data/stories260K/stories260K.gguf")
  }

  /// stories260K with its first `blockCount` layers only: it guesses right now and then.
  static func shortenedStories(blockCount: UInt32 = 4) async throws -> LanguageModel {
    var bytes = try Data(contentsOf: Shared.url("data/stories260K/stories260K.gguf"))
    let key = "llama.block_count"
    guard let found = bytes.firstRange(of: Data(key.utf8)) else { throw NoSuchKey(key: key) }
    // After the key: the type's number (4 bytes), then the value as 32 bits.
    let value = found.upperBound + 4
    bytes.replaceSubrange(
      value..<value + 4,
      with: (0..<4).map { UInt8(truncatingIfNeeded: blockCount >> (8 * $0)) }
    )
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).gguf")
    try bytes.write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try await LanguageModel.load(path: url.path, on: CPUBackend(threadCount: 1))
  }

  /// stories260K with more keys and more vectors of floats, which may take the place of its own.
  static func stories(
    adding keys: [(String, GGUFValue)],
    tensors: [(String, [Float])],
    replacing: Bool = false
  ) async throws -> LanguageModel {
    let file = try GGUFFile(path: Shared.url("data/stories260K/stories260K.gguf").path)
    let names = Set(replacing ? tensors.map(\.0) : [])
    let kept = file.tensors.filter { !names.contains($0.name) }
    var writer = GGUFWriter()
    for entry in file.metadata.entries {
      writer.add(entry.key, try file.metadata.value(entry, maximumElements: 1 << 20))
    }
    for (key, value) in keys { writer.add(key, value) }
    for tensor in kept {
      writer.addTensor(tensor.name, tensor.type, dimensions: tensor.dimensions)
    }
    for (name, values) in tensors { writer.addTensor(name, .f32, dimensions: [values.count]) }
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).gguf")
    defer { try? FileManager.default.removeItem(at: url) }
    try writer.write(to: url.path) { index in
      if index < kept.count {
        return unsafe file.bytes(of: kept[index]).withUnsafeBytes { unsafe [UInt8]($0) }
      }
      return tensors[index - kept.count].1.flatMap { value in
        (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
      }
    }
    return try await LanguageModel.load(path: url.path, on: CPUBackend(threadCount: 1))
  }
}
