import ChaskiTestSupport
import ChaskiChat
import ChaskiGeneration
import ChaskiServer
import ChaskiTensors
import Foundation
import Logging
import Testing

/// Models from files, loaded and unloaded while a server runs.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct LoadedModelTests {
  private static let path = Shared.url("data/stories260K/stories260K.gguf").path

  /// A registry of models of one file, of which `memory` bytes hold one.
  private static func registry(_ ids: [String], memory: Int) throws -> ModelRegistry {
    var options = BatchOptions()
    options.cacheBytes = 4 << 20
    options.maximumBatch = 4
    let loading = OfferedModel.Loading(
      options: options,
      weightCache: nil,
      memoryByteCount: memory
    ) { try CPUBackend(threadCount: 2) }
    var policy = ModelPolicy()
    policy.memoryByteCount = memory
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return ModelRegistry(
      offering: try ids.map { try OfferedModel(id: $0, path: path, loading) },
      policy: policy,
      logger: logger
    )
  }

  private static func text(_ server: TestServer, _ model: String) async throws -> String {
    let reply = try await server.post(
      "/v1/completions",
      """
      {"model": "\(model)", "prompt": "Once upon a time", "max_tokens": 20, "temperature": 0}
      """
    )
    #expect(reply.status == 200)
    return try reply.json["choices"]?.array?.first?["text"]?.string ?? ""
  }

  @Test func `a file's header tells all that lists need`() throws {
    let listing = try #require(try Self.registry(["a"], memory: 1 << 30).listings.first)
    #expect(listing.description.facts.family == "llama")
    #expect(listing.description.contextLength == listing.description.facts.trainedContextLength)
    #expect(listing.description.facts.parameterCount > 200_000)
    // The weights, rounded up, and the cache.
    #expect(listing.byteCount > 4 << 20 && listing.byteCount < 16 << 20)
  }

  @Test func `what is told of a model before it is loaded is true afterwards`() async throws {
    let registry = try Self.registry(["a"], memory: 1 << 30)
    let before = try registry.listing(named: "a")
    _ = try await registry.model(named: "a")
    let after = try registry.listing(named: "a")
    #expect(before.description.facts == after.description.facts)
    #expect(before.description.template == after.description.template)
    #expect(after.byteCount <= before.byteCount)
  }

  @Test func `two models that take turns in memory give the same text every time`() async throws {
    let registry = try Self.registry(["a", "b"], memory: 8 << 20)
    try await TestServer.run(registry) { server in
      let expected = try await Self.text(server, "a")
      #expect(!expected.isEmpty)
      for _ in 0..<5 {
        for id in ["b", "a"] {
          let found = try await Self.text(server, id)
          #expect(found == expected)
          #expect(registry.loaded.count <= 1)
        }
      }
    }
  }

  @Test func `two models that compute at once give the texts that they give alone`() async throws {
    let registry = try Self.registry(["a", "b"], memory: 1 << 30)
    try await TestServer.run(registry) { server in
      let expected = try await Self.text(server, "a")
      let texts = try await withThrowingTaskGroup { group in
        for number in 0..<16 {
          group.addTask { try await Self.text(server, number % 2 == 0 ? "a" : "b") }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(texts == [expected])
      #expect(registry.loaded.map(\.id) == ["a", "b"])
    }
  }
}
