// Owns: reading the descriptions of a GGUF file's tensors and where their bytes lie, so that every
// tensor it returns lies whole inside the file and apart from the others.
// Does not own: the rest of the header (GGUFParser).

internal import ChaskiTensors

extension GGUFParser {
  /// A tensor whose offset still counts from the start of the data.
  private struct Described {
    let name: String
    let type: ElementType
    let dimensions: [Int]
    let byteCount: Int
    let relativeOffset: UInt64
    let headerOffset: Int
  }

  /// Reads `count` descriptions, which end the header, and places the tensors behind it.
  mutating func tensors(count: Int, alignment: Int) throws(FileError) -> [GGUFTensor] {
    let described = try describe(count: count, alignment: alignment)
    // A statement of its own: as an argument, `describe` would run after `place` had taken its copy
    // of the reader, which must stand behind the descriptions.
    return try place(described, alignment: alignment)
  }

  private mutating func describe(
    count: Int,
    alignment: Int
  ) throws(FileError) -> [Described] {
    var described: [Described] = []
    described.reserveCapacity(count)
    var names: Set<String> = []
    names.reserveCapacity(count)
    for index in 0..<count {
      let start = reader.offset
      let name = try name("the name of tensor \(index)", limit: GGUFLimits.nameBytes)
      guard names.insert(name).inserted else {
        throw .duplicate(file: file.path, item: "tensor \(name)", offset: start)
      }
      let dimensions = try self.dimensions(name)
      let type = try elementType(name)
      let byteCount = try byteCount(name, dimensions, type)
      let offsetPosition = reader.offset
      let offset = try reader.integer(UInt64.self, "the offset of tensor \(name)")
      guard offset % UInt64(alignment) == 0 else {
        throw .invalid(
          file: file.path,
          item: "the offset of tensor \(name)",
          offset: offsetPosition,
          expected: "a multiple of \(alignment)",
          found: "\(offset)"
        )
      }
      described.append(
        Described(
          name: name,
          type: type,
          dimensions: dimensions,
          byteCount: byteCount,
          relativeOffset: offset,
          headerOffset: offsetPosition
        )
      )
    }
    return described
  }

  private mutating func dimensions(_ tensor: String) throws(FileError) -> [Int] {
    let offset = reader.offset
    let count = try reader.integer(UInt32.self, "the dimension count of tensor \(tensor)")
    guard count <= UInt32(GGUFLimits.dimensions) else {
      throw .overLimit(
        file: file.path,
        item: "the dimension count of tensor \(tensor)",
        offset: offset,
        limit: GGUFLimits.dimensions,
        found: UInt64(count)
      )
    }
    // A scalar becomes one row of one element, so that every tensor has a row.
    guard count > 0 else { return [1] }
    var dimensions: [Int] = []
    dimensions.reserveCapacity(Int(count))
    for axis in 0..<count {
      let offset = reader.offset
      let dimension = try reader.integer(
        UInt64.self,
        "dimension \(axis) of tensor \(tensor)"
      )
      guard dimension > 0, let dimension = Int(exactly: dimension) else {
        throw .invalid(
          file: file.path,
          item: "dimension \(axis) of tensor \(tensor)",
          offset: offset,
          expected: "from 1 to \(Int.max)",
          found: "\(dimension)"
        )
      }
      dimensions.append(dimension)
    }
    return dimensions
  }

  private mutating func elementType(_ tensor: String) throws(FileError) -> ElementType {
    let offset = reader.offset
    let id = try reader.integer(UInt32.self, "the type of tensor \(tensor)")
    guard let type = ElementType(rawValue: id) else {
      throw .unknownElementType(
        file: file.path,
        tensor: tensor,
        offset: offset,
        found: "\(id)"
      )
    }
    return type
  }

  private func byteCount(
    _ tensor: String,
    _ dimensions: [Int],
    _ type: ElementType
  ) throws(FileError) -> Int {
    let row = dimensions[0]
    guard row.isMultiple(of: type.blockElementCount) else {
      throw .invalid(
        file: file.path,
        item: "dimension 0 of tensor \(tensor)",
        offset: reader.offset,
        expected: "a multiple of \(type.blockElementCount), the block of \(type.name)",
        found: "\(row)"
      )
    }
    let factors = [row / type.blockElementCount, type.blockByteCount] + dimensions.dropFirst()
    guard let byteCount = checkedProduct(factors), checkedProduct(dimensions) != nil else {
      throw .invalid(
        file: file.path,
        item: "the size of tensor \(tensor)",
        offset: reader.offset,
        expected: "below 2^63",
        found: "\(dimensions)"
      )
    }
    return byteCount
  }

  /// Gives each tensor its place in the file; no two may overlap and none may leave the file.
  private func place(
    _ described: [Described],
    alignment: Int
  ) throws(FileError) -> [GGUFTensor] {
    // Cannot overflow: the header ended inside the file, and alignment is at most a mebibyte.
    let dataStart = (reader.offset + alignment - 1) / alignment * alignment
    let dataByteCount = UInt64(max(file.byteCount - dataStart, 0))
    var tensors: [GGUFTensor] = []
    tensors.reserveCapacity(described.count)
    for tensor in described {
      let (end, overflow) = tensor.relativeOffset.addingReportingOverflow(
        UInt64(tensor.byteCount)
      )
      guard !overflow, end <= dataByteCount else {
        let left = dataByteCount - min(tensor.relativeOffset, dataByteCount)
        throw .truncated(
          file: file.path,
          item: "tensor \(tensor.name)",
          offset: tensor.headerOffset,
          needed: UInt64(tensor.byteCount),
          left: Int(left)
        )
      }
      tensors.append(
        GGUFTensor(
          name: tensor.name,
          type: tensor.type,
          dimensions: tensor.dimensions,
          part: 0,
          offset: dataStart + Int(tensor.relativeOffset),
          byteCount: tensor.byteCount
        )
      )
    }
    try checkOverlaps(tensors)
    return tensors
  }

  private func checkOverlaps(_ tensors: [GGUFTensor]) throws(FileError) {
    let order = tensors.indices.sorted { (left: Int, right: Int) -> Bool in
      tensors[left].offset < tensors[right].offset
    }
    for (first, second) in zip(order, order.dropFirst())
    where tensors[first].byteRange.upperBound > tensors[second].offset {
      throw .overlap(
        file: file.path,
        first: tensors[first].name,
        second: tensors[second].name,
        offset: tensors[second].offset
      )
    }
  }
}

/// The product of `factors`, or nil if it does not fit.
func checkedProduct(_ factors: some Sequence<Int>) -> Int? {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    product = next
  }
  return product
}
