// Owns: `chaski serve`.

import ArgumentParser
import ChaskiGeneration
import ChaskiServer
import ChaskiTenants
import ChaskiTensors
import Foundation
import Logging

/// Serves models over HTTP.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serve a model over HTTP to the clients of OpenAI, Anthropic and Ollama.",
    discussion: """
      Examples:
        chaski serve smollm2
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

  @OptionGroup var weights: WeightCacheArguments

  @OptionGroup(title: "Teams") var tenants: TenantArguments

  @Option(help: "How much is logged: trace, debug, info, notice, warning, error.")
  var logLevel = "info"

  func validate() throws {
    guard models.count == 1 else {
      throw ValidationError("Name one model; this version serves one at a time.")
    }
    _ = try level()
  }

  func run() async throws {
    var logger = Logger(label: "chaski") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = try level()
    let configuration = try listening.configuration()
    let (served, figures) = try await load()
    let store = try tenantStore()
    let gate: any Gate = store.map { TenantGate($0, logger: logger) } ?? OpenGate()
    let service = ServerService(
      configuration: configuration,
      registry: ModelRegistry(served),
      gate: MeteredGate(gate, figures: figures),
      metricsText: { figures.text() },
      startTime: Int(Date().timeIntervalSince1970)
    )
    let server = try await InferenceServer(service: service, logger: logger)
    let scheme = configuration.tls == nil ? "http" : "https"
    let names = served.map(\.id).joined(separator: ", ")
    try await server.run { port in
      Console.note("Serving \(names) at \(scheme)://\(configuration.host):\(port)")
    }
    try await store?.close()
  }

  private func load() async throws -> (models: [ServedModel], figures: ServerFigures) {
    let backend = try ModelOptions.backend(threads: engine.threads)
    let opener = try ModelOpener()
    var served: [ServedModel] = []
    var engines: [ServerFigures.Engine] = []
    for model in models {
      let loaded = try await opener.load(model, on: backend, weightCache: weights.cache())
      let batch = try BatchEngine(model: loaded, options: engine.options())
      let id = engine.alias ?? Self.name(of: model)
      served.append(try ServedModel(id: id, engine: batch))
      engines.append(ServerFigures.Engine(model: id) { batch.snapshot() })
    }
    return (served, ServerFigures(engines: engines))
  }

  /// The teams' database: the one that was named, or the usual one if there is one.
  private func tenantStore() throws -> TenantStore? {
    let path = try tenants.path()
    guard tenants.database != nil || FileManager.default.fileExists(atPath: path) else {
      return nil
    }
    return try TenantStore(path: path, isCreating: false)
  }

  /// The name that clients use: a model's own, or a file's without folder and extension.
  static func name(of model: String) -> String {
    guard model.hasPrefix("/") || model.hasPrefix(".") || model.hasPrefix("~") else { return model }
    let file = URL(filePath: model).lastPathComponent
    return file.hasSuffix(".gguf") ? String(file.dropLast(5)) : file
  }

  private func level() throws(ValidationError) -> Logger.Level {
    guard let level = Logger.Level(rawValue: logLevel) else {
      let known = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--log-level \(logLevel): use one of \(known).")
    }
    return level
  }
}
