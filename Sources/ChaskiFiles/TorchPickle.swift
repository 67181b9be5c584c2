// Owns: following a pickle as far as it rebuilds tensors, and refusing any other.
// Does not own: the archive around it and the tensors' bytes (TorchFile).

/// A reader of the pickles that torch.save writes.
///
/// A pickle is a program for a stack machine, which may call anything that Python can import. This machine
/// knows the few opcodes that dictionaries of tensors need, and of callables only `OrderedDict`, the two
/// functions that rebuild a tensor, and the names of storages; it runs nothing. Containers hold no
/// containers and tuples nest a few deep, so that neither cycles nor depth cost anything.
/// Source: `Lib/pickletools.py` of https://github.com/python/cpython, protocols 2 to 4.
struct TorchPickle {
  /// A tensor as the pickle describes it.
  struct Tensor {
    /// The name of the entry that has the bytes.
    let storage: String
    let type: SafetensorsType
    /// The tensor's first element in the storage.
    let firstElement: Int
    /// Elements along each axis, slowest first.
    let shape: [Int]
  }

  /// A value on the stack.
  indirect enum Value {
    case none
    case bool(Bool)
    case integer(Int)
    case text(String)
    case tuple([Value], depth: Int)
    /// An index of `dictionaries`.
    case dictionary(Int)
    case global(String)
    case storage(String, SafetensorsType, count: Int)
    case tensor(Tensor)
    /// Anything that tensors are not made of.
    case other
    /// Where a tuple or a run of items begins.
    case mark
  }

  private static let stackLimit = 1 << 20
  private static let memoLimit = 1 << 20
  private static let tupleDepthLimit = 8
  private static let axisLimit = 16

  private var reader: ByteReader
  private let end: Int
  private var stack: [Value] = []
  private var memo: [Int: Value] = [:]
  private var dictionaries: [[(name: String, tensor: Tensor)]] = []

  /// A reader of the pickle in `range` of `file`.
  init(file: MappedFile, range: Range<Int>) {
    reader = ByteReader(file, at: range.lowerBound)
    end = range.upperBound
  }

  /// The tensors of the dictionary that the pickle makes, in its order.
  ///
  /// - Throws: `FileError`.
  mutating func tensors() throws(FileError) -> [(name: String, tensor: Tensor)] {
    while true {
      let offset = reader.offset
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") { break }
      try follow(opcode, at: offset)
      guard stack.count <= Self.stackLimit, memo.count <= Self.memoLimit else {
        throw refused("over \(Self.stackLimit) values at once", at: offset)
      }
    }
    guard case .dictionary(let index)? = stack.last else {
      throw refused("no dictionary of tensors as its result", at: reader.offset - 1)
    }
    var names: Set<String> = []
    for item in dictionaries[index] {
      guard names.insert(item.name).inserted else {
        throw .duplicate(
          file: reader.file.path,
          item: "tensor \(item.name)",
          offset: reader.offset - 1
        )
      }
    }
    return dictionaries[index]
  }

  private mutating func follow(_ opcode: UInt8, at offset: Int) throws(FileError) {
    switch opcode {
    case 0x80:  // PROTO
      let version = try byte()
      guard 2...4 ~= version else { throw refused("protocol \(version)", at: offset) }
    case 0x95: try skip(8)  // FRAME
    case UInt8(ascii: "("): stack.append(.mark)
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "G"):  // BINFLOAT
      try skip(8)
      stack.append(.other)
    case UInt8(ascii: "J"): stack.append(.integer(Int(try integer(Int32.self))))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try byte())))
    case UInt8(ascii: "M"): stack.append(.integer(Int(try integer(UInt16.self))))
    case 0x8a: stack.append(try longInteger(at: offset))
    case UInt8(ascii: "X"): stack.append(.text(try text(Int(try integer(UInt32.self)), offset)))
    case 0x8c: stack.append(.text(try text(Int(try byte()), offset)))
    case UInt8(ascii: "}"): newDictionary()
    case UInt8(ascii: "]"): stack.append(.other)
    case UInt8(ascii: "a"):  // APPEND
      _ = try pop(offset)
      _ = try pop(offset)
      stack.append(.other)
    case UInt8(ascii: "e"):  // APPENDS
      _ = try popToMark(offset)
      _ = try pop(offset)
      stack.append(.other)
    default: try followTuple(opcode, at: offset)
    }
  }

  /// Opcodes of tuples, the memo, and everything that makes objects.
  private mutating func followTuple(_ opcode: UInt8, at offset: Int) throws(FileError) {
    switch opcode {
    case UInt8(ascii: ")"): stack.append(.tuple([], depth: 1))
    case UInt8(ascii: "t"): try pushTuple(popToMark(offset), offset)
    case 0x85, 0x86, 0x87:
      var items: [Value] = []
      for _ in 0..<Int(opcode - 0x84) { items.insert(try pop(offset), at: 0) }
      try pushTuple(items, offset)
    case UInt8(ascii: "q"): try remember(Int(try byte()), offset)
    case UInt8(ascii: "r"): try remember(Int(try integer(UInt32.self)), offset)
    case 0x94: try remember(memo.count, offset)
    case UInt8(ascii: "h"): try recall(Int(try byte()), offset)
    case UInt8(ascii: "j"): try recall(Int(try integer(UInt32.self)), offset)
    case UInt8(ascii: "s"):
      let value = try pop(offset)
      let key = try pop(offset)
      try set([key, value], offset)
    case UInt8(ascii: "u"): try set(popToMark(offset), offset)
    case UInt8(ascii: "c"): stack.append(.global(try known(line() + "." + line(), offset)))
    case 0x93:
      guard case .text(let name) = try pop(offset), case .text(let module) = try pop(offset) else {
        throw refused("a class without a name", at: offset)
      }
      stack.append(.global(try known(module + "." + name, offset)))
    case UInt8(ascii: "Q"): stack.append(try persistent(pop(offset), offset))
    case UInt8(ascii: "R"): try reduce(offset)
    case UInt8(ascii: "b"):  // BUILD: attributes of a dictionary, such as _metadata
      _ = try pop(offset)
      guard case .dictionary? = stack.last else {
        throw refused("attributes of something that is no dictionary", at: offset)
      }
    default:
      throw refused("opcode 0x\(String(opcode, radix: 16))", at: offset)
    }
  }
}

