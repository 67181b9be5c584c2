// Owns: bytes from a terminal -> keys.
// Not here: reading the bytes, and what a key does.

/// Turns a terminal's bytes into keys; sequences may be split anywhere.
///
/// Sources: ECMA-48 for control sequences; xterm's "Control Sequences",
/// <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>, for keys and bracketed paste.
/// Unknown sequences are dropped; none is collected beyond `sequenceLimit` bytes.
package struct KeyParser: Sendable {
  /// The longest control sequence that is looked at.
  package static let sequenceLimit = 32
  /// How much of a paste is collected before it is handed on.
  package static let pasteChunk = 1 << 16

  private enum State {
    case ground, escape, control, application, paste
  }

  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  private var state = State.ground
  private var text: [UInt8] = []
  private var sequence: [UInt8] = []
  private var pasted: [UInt8] = []
  private var keys: [Key] = []

  /// A parser that has seen nothing.
  package init() {}

  /// Whether bytes are waiting that could be the start of a sequence, or the Escape key alone.
  package var isWaiting: Bool { state == .escape }

  /// The keys that `bytes` complete.
  package mutating func keys(from bytes: some Sequence<UInt8>) -> [Key] {
    for byte in bytes { take(byte) }
    flushText(isEnd: false)
    defer { keys = [] }
    return keys
  }

  /// The Escape key, where nothing followed its byte for a while.
  package mutating func keysAfterSilence() -> [Key] {
    guard state == .escape else { return [] }
    state = .ground
    return [.escape]
  }

  private mutating func take(_ byte: UInt8) {
    switch state {
    case .ground: takeInGround(byte)
    case .escape: takeAfterEscape(byte)
    case .control: takeInControl(byte)
    case .application:
      state = .ground
      add(KeyParser.movement(byte, isByWord: false))
    case .paste: takeInPaste(byte)
    }
  }

  private mutating func takeInGround(_ byte: UInt8) {
    guard byte < 0x20 || byte == 0x7F else { return text.append(byte) }
    flushText(isEnd: true)
    if byte == 0x1B { state = .escape } else { add(KeyParser.control(byte)) }
  }

  private mutating func takeAfterEscape(_ byte: UInt8) {
    state = .ground
    switch byte {
    case UInt8(ascii: "["):
      sequence = []
      state = .control
    case UInt8(ascii: "O"): state = .application
    case 0x0D, 0x0A: keys.append(.newline)
    case 0x08, 0x7F: keys.append(.deleteWordLeft)
    case UInt8(ascii: "b"): keys.append(.wordLeft)
    case UInt8(ascii: "f"): keys.append(.wordRight)
    case UInt8(ascii: "d"): keys.append(.deleteWordRight)
    case 0x1B:
      keys.append(.escape)
      state = .escape
    case 0..<0x20: takeInGround(byte)
    default: break
    }
  }

  private mutating func takeInControl(_ byte: UInt8) {
    switch byte {
    case 0x20..<0x40:
      // One byte over the limit marks a sequence that is too long to mean anything to us.
      if sequence.count <= KeyParser.sequenceLimit { sequence.append(byte) }
    case 0x40..<0x7F:
      state = .ground
      if sequence.count <= KeyParser.sequenceLimit { finishControl(byte) }
    default:
      state = .ground
      takeInGround(byte)
    }
  }

  private mutating func finishControl(_ final: UInt8) {
    let fields = sequence.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    let numbers = fields.map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    let modifier = numbers.count > 1 ? numbers[1] : 1
    switch (final, numbers.first ?? 0) {
    case (UInt8(ascii: "~"), 200):
      state = .paste
      pasted = []
    case (UInt8(ascii: "~"), 3): add(modifier > 2 ? .deleteWordRight : .delete)
    case (UInt8(ascii: "~"), 1), (UInt8(ascii: "~"), 7): add(.home)
    case (UInt8(ascii: "~"), 4), (UInt8(ascii: "~"), 8): add(.end)
    // Enter with Shift, Alt or Ctrl, from terminals that tell.
    case (UInt8(ascii: "u"), 13): add(modifier > 1 ? .newline : .enter)
    case (UInt8(ascii: "~"), 27) where numbers.count == 3 && numbers[2] == 13: add(.newline)
    default: add(KeyParser.movement(final, isByWord: modifier > 2))
    }
  }

  private mutating func takeInPaste(_ byte: UInt8) {
    pasted.append(byte)
    if pasted.count >= KeyParser.pasteChunk {
      // What stays may be the start of a character or of the end mark.
      let kept = pasted.suffix(8)
      let isBoundary = kept.first.map { $0 & 0xC0 != 0x80 } ?? true
      if isBoundary || pasted.count > KeyParser.pasteChunk + 8 {
        keys.append(.paste(KeyParser.pastedText(pasted.dropLast(8))))
        pasted = Array(kept)
      }
    }
    guard byte == UInt8(ascii: "~"), pasted.suffix(6).elementsEqual(KeyParser.pasteEnd) else {
      return
    }
    keys.append(.paste(KeyParser.pastedText(pasted.dropLast(6))))
    pasted = []
    state = .ground
  }

  /// Hands on collected text; bytes of an unfinished character stay, unless it has ended.
  private mutating func flushText(isEnd: Bool) {
    let waiting = isEnd ? 0 : KeyParser.unfinishedCount(text)
    guard text.count > waiting else { return }
    keys.append(.text(String(decoding: text.dropLast(waiting), as: UTF8.self)))
    text.removeFirst(text.count - waiting)
  }

  private mutating func add(_ key: Key?) {
    if let key { keys.append(key) }
  }

  private static func pastedText(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
    return text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
  }

  /// How many bytes at the end are the start of a character that is not complete.
  private static func unfinishedCount(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte < 0x80 { return 0 }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 0
      if length > 0 { return length > back ? back : 0 }
    }
    return 0
  }

  private static func movement(_ final: UInt8, isByWord: Bool) -> Key? {
    switch final {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): isByWord ? .wordRight : .right
    case UInt8(ascii: "D"): isByWord ? .wordLeft : .left
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "F"): .end
    default: nil
    }
  }

  private static func control(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x0D, 0x0A: .enter
    case 0x7F, 0x08: .backspace
    case 0x09: .tab
    case 0x01: .home
    case 0x02: .left
    case 0x03: .interrupt
    case 0x04: .endOfInput
    case 0x05: .end
    case 0x06: .right
    case 0x0B: .deleteToEnd
    case 0x0C: .clearScreen
    case 0x0E: .down
    case 0x10: .up
    case 0x15: .deleteToStart
    case 0x17: .deleteWordLeft
    default: nil
    }
  }
}
