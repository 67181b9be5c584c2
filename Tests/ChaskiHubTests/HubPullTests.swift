// Owns: pulling from a hub that behaves.

import ChaskiHub
import Foundation
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(10))) struct HubPullTests {
  private let bytes = TestHub.bytes(300_000)

  @Test func `a pull follows the redirect and installs the file with what is known of it`()
    async throws
  {
    try await withFolder { folder in
      var hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      try await TestServer.run({ [hub] in hub.answer($0) }) { content in
        hub.contentHost = content.address
        try await TestServer.run({ [hub] in hub.answer($0) }) { server in
          let library = try ModelLibrary(settings: settings(folder, hub: server.address))
          let record = ProgressRecord()
          let model = try await library.pull(
            .hub(HubModel(parsing: "acme/tiny")),
            progress: record.handler
          )

          #expect(try Array(Data(contentsOf: model.url)) == bytes)
          #expect(model.name == "hf:acme/tiny/tiny-Q4_0.gguf")
          #expect(model.manifest.licence == "mit")
          #expect(model.manifest.commit == hub.commit)
          #expect(
            model.manifest.files == [
              ModelFile(
                name: "tiny-Q4_0.gguf",
                byteCount: 300_000,
                sha256: TestHub.sha256(bytes),
                isVerified: true
              )
            ]
          )
          #expect(record.phases == [.listing, .downloading, .finished(wasThere: false)])
          #expect(record.all.last?.bytesDone == 300_000)
          #expect(library.store.contents().models == [model])
          #expect(FileManager.default.fileExists(atPath: model.url.path))
          #expect(files(below: model.directory) == ["manifest.json", "tiny-Q4_0.gguf"])
          #expect(server.requests(for: "/resolve/\(hub.commit)/").count == 1)
        }
      }
    }
  }

  @Test func `the token goes to the hub and not to the host it redirects to`() async throws {
    try await withFolder { folder in
      var hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      try await TestServer.run({ [hub] in hub.answer($0) }) { content in
        hub.contentHost = content.address
        try await TestServer.run({ [hub] in hub.answer($0) }) { server in
          let library = try ModelLibrary(
            settings: settings(folder, hub: server.address, token: "secret")
          )
          _ = try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
          #expect(!server.requests.isEmpty)
          #expect(server.requests.allSatisfy { $0.header("Authorization") == "Bearer secret" })
          #expect(content.requests.count == 1)
          #expect(content.requests.allSatisfy { $0.header("Authorization") == nil })
        }
      }
    }
  }

  @Test func `a token is not sent over plain http to another machine`() async throws {
    try await withFolder { folder in
      let library = try ModelLibrary(
        settings: settings(folder, hub: "http://hub.example", token: "secret")
      )
      await #expect(throws: HubError.insecureToken(host: "hub.example")) {
        try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
      }
    }
  }

  @Test func `a second pull finds the model and brings nothing`() async throws {
    try await withFolder { folder in
      let hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      try await TestServer.run({ hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let reference = ModelReference.hub(try HubModel(parsing: "acme/tiny"))
        let first = try await library.pull(reference)
        let record = ProgressRecord()
        let second = try await library.pull(reference, progress: record.handler)
        #expect(first == second)
        #expect(record.phases == [.listing, .finished(wasThere: true)])
        #expect(server.requests(for: "/resolve/").count == 1)
      }
    }
  }

  @Test func `an installed model is found without asking the hub`() async throws {
    try await withFolder { folder in
      let hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      try await TestServer.run({ hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let reference = ModelReference.hub(try HubModel(parsing: "acme/tiny"))
        await #expect(throws: HubError.notInstalled(name: "hf:acme/tiny")) {
          try await library.file(for: reference, isPulling: false)
        }
        #expect(server.requests.isEmpty)
        let pulled = try await library.file(for: reference, isPulling: true)
        let asked = server.requests.count
        #expect(try await library.file(for: reference, isPulling: true) == pulled)
        #expect(server.requests.count == asked)
      }
    }
  }

  @Test func `a catalogue's model from the hub is installed under its own name`() async throws {
    try await withFolder { folder in
      let hub = TestHub([("tiny-Q4_0.gguf", bytes), ("tiny-Q8_0.gguf", [1, 2, 3])])
      try await TestServer.run({ hub.answer($0) }) { server in
        let entry = CatalogueEntry(
          name: "tiny:q8",
          aliases: ["tiny"],
          summary: "",
          source: .hub(try HubModel(parsing: "acme/tiny/tiny-Q8_0.gguf"))
        )
        let library = ModelLibrary(
          settings: try settings(folder, hub: server.address),
          catalogue: Catalogue(entries: [entry])
        )
        let model = try await library.pull(.name("tiny"))
        #expect(model.name == "tiny:q8")
        #expect(try Array(Data(contentsOf: model.url)) == [1, 2, 3])
        #expect(try library.remove("TINY") > 0)
        #expect(library.store.contents().models.isEmpty)
      }
    }
  }

  @Test func `a catalogue's checksum is believed more than the hub's`() async throws {
    try await withFolder { folder in
      let hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      try await TestServer.run({ hub.answer($0) }) { server in
        let expected = TestHub.sha256([1])
        let entry = CatalogueEntry(
          name: "tiny",
          summary: "",
          sha256: expected,
          source: .hub(try HubModel(parsing: "acme/tiny"))
        )
        let library = ModelLibrary(
          settings: try settings(folder, hub: server.address),
          catalogue: Catalogue(entries: [entry])
        )
        await #expect(
          throws: HubError.checksumMismatch(
            file: "tiny-Q4_0.gguf",
            expected: expected,
            found: TestHub.sha256(bytes)
          )
        ) {
          try await library.pull(.name("tiny"))
        }
        #expect(server.requests(for: "/resolve/").isEmpty)
      }
    }
  }

  @Test func `a catalogue's checksum is kept where the hub names none`() async throws {
    try await withFolder { folder in
      var hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      hub.namesChecksums = false
      try await TestServer.run({ [hub] in hub.answer($0) }) { server in
        for (expected, isRight) in [(TestHub.sha256([1]), false), (TestHub.sha256(bytes), true)] {
          let entry = CatalogueEntry(
            name: "tiny",
            summary: "",
            sha256: expected,
            source: .hub(try HubModel(parsing: "acme/tiny"))
          )
          let library = ModelLibrary(
            settings: try settings(folder, hub: server.address),
            catalogue: Catalogue(entries: [entry])
          )
          let model = try? await library.pull(.name("tiny"))
          #expect((model != nil) == isRight)
          #expect(model?.manifest.files[0].isVerified == (isRight ? true : nil))
        }
      }
    }
  }

  @Test func `without checksums a moved branch is brought anew and a resting one is not`()
    async throws
  {
    try await withFolder { folder in
      let listings = Counter()
      let answer: TestServer.Answer = { [bytes] request in
        var hub = TestHub([("tiny-Q4_0.gguf", bytes)])
        hub.namesChecksums = false
        if request.path.hasPrefix("/api/"), listings.next() == 2 { hub.commit = "feedbeef" }
        return hub.answer(request)
      }
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        for count in [1, 1, 2] {
          _ = try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
          #expect(server.requests(for: "/resolve/").count == count)
        }
      }
    }
  }

  @Test func `all parts of a split model are brought from one commit`() async throws {
    try await withFolder { folder in
      let parts = (1...3).map {
        ("big/tiny-Q4_0-0000\($0)-of-00003.gguf", TestHub.bytes(1000 * $0, seed: UInt64($0)))
      }
      let hub = TestHub(parts.reversed())
      try await TestServer.run({ hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let record = ProgressRecord()
        let model = try await library.pull(
          .hub(HubModel(parsing: "acme/tiny")),
          progress: record.handler
        )
        #expect(model.url.lastPathComponent == "tiny-Q4_0-00001-of-00003.gguf")
        #expect(model.files.count == 3)
        for (url, part) in zip(model.files, parts) {
          #expect(try Array(Data(contentsOf: url)) == part.1)
        }
        #expect(record.all.filter { $0.phase == .downloading }.last?.bytesDone == 6000)
        #expect(record.all.filter { $0.phase == .downloading }.allSatisfy { $0.bytesTotal == 6000 })
        #expect(server.requests(for: "/resolve/\(hub.commit)/big/").count == 3)
      }
    }
  }

  @Test func `a name that is no plain word is encoded on its way and kept on the disk`()
    async throws
  {
    try await withFolder { folder in
      let name = "my models/a b#1?%é+.Q4_0.gguf"
      let hub = TestHub([(name, bytes)])
      try await TestServer.run({ hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let model = try await library.pull(
          .hub(HubModel(owner: "acme", repository: "tiny", file: name, revision: "refs/pr/1"))
        )
        #expect(model.url.lastPathComponent == "a b#1?%é+.Q4_0.gguf")
        #expect(
          server.requests[0].path == "/api/models/acme/tiny/revision/refs%2Fpr%2F1?blobs=true"
        )
        #expect(
          server.requests[1].path
            == "/acme/tiny/resolve/\(hub.commit)/my%20models/a%20b%231%3F%25%C3%A9%2B.Q4_0.gguf"
        )
      }
    }
  }

  @Test func `a hub below a path of its host is asked there`() async throws {
    try await withFolder { folder in
      let hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      let answer: TestServer.Answer = { request in
        guard request.path.hasPrefix("/mirror/hub/") else { return .text(.notFound) }
        let path = String(request.path.dropFirst("/mirror/hub".count))
        return hub.answer(TestRequest(path: path, headers: request.headers))
      }
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(
          settings: settings(folder, hub: server.address + "/mirror/hub/")
        )
        let model = try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        #expect(model.manifest.byteCount == 300_000)
      }
    }
  }

  @Test func `a newer revision replaces the file of the old one`() async throws {
    try await withFolder { folder in
      let newer = TestHub.bytes(5000, seed: 7)
      let listings = Counter()
      let answer: TestServer.Answer = { [bytes] request in
        if request.path.hasPrefix("/api/") { _ = listings.next() }
        return TestHub([("tiny-Q4_0.gguf", listings.count < 2 ? bytes : newer)]).answer(request)
      }
      try await TestServer.run(answer) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let reference = ModelReference.hub(try HubModel(parsing: "acme/tiny"))
        let old = try await library.pull(reference)
        let new = try await library.pull(reference)
        #expect(old.url == new.url)
        #expect(try Array(Data(contentsOf: new.url)) == newer)
        #expect(library.store.contents().models == [new])
      }
    }
  }

  @Test func `without a checksum from the hub the computed one is recorded as such`() async throws {
    try await withFolder { folder in
      var hub = TestHub([("tiny-Q4_0.gguf", bytes)])
      hub.namesChecksums = false
      try await TestServer.run({ [hub] in hub.answer($0) }) { server in
        let library = try ModelLibrary(settings: settings(folder, hub: server.address))
        let model = try await library.pull(.hub(HubModel(parsing: "acme/tiny")))
        #expect(model.manifest.files[0].sha256 == TestHub.sha256(bytes))
        #expect(!model.manifest.files[0].isVerified)
      }
    }
  }
}