// MARK: - Objects

extension TorchPickle {
  private static let storageTypes: [String: SafetensorsType] = [
    "torch.FloatStorage": .f32, "torch.HalfStorage": .f16, "torch.BFloat16Storage": .bf16,
    "torch.DoubleStorage": .f64, "torch.LongStorage": .i64, "torch.IntStorage": .i32,
    "torch.ShortStorage": .i16, "torch.CharStorage": .i8, "torch.ByteStorage": .u8,
    "torch.BoolStorage": .bool,
  ]
  private static let orderedDictionary = "collections.OrderedDict"
  private static let rebuildTensor = "torch._utils._rebuild_tensor_v2"
  private static let rebuildParameter = "torch._utils._rebuild_parameter"

  /// `name`, if tensors are made with it.
  private func known(_ name: String, _ offset: Int) throws(FileError) -> String {
    let callables = [Self.orderedDictionary, Self.rebuildTensor, Self.rebuildParameter]
    guard callables.contains(name) || Self.storageTypes[name] != nil else {
      throw refused("the class or function \(name)", at: offset)
    }
    return name
  }

  private mutating func newDictionary() {
    stack.append(.dictionary(dictionaries.count))
    dictionaries.append([])
  }

  private mutating func reduce(_ offset: Int) throws(FileError) {
    guard case .tuple(let arguments, _) = try pop(offset),
      case .global(let name) = try pop(offset)
    else { throw refused("a call of something that is no function", at: offset) }
    switch name {
    case Self.orderedDictionary where arguments.isEmpty: newDictionary()
    case Self.rebuildTensor: stack.append(.tensor(try tensor(arguments, offset)))
    case Self.rebuildParameter:
      guard case .tensor(let tensor)? = arguments.first else {
        throw refused("a parameter that is no tensor", at: offset)
      }
      stack.append(.tensor(tensor))
    default: throw refused("a call of \(name) with other arguments", at: offset)
    }
  }

