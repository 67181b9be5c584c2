// Owns: `chaski serve`.

import ArgumentParser
import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import Foundation
import Logging

/// Serves models over HTTP.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve models over HTTP to the clients of OpenAI, Anthropic and Ollama.",
    discussion: """
      Examples:
        chaski serve smollm2
        chaski serve smollm2 ./mistral.gguf --memory 12G --alias mistral=./mistral.gguf
        chaski serve smollm2 --port 11434 --allow-origin https://chat.example.org
        chaski teams add lab && chaski keys add lab && chaski serve smollm2 --host 0.0.0.0
        curl http://127.0.0.1:8080/v1/chat/completions -d \
      '{"model": "smollm2", "messages": [{"role": "user", "content": "Hello"}]}'

      Ctrl-C or SIGTERM ends it in good order: what runs may finish. See docs/server.md.
      """
  )

  @Argument(
    help: "The models: names, GGUF files, Hugging Face folders, or hf:OWNER/REPO[/FILE]."
  )
  var models: [String]

  @OptionGroup(title: "Listening") var listening: ListeningArguments

  @OptionGroup(title: "Engine") var engine: EngineArguments

  @OptionGroup(title: "Models in memory") var memory: MemoryArguments

  @OptionGroup var weights: WeightCacheArguments

  @OptionGroup(title: "Teams") var tenants: TenantArguments

  @Option(help: "How much is logged: trace, debug, info, notice, warning, error.")
  var logLevel = "info"

  func validate() throws {
    guard !models.isEmpty else { throw ValidationError("Name at least one model.") }
    _ = try ServedNames(models, aliases: engine.alias)
    _ = try level()
  }

  func run() async throws {
    var logger = Logger(label: "chaski") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = try level()
    let configuration = try listening.configuration()
    try InferenceServer.check(configuration)
    let start = StartWatch()
    // Before models are loaded, which takes longer.
    let store = try tenantStore()
    let figures = ServerFigures()
    let registry = try await registry(figures, logger)
    let gate: any Gate = store.map { TenantGate($0, logger: logger) } ?? OpenGate()
    let service = ServerService(
      configuration: configuration,
      registry: registry,
      gate: MeteredGate(gate, figures: figures),
      metricsText: { figures.text() },
      figures: figures,
      tenants: store,
      startTime: Int(Date().timeIntervalSince1970)
    )
    let server = try await InferenceServer(service: service, logger: logger)
    let scheme = configuration.tls == nil ? "http" : "https"
    let names = registry.listings.map(\.description.id).joined(separator: ", ")
    try await server.run { port in
      start.end()
      Console.note("Serving \(names) at \(scheme)://\(configuration.host):\(port)")
    }
    try await store?.close()
  }

  /// The models that are served, the first of them loaded.
  private func registry(_ figures: ServerFigures, _ logger: Logger) async throws -> ModelRegistry {
    let policy = memory.policy()
    let processor = engine.processor
    let loading = OfferedModel.Loading(
      options: try engine.options(),
      weightCache: try weights.cache(),
      memoryByteCount: policy.memoryByteCount
    ) { try processor.backend() }
    let offers = ModelOffers(loading: loading, isMemoryGiven: memory.memory != nil)
    let names = try ServedNames(models, aliases: engine.alias)
    let registry = ModelRegistry(
      offering: try await offers.offers(names),
      policy: policy,
      logger: logger
    ) { figures.note($0) }
    figures.follow { [weak registry] in registry?.loaded ?? [] }
    if !memory.lazy, let first = names.entries.first {
      let reporter = LoadReporter(isQuiet: false)
      defer { reporter.finish() }
      try await registry.load(first.id) { reporter.show($0, of: $1) }
    }
    return registry
  }

  /// The teams' database: the one that was named, or the usual one if there is one.
  private func tenantStore() throws -> TenantStore? {
    let path = try tenants.path()
    guard tenants.database != nil || FileManager.default.fileExists(atPath: path) else {
      return nil
    }
    return try TenantStore(path: path, isCreating: false, isExclusive: true)
  }

  private func level() throws(ValidationError) -> Logger.Level {
    guard let level = Logger.Level(rawValue: logLevel) else {
      let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--log-level \(logLevel): use one of \(known).")
    }
    return level
  }
}
