// Owns: pulling repositories without GGUF files.

import ChaskiHub
import Foundation
import Testing

@Suite(.timeLimit(.minutes(10))) struct FolderPullTests {
  private static let texts = ["config.json", "tokenizer.json", "generation_config.json"]

  /// A hub with these files, of distinct bytes, and some that belong to no folder.
  private func hub(_ names: [String]) -> TestHub {
    let others = [
      "training_args.bin", "consolidated.safetensors", "onnx/model.onnx", "onnx/config.json",
    ]
    return TestHub(
      (names + others).enumerated().map {
        ($1, TestHub.bytes(100 * ($0 + 1), seed: UInt64($0 + 1)))
      }
    )
  }

  @Test(arguments: [
    ["model.safetensors"],
    [
      "model.safetensors.index.json", "model-00001-of-00002.safetensors",
      "model-00002-of-00002.safetensors",
    ],
    ["pytorch_model.bin"],
    [
      "pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin",
      "pytorch_model-00002-of-00002.bin",
    ],
  ])
  func `a repository without GGUF files becomes a folder in the store`(
    weights: [String]
  ) async throws {
    try await withFolder { folder in
      let hub = hub(Self.texts + weights)
      try await TestServer.run({ hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let reference = ModelReference.hub(try HubModel(parsing: "acme/tiny"))
        let model = try await library.pull(reference)
        #expect(model.name == "hf:acme/tiny")
        #expect(model.isFolder && model.url == model.directory)
        #expect(
          files(below: model.directory) == (Self.texts + weights + ["manifest.json"]).sorted()
        )
        for (name, bytes) in hub.files where (Self.texts + weights).contains(name) {
          #expect(try Array(Data(contentsOf: model.url.appending(path: name))) == bytes)
        }
        // A user's name for it stands for the folder now, without asking the hub.
        let asked = server.requests.count
        let found = try await library.file(for: reference, isPulling: false)
        #expect(found == model.url && server.requests.count == asked)
        #expect(library.store.contents().models == [model])
        #expect(try await library.pull(reference) == model)
        #expect(try library.remove("hf:acme/tiny") > 0)
        #expect(library.store.contents().models.isEmpty)
      }
    }
  }

  @Test func `safetensors are chosen before pickles, and GGUF before both`() async throws {
    let both = Self.texts + ["pytorch_model.bin", "model.safetensors"]
    try await withFolder { folder in
      let (plain, mixed) = (hub(both), hub(both + ["tiny-Q4_0.gguf"]))
      try await TestServer.run({ request in
        (request.path.contains("mixed") ? mixed : plain).answer(request)
      }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let model = try await library.pull(.hub(HubModel(parsing: "acme/plain")))
        #expect(files(below: model.directory).contains("model.safetensors"))
        #expect(!files(below: model.directory).contains("pytorch_model.bin"))
        let file = try await library.pull(.hub(HubModel(parsing: "acme/mixed")))
        #expect(file.name == "hf:acme/mixed/tiny-Q4_0.gguf" && !file.isFolder)
      }
    }
  }

  @Test(arguments: [
    (["model.safetensors"], HubError.noModelFile(repository: "acme/tiny")),
    (["config.json"], .noModelFile(repository: "acme/tiny")),
    (
      [
        "config.json", "model.safetensors.index.json", "model-00001-of-00003.safetensors",
        "model-00003-of-00003.safetensors",
      ], .incompleteSplit(file: "model.safetensors.index.json", found: 2, expected: 3)
    ),
  ])
  func `a repository that is no whole model is refused before anything is brought`(
    names: [String],
    expected: HubError
  ) async throws {
    try await withFolder { folder in
      let hub = hub(names)
      try await TestServer.run({ hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        await #expect(throws: expected) {
          try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        }
        #expect(server.requests(for: "/resolve/").isEmpty)
      }
    }
  }
}
