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

  @Option(help: "How log lines are written: text, or json for programs that collect them.")
  var logFormat = LogFormat.text

  /// How log lines are written.
  enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    /// A line for people.
    case text
    /// A JSON object a line.
    case json
  }

  func validate() throws {
    guard !models.isEmpty else { throw ValidationError("Name at least one model.") }
    _ = try ServedNames(models, aliases: engine.alias)
    _ = try level()
  }

  func run() async throws {
    let logger = try logger()
    let configuration = try listening.configuration()
    let start = StartWatch()
    // Before models are loaded, which takes longer.
    let teams = try lateTenants(logger)
    let gate = LateGate(teams, logger: logger)
    try InferenceServer.check(configuration, hasKeys: gate.hasKeys)
    let figures = ServerFigures()
    let registry = try await registry(figures, logger)
    let service = ServerService(
      configuration: configuration,
      registry: registry,
      gate: MeteredGate(gate, figures: figures),
      metricsText: { figures.text() },
      figures: figures,
      tenants: try? teams.store(),
      startTime: Int(Date().timeIntervalSince1970)
    )
    let server = try await InferenceServer(service: service, logger: logger)
    let scheme = configuration.tls == nil ? "http" : "https"
    let names = registry.listings.map(\.description.id).joined(separator: ", ")
    try await server.run { port in
      start.end()
      let address = "\(scheme)://\(configuration.host):\(port)"
      switch logFormat {
      case .text: Console.note("Serving \(names) at \(address)")
      case .json:
        logger.notice("serving", metadata: ["models": "\(names)", "address": "\(address)"])
      }
    }
    try await teams.close()
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

  /// The teams' database: the one that was named, or the usual one, which may be made later.
  private func lateTenants(_ logger: Logger) throws -> LateTenants {
    let path = try tenants.path()
    let isThere = FileManager.default.fileExists(atPath: path)
    guard tenants.database != nil || isThere else { return LateTenants(path: path, logger: logger) }
    let store = try TenantStore(path: path, isCreating: false, isExclusive: true)
    return LateTenants(path: path, store: store, logger: logger)
  }

  private func logger() throws -> Logger {
    let isJSON = logFormat == .json
    var logger = Logger(label: "chaski") { label -> any LogHandler in
      if isJSON { return JSONLogHandler() }
      return StreamLogHandler.standardError(label: label)
    }
    logger.logLevel = try level()
    return logger
  }

  private func level() throws(ValidationError) -> Logger.Level {
    guard let level = Logger.Level(rawValue: logLevel) else {
      let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--log-level \(logLevel): use one of \(known).")
    }
    return level
  }
}
