// Owns: the certificate of new connections while a server runs. Does not own: reading one (ServerCertificate).

import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// Gives new connections the certificate that its files hold now; connections that are open keep theirs.
///
/// The files are read, not their dates, which copying may keep: they are small. Whoever renews a certificate writes two files
/// one after the other: a pair that does not fit is refused once, the old one stays, and the next look takes the new one.
/// swift-nio-extras has a reloader too, which reads fewer kinds of files than the start does (a key behind its
/// parameters, chain and key in one file), so that a server could start with files which it never reads again.
final class CertificateWatch: Service {
  private struct State {
    var certificate: ServerCertificate
    // What was looked at last, whether it could be used or not, and what was wrong with it: a problem is told once.
    var contents: ServerCertificate.Contents
    var problem: InferenceServer.StartError?
  }

  private let files: ServerConfiguration.TLSFiles
  private let interval: Duration
  private let logger: Logger
  private let state: Mutex<State>

  /// The certificate of `files`, which are looked at every `interval` while the service runs.
  ///
  /// - Throws: `StartError.certificate`.
  init(
    _ files: ServerConfiguration.TLSFiles,
    every interval: Duration,
    logger: Logger
  ) throws(InferenceServer.StartError) {
    let contents = try ServerCertificate.Contents(files)
    let certificate = try ServerCertificate(contents, of: files)
    self.files = files
    self.interval = interval
    self.logger = logger
    state = Mutex(State(certificate: certificate, contents: contents))
  }

  /// TLS in which each connection begins with the certificate of that moment.
  var configuration: TLSConfiguration {
    var configuration = certificate.configuration
    configuration.sslContextCallback = { [self] _, promise in
      promise.succeed(certificate.override)
    }
    return configuration
  }

  func run() async throws {
    try? await cancelWhenGracefulShutdown { [self] in
      while true {
        try await Task.sleep(for: interval)
        look()
      }
    }
  }

  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.

  private var certificate: ServerCertificate {
    @inline(never)
    get { state.withLock { $0.certificate } }
  }

  /// Takes what the files hold, if that is new and can be used.
  private func look() {
    let contents: ServerCertificate.Contents
    let certificate: ServerCertificate
    do throws(InferenceServer.StartError) {
      contents = try ServerCertificate.Contents(files)
      guard isNew(contents) else { return }
      certificate = try ServerCertificate(contents, of: files)
    } catch {
      guard note(error) else { return }
      logger.error(
        "the old certificate stays",
        metadata: ["error": .string(error.description)]
      )
      return
    }
    take(certificate)
    logger.notice(
      "new certificate",
      metadata: ["path": .string(files.certificate), "ends": .string(certificate.end ?? "never")]
    )
  }

  @inline(never)
  private func isNew(_ contents: ServerCertificate.Contents) -> Bool {
    state.withLock { state in
      defer { state.contents = contents }
      return state.contents != contents
    }
  }

  /// Notes what is wrong; whether it is something else than before.
  @inline(never)
  private func note(_ problem: InferenceServer.StartError) -> Bool {
    state.withLock { state in
      defer { state.problem = problem }
      return state.problem != problem
    }
  }

  @inline(never)
  private func take(_ certificate: ServerCertificate) {
    state.withLock { state in
      state.certificate = certificate
      state.problem = nil
    }
  }
}
