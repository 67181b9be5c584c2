// Owns: the bytes of a certificate. Source: RFC 5280, section 4.1; X.690 for DER.

import Crypto

/// Writes a self-signed certificate for `localhost`, valid from 2000 to 2049.
enum DERCertificate {
  /// The certificate of `key`, signed by itself.
  static func selfSigned(by key: P256.Signing.PrivateKey) throws -> [UInt8] {
    let algorithm = sequence(ecdsaWithSHA256)
    let name = sequence(set(sequence(commonName + tagged(0x0C, Array("localhost".utf8)))))
    let names = sequence(tagged(0x82, Array("localhost".utf8)))
    let validity = sequence(
      tagged(0x17, Array("000101000000Z".utf8)) + tagged(0x17, Array("491231235959Z".utf8))
    )
    let parts: [[UInt8]] = [
      tagged(0xA0, tagged(0x02, [2])), tagged(0x02, [1]), algorithm, name, validity, name,
      Array(key.publicKey.derRepresentation),
      tagged(0xA3, sequence(sequence(subjectAltName + tagged(0x04, names)))),
    ]
    let body = sequence(parts.flatMap { $0 })
    let signature = Array(try key.signature(for: body).derRepresentation)
    return sequence(body + algorithm + tagged(0x03, [0] + signature))
  }

  private static let ecdsaWithSHA256: [UInt8] = [6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]
  private static let commonName: [UInt8] = [6, 3, 0x55, 4, 3]
  private static let subjectAltName: [UInt8] = [6, 3, 0x55, 0x1D, 0x11]

  private static func sequence(_ content: [UInt8]) -> [UInt8] { tagged(0x30, content) }
  private static func set(_ content: [UInt8]) -> [UInt8] { tagged(0x31, content) }

  private static func tagged(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let count = content.count
    let length: [UInt8] =
      count < 0x80
      ? [UInt8(count)]
      : count < 0x100 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 0xFF)]
    return [tag] + length + content
  }
}
