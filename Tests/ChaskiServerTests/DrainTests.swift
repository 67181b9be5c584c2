import ChaskiServer
import Logging
import ServiceLifecycleTestKit
import Testing

/// The end of a server.
struct DrainTests {
  @Test func `a leaving server still answers, but is not ready`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let found = try await server.get("/health/ready").status
      #expect(found == 200)
      server.service.readiness.enter(.leaving)
      let found2 = try await server.get("/health/ready").status
      #expect(found2 == 503)
      let found3 = try await server.get("/health/live").status
      #expect(found3 == 200)
      let found4 = try await server.get("/v1/models").status
      #expect(found4 == 200)
    }
  }

  @Test func `a draining server takes nothing new`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      server.service.readiness.enter(.draining)
      let reply = try await server.post(
        "/v1/completions",
        "{\"model\": \"tiny\", \"prompt\": \"x\"}"
      )
      #expect(reply.status == 503)
      #expect(reply.header("retry-after") == "1")
      let found5 = try await server.get("/health/live").status
      #expect(found5 == 200)
    }
  }

  @Test(arguments: [false, true])
  func `a server that is told a second time to end does not wait`(isImpatient: Bool) async throws {
    var configuration = ServerConfiguration()
    configuration.drainDelay = isImpatient ? .seconds(100_000) : .zero
    let engine = ScriptedEngine(saying: "a")
    let service = ServerService(
      configuration: configuration,
      registry: ModelRegistry([try TinyModel.served(by: engine)]),
      startTime: 0
    )
    try await testGracefulShutdown { trigger in
      trigger.triggerGracefulShutdown()
      let drain = DrainService(service: service, logger: TestServer.quietLogger) { isImpatient }
      try await drain.run()
    }
    #expect(engine.isDrained)
    #expect(service.readiness.phase == .draining)
  }

  @Test(arguments: ["0.0.0.0", "192.168.1.2", "example.org"])
  func `a server without keys does not listen for others`(host: String) async throws {
    var configuration = ServerConfiguration()
    configuration.host = host
    let service = ServerService(
      configuration: configuration,
      registry: ModelRegistry([]),
      startTime: 0
    )
    await #expect(throws: InferenceServer.StartError.openToOthers(host: host)) {
      try await InferenceServer(service: service, logger: .init(label: "test"))
    }
  }
}
