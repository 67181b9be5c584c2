// Owns: running the built program in a process of its own.

import Foundation

/// The program `chaski` beside the test bundle.
enum Program {
  struct Result {
    let status: Int32
    let output: String
    let error: String

    /// Whether what it said of its work is text for a file: no rewritten lines, no colours.
    var isPlain: Bool { !error.contains("\r") && !error.contains("\u{1B}") }

    /// What it printed, which is one JSON object.
    func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
      try JSONDecoder().decode(type, from: Data(output.utf8))
    }
  }

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// Runs the program with a home of its own, so that nothing of the user's is touched.
  ///
  /// `input` is its standard input, and `output` the path of a file that takes its standard output. As soon as
  /// `shouldInterrupt`, given its standard error so far, says so, the program gets what Ctrl-C sends.
  static func run(
    _ arguments: [String],
    environment: [String: String] = [:],
    input: String = "",
    output: String? = nil,
    interruptIf shouldInterrupt: ((_ error: String) -> Bool)? = nil
  ) throws -> Result {
    let home = FileManager.default.temporaryDirectory.appending(path: "chaski-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: home) }
    let process = Process()
    process.executableURL = try program()
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(["CHASKI_HOME": home.path, "CHASKI_ISA": ""]) { $1 }
      .merging(environment) { $1 }
    let inputFile = home.appending(path: "in")
    try Data(input.utf8).write(to: inputFile)
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    let files = try ["out", "err"].map { name -> (URL, FileHandle) in
      let url = home.appending(path: name)
      _ = FileManager.default.createFile(atPath: url.path, contents: nil)
      return (url, try FileHandle(forWritingTo: url))
    }
    process.standardOutput =
      try output.map { try FileHandle(forWritingTo: URL(filePath: $0)) } ?? files[0].1
    process.standardError = files[1].1
    try process.run()
    if let shouldInterrupt {
      while process.isRunning,
        try !shouldInterrupt(String(decoding: Data(contentsOf: files[1].0), as: UTF8.self))
      {
        Thread.sleep(forTimeInterval: 0.001)
      }
      process.interrupt()
    }
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: files[0].0), as: UTF8.self),
      error: String(decoding: try Data(contentsOf: files[1].0), as: UTF8.self)
    )
  }

  private static func program() throws -> URL {
    let folder = Bundle.main.bundleURL.resolvingSymlinksInPath()
    let candidates = [folder, folder.deletingLastPathComponent()].map {
      $0.appending(path: "chaski")
    }
    guard
      let program = candidates.first(where: {
        FileManager.default.isExecutableFile(atPath: $0.path)
      })
    else { throw Missing(description: "no program beside the tests: \(candidates)") }
    return program
  }
}
