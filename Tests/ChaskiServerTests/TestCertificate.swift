// Owns: a certificate for this machine's name that nobody else has, and its key, as files.

import ChaskiTestSupport
import Crypto
import Foundation

/// A self-signed certificate for `localhost`, in files that live as long as a test.
struct TestCertificate {
  let certificate: String
  let key: String
  /// The certificate as PEM, for a client that is to trust it.
  let pem: String

  /// Gives `body` a certificate; its files are gone afterwards.
  static func with<Result>(
    _ body: (TestCertificate, _ folder: URL) async throws -> Result
  ) async throws -> Result {
    try await withTemporaryFolder { try await body(make(in: $0.url), $0.url) }
  }

  /// A new certificate and its key as files in `folder`, whose names begin with `prefix`.
  static func make(in folder: URL, prefix: String = "server") throws -> TestCertificate {
    let key = P256.Signing.PrivateKey()
    let pem = Self.pem(try DERCertificate.selfSigned(by: key))
    let files = ["pem": pem, "key": key.pemRepresentation]
    for (kind, text) in files {
      try Data(text.utf8).write(to: folder.appending(path: "\(prefix).\(kind)"))
    }
    return TestCertificate(
      certificate: folder.appending(path: "\(prefix).pem").path,
      key: folder.appending(path: "\(prefix).key").path,
      pem: pem
    )
  }

  private static func pem(_ bytes: [UInt8]) -> String {
    let text = Data(bytes).base64EncodedString(
      options: [.lineLength64Characters, .endLineWithLineFeed]
    )
    return "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
  }
}
