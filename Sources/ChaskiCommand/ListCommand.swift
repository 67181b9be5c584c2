// Owns: `chaski list`.

import ArgumentParser
import ChaskiGeneration
import ChaskiHub
import ChaskiTerminal
import Foundation

/// Lists the models on this machine, or those that have a name.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the models on this machine.",
    discussion: """
      Examples:
        chaski list
        chaski list --available        the names that `pull` knows
        chaski list --json
      """,
    aliases: ["ls"]
  )

  @Flag(help: "List the catalogue: the models that have a name.")
  var available = false

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let library = try ModelOpener.library()
    if available { try listCatalogue(library) } else { try listInstalled(library) }
  }

  private func listInstalled(_ library: ModelLibrary) throws {
    let contents = library.store.contents()
    for problem in contents.problems { Console.note("\(problem)") }
    if json { return try Console.json(contents.models.map(ListedModel.init)) }
    guard !contents.models.isEmpty else {
      return Console.line("No models yet. `chaski pull smollm2` brings the default one.")
    }
    var table = TableFormatter(
      columns: [
        ("NAME", .left),
        ("SIZE", .right),
        ("LICENCE", .left),
        ("INSTALLED", .left),
        ("SOURCE", .left),
      ])
    for model in contents.models {
      table.add([
        model.name, Self.size(model.manifest.byteCount), model.manifest.licence ?? "",
        model.manifest.installed.formatted(.iso8601.year().month().day()),
        model.manifest.source.description,
      ])
    }
    Console.write(table.lines.map { $0 + "\n" }.joined())
    let kept = WeightCache(folder: try WeightCacheArguments.folder()).entries()
    guard !kept.isEmpty else { return }
    Console.line(
      "Prepared weights take \(Self.size(kept.byteCount)) more (`chaski rm --weight-cache` frees them)."
    )
  }

  private func listCatalogue(_ library: ModelLibrary) throws {
    if json { return try Console.json(library.catalogue.entries) }
    var table = TableFormatter(
      columns: [
        ("NAME", .left),
        ("SIZE", .right),
        ("LICENCE", .left),
        ("WHAT IT IS", .left),
      ])
    for entry in library.catalogue.entries {
      table.add([
        ([entry.name] + entry.aliases).joined(separator: ", "),
        entry.byteCount.map(Self.size) ?? "", entry.licence ?? "", entry.summary,
      ])
    }
    Console.write(table.lines.map { $0 + "\n" }.joined())
  }

  /// A size in MB or GB, decimal as disks are sold.
  static func size(_ byteCount: Int64) -> String {
    let megabytes = Double(byteCount) / 1e6
    return megabytes < 1000
      ? String(format: "%.1f MB", megabytes) : String(format: "%.2f GB", megabytes / 1000)
  }
}
