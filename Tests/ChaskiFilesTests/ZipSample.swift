// Owns: small zip archives with a pickle, as torch.save writes them.
// Does not own: reading them.

import Foundation

/// An archive of stored entries, put together by hand so that each number can be wrong.
struct ZipSample {
  var entries: [(name: String, bytes: [UInt8])] = []
  /// The compression method that every entry claims.
  var method: UInt16 = 0
  /// Whether sizes and offsets stand in the extra field of 64-bit numbers.
  var isLarge = false

  /// An archive with the pickle of one tensor "w" of two floats, 1 and -2, and its storage.
  static func model(pickle: [UInt8]? = nil, byteOrder: String = "little") -> ZipSample {
    ZipSample(entries: [
      ("m/data.pkl", pickle ?? Self.pickle()),
      ("m/byteorder", Array(byteOrder.utf8)),
      ("m/data/0", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]),
    ])
  }

  /// The pickle of `{"w": tensor}`, with some of its parts replaced.
  static func pickle(
    call: String = "torch._utils\n_rebuild_tensor_v2\n",
    storage: String = "torch\nFloatStorage\n",
    key: String = "0",
    count: UInt8 = 2,
    first: UInt8 = 0,
    shape: [UInt8] = [2],
    strides: [UInt8] = [1]
  ) -> [UInt8] {
    func text(_ text: String) -> [UInt8] {
      [0x58, UInt8(text.utf8.count), 0, 0, 0] + text.utf8
    }
    func tuple(_ numbers: [UInt8]) -> [UInt8] {
      [0x28] + numbers.flatMap { [0x4B, $0] } + [0x74]
    }
    var bytes: [UInt8] = [0x80, 2, 0x7D, 0x71, 0, 0x28] + text("w")
    bytes += [0x63] + call.utf8 + [0x28, 0x28] + text("storage") + [0x63] + storage.utf8
    bytes += text(key) + text("cpu") + [0x4B, count, 0x74, 0x51, 0x4B, first]
    bytes += tuple(shape) + tuple(strides) + [0x89]
    bytes += [0x63] + "collections\nOrderedDict\n".utf8 + [0x29, 0x52]
    return bytes + [0x74, 0x52, 0x75, 0x2E]
  }

  /// The archive's bytes.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for (name, content) in entries {
      let offset = bytes.count
      bytes += number(0x0403_4b50, 4) + [UInt8](repeating: 0, count: 14) + number(content.count, 4)
      bytes += number(content.count, 4) + number(name.utf8.count, 2) + number(0, 2) + name.utf8
      bytes += content
      let extra =
        isLarge
        ? number(1, 2) + number(24, 2) + number(content.count, 8) + number(content.count, 8)
          + number(offset, 8) : []
      directory += number(0x0201_4b50, 4) + [0, 0, 0, 0, 0, 0] + number(Int(method), 2)
      directory += [UInt8](repeating: 0, count: 8)
      directory += number(isLarge ? 0xFFFF_FFFF : content.count, 4)
      directory += number(isLarge ? 0xFFFF_FFFF : content.count, 4)
      directory += number(name.utf8.count, 2) + number(extra.count, 2)
      directory += [UInt8](repeating: 0, count: 10)
      directory += number(isLarge ? 0xFFFF_FFFF : offset, 4) + name.utf8 + extra
    }
    let start = bytes.count
    bytes += directory
    if isLarge {
      let record = bytes.count
      bytes += number(0x0606_4b50, 4) + number(44, 8) + [UInt8](repeating: 0, count: 12)
      bytes += number(entries.count, 8) + number(entries.count, 8) + number(directory.count, 8)
      bytes += number(start, 8)
      bytes += number(0x0706_4b50, 4) + number(0, 4) + number(record, 8) + number(1, 4)
    }
    bytes += number(0x0605_4b50, 4) + number(0, 4)
    bytes += number(isLarge ? 0xFFFF : entries.count, 2)
    bytes += number(isLarge ? 0xFFFF : entries.count, 2) + number(directory.count, 4)
    return bytes + number(isLarge ? 0xFFFF_FFFF : start, 4) + number(0, 2)
  }

  private func number(_ number: Int, _ byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
