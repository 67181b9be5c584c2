import ChaskiServer
import Testing

/// Models that are loaded when they are asked for.
struct ModelRegistryTests {
  @Test func `a model is loaded for the first request that names it, and once for many`()
    async throws
  {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"])
    #expect(registry.loaded.isEmpty)
    #expect(registry.listings.map(\.isLoaded) == [false, false])
    loader.block()
    try await withThrowingTaskGroup { group in
      for _ in 0..<20 {
        group.addTask { _ = try await registry.model(named: "a:latest") }
      }
      try await eventually { loader.loads("a") == 1 }
      loader.unblock()
      try await group.waitForAll()
    }
    #expect(loader.loads("a") == 1)
    #expect(registry.loaded.map(\.id) == ["a"])
    #expect(registry.listings.map(\.isLoaded) == [true, false])
  }

  @Test func `a model stays as long as anyone holds it, and leaves for the next one then`()
    async throws
  {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"])
    var held: ServedModel? = try await registry.model(named: "a")
    let other = Task { try await registry.model(named: "b").id }
    // Whatever goes on meanwhile, the one who waits does not get its model.
    for _ in 0..<3 { _ = registry.listings }
    #expect(loader.closes("a") == 0)
    #expect(held?.id == "a")
    held = nil
    #expect(try await other.value == "b")
    #expect(loader.closes("a") == 1)
    #expect(registry.loaded.map(\.id) == ["b"])
  }

  @Test func `an engine that was unloaded is gone`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"])
    _ = try await registry.model(named: "a")
    let isThere = { @Sendable [weak engine = loader.engine("a")] in engine != nil }
    #expect(isThere())
    _ = try await registry.model(named: "b")
    try await eventually { !isThere() }
  }

  @Test func `twenty changes between two models load and close each of them ten times`()
    async throws
  {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"])
    for _ in 0..<10 {
      for id in ["a", "b"] { #expect(try await registry.model(named: id).id == id) }
    }
    #expect(loader.loads("a") == 10 && loader.loads("b") == 10)
    #expect(loader.closes("a") == 10 && loader.closes("b") == 9)
  }

  @Test func `a failing load is told to everyone who waits and spoils nothing`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"], memory: 200) { $0.retryDuration = .zero }
    loader.setFails("a", true)
    loader.block()
    let waiting = (0..<5).map { _ in Task { try await registry.model(named: "a") } }
    try await eventually { loader.loads("a") == 1 }
    loader.unblock()
    for task in waiting {
      await #expect(throws: ServerError.modelNotLoaded("a")) { try await task.value }
    }
    #expect(try await registry.model(named: "b").id == "b")
    loader.setFails("a", false)
    #expect(try await registry.model(named: "a").id == "a")
  }

  @Test func `a client that goes away waits no more`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a"])
    loader.block()
    let presence = ConnectionPresence()
    let waiting = Task { try await registry.model(named: "a", presence: presence) }
    try await eventually { loader.loads("a") == 1 }
    presence.leave()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    // One that has gone before it asks does not wait at all.
    await #expect(throws: CancellationError.self) {
      try await registry.model(named: "a", presence: presence)
    }
    loader.unblock()
    #expect(try await registry.model(named: "a").id == "a")
    #expect(loader.loads("a") == 1)
  }

  @Test func `a task that is cancelled waits no more`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a"])
    loader.block()
    let waiting = Task { try await registry.model(named: "a") }
    try await eventually { loader.loads("a") == 1 }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    loader.unblock()
  }

  @Test func `the end does not wait for a load, and tells those who do`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a"])
    loader.block()
    let waiting = Task { try await registry.model(named: "a") }
    try await eventually { loader.loads("a") == 1 }
    await registry.drain(within: .seconds(60))
    await #expect(throws: ServerError.draining) { try await waiting.value }
    await #expect(throws: ServerError.draining) { try await registry.model(named: "a") }
    loader.unblock()
  }

  @Test func `the end drains what is loaded`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a"])
    try await registry.load("a")
    await registry.drain(within: .zero)
    #expect(loader.engine("a")?.isDrained == true)
  }

  @Test func `a wait for memory that others use ends in time`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a", "b"]) { $0.waitDuration = .milliseconds(20) }
    let held = try await registry.model(named: "a")
    await #expect(throws: ServerError.noRoom(model: "b", retryAfter: .seconds(10))) {
      try await registry.model(named: "b")
    }
    #expect(held.id == "a")
  }

  @Test func `an unused model leaves after its time`() async throws {
    let loader = ScriptedLoader()
    let registry = try loader.registry(["a"]) { $0.keepAlive = .milliseconds(10) }
    _ = try await registry.model(named: "a")
    try await eventually { loader.closes("a") == 1 }
    #expect(registry.loaded.isEmpty)
  }

  @Test func `a name that nobody offers is told, with those that are`() async throws {
    let registry = try ScriptedLoader().registry(["a", "b"])
    let error = ServerError.unknownModel("c", available: ["a", "b"])
    await #expect(throws: error) { try await registry.model(named: "c") }
    #expect(throws: error) { try registry.listing(named: "c") }
  }

  @Test(arguments: [
    ("5", "5.0 seconds"), ("0", "0.0 seconds"), ("-1", "forever"), ("\"10m\"", "600.0 seconds"),
    ("\"1h30m\"", "5400.0 seconds"), ("\"-1s\"", "forever"), ("\"30\"", "30.0 seconds"),
    ("\"250ms\"", "0.25 seconds"), ("null", "nil"),
  ])
  func `keep_alive is seconds or a duration`(json: String, expected: String) throws {
    let fields = try RequestFields(body: Array("{\"keep_alive\": \(json)}".utf8), depthLimit: 8)
    let found =
      switch try KeepAlive(fields) {
      case nil: "nil"
      case .forever: "forever"
      case .lasting(let duration): "\(duration / .seconds(1)) seconds"
      }
    #expect(found == expected)
  }

  @Test(arguments: ["\"soon\"", "\"\"", "\"5y\"", "true", "\"nan\"", "[]", "\"1e999\"", "\"m\""])
  func `another keep_alive is refused`(json: String) throws {
    let fields = try RequestFields(body: Array("{\"keep_alive\": \(json)}".utf8), depthLimit: 8)
    #expect(throws: ServerError.self) { try KeepAlive(fields) }
  }
}
