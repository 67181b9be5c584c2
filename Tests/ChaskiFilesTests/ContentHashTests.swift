import ChaskiFiles
import Testing

struct ContentHashTests {
  private func hash(_ bytes: [UInt8]) -> UInt64 {
    var hash = ContentHash()
    hash.add(bytes)
    return hash.value
  }

  @Test(arguments: 0...40)
  func `a change of any single bit changes the hash`(count: Int) {
    var bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
    let before = hash(bytes)
    for bit in 0..<count * 8 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(hash(bytes) != before, "bit \(bit)")
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    #expect(hash(bytes) == before)
  }

  @Test func `lengths and where texts end count`() {
    #expect(Set((0..<64).map { hash([UInt8](repeating: 0, count: $0)) }).count == 64)
    var first = ContentHash()
    first.add("ab")
    first.add("c")
    var second = ContentHash()
    second.add("a")
    second.add("bc")
    #expect(first.value != second.value)
  }
}