  /// What `("storage", class, key, device, count)` stands for.
  private func persistent(_ id: Value, _ offset: Int) throws(FileError) -> Value {
    guard case .tuple(let parts, _) = id, parts.count == 5, case .text("storage") = parts[0],
      case .global(let name) = parts[1], let type = Self.storageTypes[name],
      case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw refused("an outside object that is no storage", at: offset) }
    return .storage(key, type, count: count)
  }

  /// The tensor of `(storage, first element, shape, strides, ...)`.
  private func tensor(_ arguments: [Value], _ offset: Int) throws(FileError) -> Tensor {
    guard arguments.count >= 4, case .storage(let key, let type, let count) = arguments[0],
      case .integer(let first) = arguments[1], first >= 0,
      let shape = integers(arguments[2]), let strides = integers(arguments[3]),
      shape.count == strides.count, shape.count <= Self.axisLimit
    else { throw refused("a tensor with other arguments", at: offset) }
    var expected = 1
    for (length, stride) in zip(shape, strides).reversed() {
      guard length <= 1 || stride == expected else {
        throw refused("a tensor whose rows do not lie one after another", at: offset)
      }
      let (product, overflow) = expected.multipliedReportingOverflow(by: max(length, 1))
      guard !overflow else { throw refused("a tensor beyond all memory", at: offset) }
      expected = product
    }
    let elementCount = shape.contains(0) ? 0 : expected
    guard first <= count, elementCount <= count - first else {
      throw refused("a tensor that is larger than its storage", at: offset)
    }
    return Tensor(storage: key, type: type, firstElement: first, shape: shape)
  }

  /// The whole numbers, none below 0, of a tuple.
  private func integers(_ value: Value) -> [Int]? {
    guard case .tuple(let items, _) = value else { return nil }
    var integers: [Int] = []
    for item in items {
      guard case .integer(let integer) = item, integer >= 0 else { return nil }
      integers.append(integer)
    }
    return integers
  }

  /// Puts keys and values into the dictionary below them, of which only tensors are kept.
  private mutating func set(_ items: [Value], _ offset: Int) throws(FileError) {
    guard case .dictionary(let index)? = stack.last, items.count.isMultiple(of: 2) else {
      throw refused("items of something that is no dictionary", at: offset)
    }
    for pair in stride(from: 0, to: items.count, by: 2) {
      guard case .text(let name) = items[pair], case .tensor(let tensor) = items[pair + 1] else {
        continue
      }
      guard dictionaries[index].count < SafetensorsLimits.tensors else {
        throw refused("over \(SafetensorsLimits.tensors) tensors", at: offset)
      }
      dictionaries[index].append((name, tensor))
    }
  }

  private mutating func pushTuple(_ items: [Value], _ offset: Int) throws(FileError) {
    var depth = 0
    for case .tuple(_, let inner) in items { depth = max(depth, inner) }
    guard depth < Self.tupleDepthLimit else {
      throw refused("tuples nested deeper than \(Self.tupleDepthLimit)", at: offset)
    }
    stack.append(.tuple(items, depth: depth + 1))
  }
}

// MARK: - The machine

extension TorchPickle {
  private mutating func pop(_ offset: Int) throws(FileError) -> Value {
    guard let value = stack.popLast() else { throw refused("an empty stack", at: offset) }
    if case .mark = value { throw refused("a mark where a value belongs", at: offset) }
    return value
  }

  private mutating func popToMark(_ offset: Int) throws(FileError) -> [Value] {
    guard
      let mark = stack.lastIndex(where: { if case .mark = $0 { true } else { false } })
    else { throw refused("no mark", at: offset) }
    let items = Array(stack[(mark + 1)...])
    stack.removeSubrange(mark...)
    return items
  }

  private mutating func remember(_ index: Int, _ offset: Int) throws(FileError) {
    guard let value = stack.last else { throw refused("an empty stack", at: offset) }
    memo[index] = value
  }

  private mutating func recall(_ index: Int, _ offset: Int) throws(FileError) {
    guard let value = memo[index] else { throw refused("nothing in memo \(index)", at: offset) }
    stack.append(value)
  }

  private mutating func byte() throws(FileError) -> UInt8 { try integer(UInt8.self) }

  private mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type
  ) throws(FileError) -> T {
    try check(MemoryLayout<T>.size)
    return try reader.integer(type, "the pickle")
  }

  private mutating func skip(_ count: Int) throws(FileError) {
    try check(count)
    try reader.skip(UInt64(count), "the pickle")
  }

  private mutating func text(_ count: Int, _ offset: Int) throws(FileError) -> String {
    try check(count)
    let bytes = try reader.bytes(count, "the pickle")
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refused("a text that is not UTF-8", at: offset)
    }
    return text
  }

  /// A whole number of up to 8 bytes.
  private mutating func longInteger(at offset: Int) throws(FileError) -> Value {
    let count = Int(try byte())
    guard count <= 8 else { throw refused("a number of \(count) bytes", at: offset) }
    var bits: UInt64 = 0
    for shift in 0..<count { bits |= UInt64(try byte()) << (8 * shift) }
    // The highest bit is the sign.
    let unused = 64 - 8 * count
    return .integer(count == 0 ? 0 : Int(Int64(bitPattern: bits << unused) >> unused))
  }

  private mutating func line() throws(FileError) -> String {
    let offset = reader.offset
    var bytes: [UInt8] = []
    while true {
      let next = try byte()
      if next == UInt8(ascii: "\n") { break }
      bytes.append(next)
      guard bytes.count <= 256 else { throw refused("a name of over 256 bytes", at: offset) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func check(_ count: Int) throws(FileError) {
    guard count <= end - reader.offset else {
      throw .truncated(
        file: reader.file.path,
        item: "the pickle",
        offset: reader.offset,
        needed: UInt64(count),
        left: end - reader.offset
      )
    }
  }

  private func refused(_ found: String, at offset: Int) -> FileError {
    .refusedPickle(file: reader.file.path, offset: offset, found: found)
  }
}
