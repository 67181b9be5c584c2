// Owns: ways to break a GGUF file: a map of its header's fields, and a list of changes to them.
// Does not own: opening the broken files (CorruptionTests).

/// One way to break a file.
enum Corruption: Sendable, Hashable, CustomStringConvertible {
  /// Cut the file off after that many bytes.
  case truncate(Int)
  /// Replace the bytes at an offset.
  case patch(Int, [UInt8])

  var description: String {
    switch self {
    case .truncate(let count): "cut after \(count) bytes"
    case .patch(let offset, let bytes): "bytes \(bytes) at \(offset)"
    }
  }
}

/// Lists corruptions of one valid GGUF file, the same for the same seed.
///
/// Needs only the bytes up to the end of the header, so that a large file can be broken without
/// reading it whole. Walks the header by itself, independent of the parser under test.
struct GGUFCorruptor {
  /// A number in the header that a reader relies on.
  struct Field { let offset, width: Int }

  /// Lengths, counts, types, dimensions, offsets and small values, in file order.
  private(set) var fields: [Field] = []
  /// The names of keys and of tensors, to be made equal.
  private(set) var keyNames: [Range<Int>] = []
  private(set) var tensorNames: [Range<Int>] = []
  /// Where the header ends.
  private(set) var headerEnd = 0

  private let bytes: [UInt8]
  private let fileByteCount: Int

  /// Maps the file that starts with `bytes`, which hold at least its header, and has `fileByteCount`
  /// bytes in all.
  init(_ bytes: [UInt8], fileByteCount: Int) {
    self.bytes = bytes
    self.fileByteCount = fileByteCount
    var position = 4
    _ = field(&position, 4)
    let tensorCount = field(&position, 8)
    let keyCount = field(&position, 8)
    for _ in 0..<keyCount {
      keyNames.append(text(&position))
      value(field(&position, 4), &position)
    }
    for _ in 0..<tensorCount {
      tensorNames.append(text(&position))
      for _ in 0..<field(&position, 4) { _ = field(&position, 8) }
      _ = field(&position, 4)
      _ = field(&position, 8)
    }
    headerEnd = position
  }

  /// At least `count` corruptions: the crafted ones, and random ones up to the count.
  ///
  /// If there are more than `craftedLimit` crafted ones, a seeded choice of them is taken.
  func corruptions(count: Int, craftedLimit: Int = .max, seed: UInt64) -> [Corruption] {
    var random = SplitMix(state: seed)
    var list = truncations() + craftedValues() + repeatedNames()
    if list.count > craftedLimit {
      list.shuffle(using: &random)
      list.removeLast(list.count - craftedLimit)
    }
    while list.count < count {
      switch random.next() % 3 {
      case 0: list.append(.truncate(Int(random.next() % UInt64(fileByteCount))))
      case 1: list.append(randomPatch(byteCount: 1, &random))
      default: list.append(randomPatch(byteCount: Int(random.next() % 8) + 1, &random))
      }
    }
    return list
  }

  private func randomPatch(byteCount: Int, _ random: inout SplitMix) -> Corruption {
    let offset = Int(random.next() % UInt64(headerEnd - byteCount))
    return .patch(
      offset,
      (0..<byteCount).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    )
  }

  private func truncations() -> [Corruption] {
    var ends: Set<Int> = [0, 1, 3, 4, headerEnd, fileByteCount - 1]
    for field in fields { ends.formUnion([field.offset, field.offset + field.width]) }
    for name in keyNames + tensorNames { ends.insert(name.upperBound) }
    for power in 0..<62 where 1 << power < fileByteCount { ends.insert(1 << power) }
    return ends.sorted().filter { $0 < fileByteCount }.map { .truncate($0) }
  }

  private func craftedValues() -> [Corruption] {
    var list: [Corruption] = []
    for field in fields {
      let value = number(at: field.offset, width: field.width)
      let all = field.width == 8 ? UInt64.max : 1 << (UInt64(field.width) * 8) - 1
      let values: [UInt64] = [
        0, 1, all, all >> 1, (all >> 1) + 1, value &+ 1, value &- 1, value &* 2, value | 1 << 20,
        value | 1 << 32, UInt64(fileByteCount), value.byteSwapped,
      ]
      for changed in Set(values.map { $0 & all }).sorted() where changed != value {
        let patch = (0..<field.width).map { UInt8(truncatingIfNeeded: changed >> ($0 * 8)) }
        list.append(.patch(field.offset, patch))
      }
    }
    return list
  }

  private func repeatedNames() -> [Corruption] {
    [keyNames, tensorNames].flatMap { names -> [Corruption] in
      names.indices.compactMap { index in
        let name = names[index]
        return names[..<index].first { $0.count == name.count }
          .map { .patch(name.lowerBound, Array(bytes[$0])) }
      }
    }
  }

  // MARK: - Walking the header

  private func number(at offset: Int, width: Int) -> UInt64 {
    var value: UInt64 = 0
    for index in (0..<width).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
    return value
  }

  private mutating func field(_ position: inout Int, _ width: Int, isListed: Bool = true) -> Int {
    defer { position += width }
    if isListed { fields.append(Field(offset: position, width: width)) }
    return Int(truncatingIfNeeded: number(at: position, width: width))
  }

  private mutating func text(_ position: inout Int, isListed: Bool = true) -> Range<Int> {
    let count = field(&position, 8, isListed: isListed)
    defer { position += count }
    return position..<position + count
  }

  private mutating func value(_ type: Int, _ position: inout Int) {
    switch type {
    case 0, 1, 7: _ = field(&position, 1)
    case 2, 3: _ = field(&position, 2)
    case 4, 5, 6: _ = field(&position, 4)
    case 10, 11, 12: _ = field(&position, 8)
    case 8: _ = text(&position)
    default:
      let elementType = field(&position, 4)
      let count = field(&position, 8)
      for index in 0..<count {
        // A vocabulary's strings are all alike: its first and last few stand for the others.
        let isListed = index < 4 || index >= count - 4
        switch elementType {
        case 8: _ = text(&position, isListed: isListed)
        case 9: value(9, &position)
        default: position += [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8][elementType]
        }
      }
    }
  }
}

/// A small generator of fixed numbers.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
