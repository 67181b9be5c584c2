// Owns: the second plane of int8 activations. Does not own: the first (QuantizeQuantTests).

import ChaskiKernels
import Testing

struct FinePlaneQuantTests {
  private func spiky(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix(seed)
    return (0..<count).map { _ in
      let value = random.float()
      return random.next() % 60 == 0 ? value * 30 : value
    }
  }

  @Test(arguments: [32, 96, 576, 1536], [1, 3, 17])
  func `flags, codes and sums are the same on every instruction set`(
    depth: Int,
    count: Int
  ) throws {
    let x = spiky(count * (depth + 3) + 8, seed: UInt64(depth))
    let plain = try Columns(x, stride: depth + 3, count: count, depth: depth, with: CK_PLAIN)
    for isa in Tables.isas {
      let columns = try Columns(x, stride: depth + 3, count: count, depth: depth, with: isa)
      #expect(columns.fineFlags == plain.fineFlags)
      // Places without a second plane are not written: both still hold what they held.
      #expect(columns.fineCodes == plain.fineCodes)
      #expect(columns.fineSums == plain.fineSums)
    }
  }

  @Test func `a block has a second plane when its largest stands far out of its column`() throws {
    let depth = 576
    let x = spiky(depth, seed: 5)
    let square = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    let limit = Double(CK_FINE_RATIO) * (square / Double(depth)).squareRoot()
    let columns = try Columns(x, stride: depth, count: 1, depth: depth, with: CK_PLAIN)
    for block in 0..<(depth / 32) {
      let largest = x[(32 * block)..<(32 * block + 32)].map(\.magnitude).max() ?? 0
      // The limit itself is a float's rounding away from ours: these numbers are not so near.
      #expect(columns.fineFlags[block] == (Double(largest) > limit ? 1 : 0))
    }
    #expect(columns.fineFlags.contains(1) && columns.fineFlags.contains(0))
  }

  @Test func `with a second plane the numbers are right to fifteen bits of the largest`() throws {
    let depth = 576
    let x = spiky(depth, seed: 6)
    let columns = try Columns(x, stride: depth, count: 1, depth: depth, with: CK_PLAIN)
    let decoded = columns.decoded(column: 0)
    for k in 0..<depth {
      let scale = Double(columns.scales[k / 32])
      let isFine = columns.fineFlags[k / 32] == 1
      // Half a step of the last plane, and a little for its own roundings.
      let bound = isFine ? scale / 254 * 0.51 : scale * 0.501
      #expect(abs(decoded[k] - Double(x[k])) <= bound)
    }
  }

  @Test(
    arguments: [
      .nan, .infinity, -.infinity, .greatestFiniteMagnitude, 1e-37, 1e-36, 1e30,
    ] as [Float]
  )
  func `extreme values trap nowhere and agree everywhere`(value: Float) throws {
    var x = spiky(96, seed: 7)
    x[40] = value
    let plain = try Columns(x, stride: 96, count: 1, depth: 96, with: CK_PLAIN)
    for isa in Tables.isas {
      let columns = try Columns(x, stride: 96, count: 1, depth: 96, with: isa)
      #expect(columns.fineFlags == plain.fineFlags)
      #expect(columns.fineCodes == plain.fineCodes)
    }
  }

  @Test func `the arrangement names each second plane, part after part, in the order of blocks`()
    throws
  {
    let part = Int(CK_COLUMN_PART)
    for isa in Tables.isas {
      var columns = try Columns(random: part + 3, depth: 320, seed: 8)
      let flags = columns.fineFlags
      let table = unsafe try Tables.table(isa)
      unsafe columns.withColumns { x in
        var x = unsafe x
        unsafe table.arrange_q8(CK_Q4_0.rawValue, &x, 0, Int64(part + 3))
        for first in [0, part] {
          let width = min(part, part + 3 - first)
          let expected: [Int] = (0..<10).flatMap { block in
            (0..<width).filter { flags[(first + $0) * 10 + block] == 1 }.map { block * part + $0 }
          }
          let list = unsafe x.fine_blocks + first * 11
          let found = (0..<expected.count).map { Int(unsafe list[$0]) }
          #expect(found == expected && !expected.isEmpty, "\(isa), columns from \(first)")
          #expect(unsafe list[expected.count] == .max)
        }
      }
    }
  }
}
