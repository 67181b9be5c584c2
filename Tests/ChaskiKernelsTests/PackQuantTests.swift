// Owns: packing into panels and reading panels back. Does not own: products (MatmulQuantTests).

import ChaskiKernels
import Testing

struct PackQuantTests {
  @Test(arguments: WeightType.all, Array(1...17) + [31, 48])
  func `a packed row decodes to the bits of the file's row`(type: WeightType, rows: Int) {
    for depth in [1, 2, 5] {
      let weights = PackedWeights(
        random: type,
        rows: rows,
        depth: depth * max(type.blockWeights, 32),
        tame: false,
        seed: UInt64(rows * 8 + depth)
      )
      for row in 0..<rows {
        #expect(comparable(weights.unpacked(row: row)) == comparable(weights.decoded(row: row)))
      }
    }
  }

  @Test(arguments: WeightType.all)
  func `rows that are missing are zero weights`(type: WeightType) {
    let weights = PackedWeights(random: type, rows: 3, depth: 512, tame: false, seed: 1)
    for row in 3..<16 { #expect(weights.unpacked(row: row).allSatisfy { $0 == 0 }) }
  }

  @Test(arguments: WeightType.all)
  func `packing sets every byte of the panel and none beyond`(type: WeightType) {
    let depth = 768
    let panelBytes = Int(ck_panel_bytes(type.id.rawValue, Int64(depth)))
    var random = SplitMix(9)
    let file = (0..<(16 * type.rowBytes(depth))).map { _ in
      UInt8.random(in: 0...255, using: &random)
    }
    let panels = [UInt8(0), 255].map { before in
      let target = AlignedBytes(panelBytes + 64)
      for i in unsafe target.bytes.indices { unsafe target.bytes[i] = before }
      unsafe ck_pack_panel(
        type.id.rawValue,
        file,
        Int64(type.rowBytes(depth)),
        16,
        Int64(depth),
        target.bytes.baseAddress
      )
      #expect(unsafe target.bytes[panelBytes...].allSatisfy { $0 == before })
      return unsafe Array(target.bytes[..<panelBytes])
    }
    #expect(panels[0] == panels[1])
  }

  @Test(arguments: WeightType.all)
  func `a panel is aligned, and little larger than the file's rows`(type: WeightType) {
    for depth in stride(from: 256, through: 4096, by: 256) {
      let panel = ck_panel_bytes(type.id.rawValue, Int64(depth))
      let file = 16 * type.rowBytes(depth)
      #expect(panel % 64 == 0)
      // TQ1_0 is stored with two bits, not five digits to a byte.
      let most = type.id == CK_TQ1_0 ? 1.25 : 1.05
      #expect(Double(panel) <= Double(file) * most + 2 * 64)
    }
  }

  @Test(arguments: WeightType.all)
  func `depths that are not whole blocks have no panel`(type: WeightType) {
    let id = type.id.rawValue
    #expect(ck_panel_bytes(id, Int64.max / 256 * 256) == 0)
    #expect(ck_panel_bytes(id, -256) == 0)
    if type.blockWeights > 1 { #expect(ck_panel_bytes(id, Int64(type.blockWeights) + 1) == 0) }
  }
}
