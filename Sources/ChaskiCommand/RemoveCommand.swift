// Owns: `chaski rm`.

import ArgumentParser
import ChaskiHub

/// Removes models from this machine.
struct RemoveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm",
    abstract: "Remove models from this machine.",
    discussion: """
      Example:
        chaski rm smollm2
      """
  )

  @Argument(help: "The models' names, as `chaski list` shows them.")
  var names: [String]

  func run() throws {
    let library = try ModelOpener.library()
    for name in names {
      do throws(HubError) {
        let freed = try library.remove(name)
        Console.line("\(name): \(ListCommand.size(freed)) freed")
      } catch .notInstalled {
        throw CommandProblem.notInstalled(name: name)
      }
    }
  }
}
