// Owns: writing a fixture's file anew with other keys or tensors.

import ChaskiCheckpoints
import ChaskiFiles
import ChaskiTensors
import Foundation

/// A tensor as it is written.
struct AlteredTensor {
  var name: String
  var type: ElementType
  var dimensions: [Int]
  var bytes: [UInt8]

  /// The same bytes in matrices of their own, one for each index of the last dimension.
  func unstacked(name: (_ index: Int) -> String) -> [AlteredTensor] {
    let count = dimensions[2]
    let size = bytes.count / count
    return (0..<count).map {
      AlteredTensor(
        name: name($0),
        type: type,
        dimensions: Array(dimensions[..<2]),
        bytes: Array(bytes[$0 * size..<($0 + 1) * size])
      )
    }
  }
}

/// Runs `body` with a copy of `fixture`'s file, in which keys have the values of `keys`, those of `absent` are
/// gone, and tensors are what `tensors` makes of them.
func withAltered<Result>(
  _ fixture: FixtureModel,
  keys: [String: GGUFValue] = [:],
  without absent: [String] = [],
  tensors: ([AlteredTensor]) throws -> [AlteredTensor] = { $0 },
  _ body: (_ path: String) throws -> Result
) throws -> Result {
  let checkpoint = try openCheckpoint(fixture.path)
  var writer = GGUFWriter()
  for key in checkpoint.keys where keys[key] == nil && !absent.contains(key) {
    if let value = try checkpoint.value(key, maximumElements: 1 << 16) { writer.add(key, value) }
  }
  for (key, value) in keys.sorted(by: { $0.key < $1.key }) { writer.add(key, value) }
  let altered = try tensors(
    checkpoint.tensors.map {
      AlteredTensor(
        name: $0.name,
        type: $0.type,
        dimensions: $0.dimensions,
        bytes: checkpoint.bytes(of: $0)
      )
    }
  )
  for tensor in altered {
    writer.addTensor(tensor.name, tensor.type, dimensions: tensor.dimensions)
  }
  let file = FileManager.default.temporaryDirectory.appending(path: "chaski-\(UUID()).gguf")
  defer { try? FileManager.default.removeItem(at: file) }
  try writer.write(to: file.path) { altered[$0].bytes }
  return try body(file.path)
}
