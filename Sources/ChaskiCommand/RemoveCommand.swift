// Owns: `chaski rm`.

import ArgumentParser
import ChaskiGeneration
import ChaskiHub

/// Removes models from this machine.
struct RemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Remove models from this machine.",
    discussion: """
      Example:
        chaski rm smollm2
        chaski rm --weight-cache       only what was prepared of models for a faster start
      """
  )

  @Argument(help: "The models' names, as `chaski list` shows them.")
  var names: [String] = []

  @Flag(help: "Remove the prepared weights of all models; the models stay.")
  var weightCache = false

  func validate() throws {
    guard weightCache || !names.isEmpty else {
      throw ValidationError("Name a model to remove, or give --weight-cache.")
    }
  }

  func run() throws {
    let library = try ModelOpener.library()
    let cache = WeightCache(folder: try WeightCacheArguments.folder())
    if weightCache {
      Console.line("prepared weights: \(ListCommand.size(cache.removeAll())) freed")
    }
    for name in names {
      do throws(HubError) {
        let freed = try library.remove(name) + cache.removeOrphans()
        Console.line("\(name): \(ListCommand.size(freed)) freed")
      } catch .notInstalled {
        throw CommandProblem.notInstalled(name: name)
      }
    }
  }
}
