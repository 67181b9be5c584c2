// Owns: a certificate chain and its key, from their files to what TLS takes.

import Foundation
import NIOSSL

/// A certificate chain with its key, as their files held them.
struct ServerCertificate: Sendable {
  /// What the files held.
  struct Contents: Sendable, Equatable {
    let certificate: Data
    let key: Data

    /// What `files` hold.
    ///
    /// - Throws: `StartError.certificate`.
    init(_ files: ServerConfiguration.TLSFiles) throws(InferenceServer.StartError) {
      certificate = try Self.read(files.certificate)
      key = try Self.read(files.key)
    }

    private static func read(_ path: String) throws(InferenceServer.StartError) -> Data {
      do {
        return try Data(contentsOf: URL(filePath: path))
      } catch {
        throw .certificate(path: path, reason: "it cannot be read (\(error.localizedDescription))")
      }
    }
  }

  /// The chain, the server's own certificate first.
  let chain: [NIOSSLCertificate]
  /// The key.
  let key: NIOSSLPrivateKey

  /// The certificate and key of `files`, which hold `contents`.
  ///
  /// - Throws: `StartError.certificate`, also for a key of another certificate.
  init(
    _ contents: Contents,
    of files: ServerConfiguration.TLSFiles
  ) throws(InferenceServer.StartError) {
    do {
      chain = try NIOSSLCertificate.fromPEMBytes(Array(contents.certificate))
    } catch {
      throw .certificate(path: files.certificate, reason: "it holds no certificate in PEM's form")
    }
    guard !chain.isEmpty else {
      throw .certificate(path: files.certificate, reason: "it holds no certificate")
    }
    do {
      key = try NIOSSLPrivateKey(bytes: Array(contents.key), format: .pem)
    } catch {
      throw .certificate(path: files.key, reason: "it holds no private key in PEM's form")
    }
    do {
      // Whether the two belong together shows when they are used.
      _ = try NIOSSLContext(configuration: configuration)
    } catch {
      throw .certificate(path: files.key, reason: "it is not the key of \(files.certificate)")
    }
  }

  /// TLS with this certificate, 1.2 or later.
  var configuration: TLSConfiguration {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) },
      privateKey: .privateKey(key)
    )
    configuration.minimumTLSVersion = .tlsv12
    return configuration
  }

  /// What makes a new connection use this certificate instead of the first one.
  var override: NIOSSLContextConfigurationOverride {
    var override = NIOSSLContextConfigurationOverride()
    override.certificateChain = chain.map { .certificate($0) }
    override.privateKey = .privateKey(key)
    return override
  }

  /// When the certificate ends, in ISO 8601; nil beyond the year 5000, which is how "never" is written.
  var end: String? {
    guard let time = chain.first?.notValidAfter, (0...95_617_584_000).contains(time) else {
      return nil
    }
    return Date(timeIntervalSince1970: Double(time)).formatted(.iso8601)
  }
}
