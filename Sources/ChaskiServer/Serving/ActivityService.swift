// Owns: looking at the engines once a second while the server runs.

import Foundation
import ServiceLifecycle

/// Keeps the log of the last minutes' work.
struct ActivityService: Service {
  let figures: ServerFigures

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while true {
        figures.look(at: Date())
        try await Task.sleep(for: .seconds(1))
      }
    }
  }
}
