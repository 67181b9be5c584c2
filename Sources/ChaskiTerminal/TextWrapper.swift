// Owns: wrapping streamed text at the window's width.

/// Wraps text between words as it streams in.
///
/// Pieces may end anywhere. The word that may still grow is held back, so that nothing printed is
/// taken back. Lines between Markdown's fences (three or more backticks or tildes) are left as
/// they are, so that code can be copied. Without a width nothing is altered or held back.
package struct TextWrapper: Sendable {
  private let width: Int?
  // What has arrived and is not yet looked at: a character that the next piece may still extend.
  private var unread = ""
  private var spaces = ""
  private var word = ""
  private var wordWidth = 0
  private var column = 0
  // The line so far, while it can still become a fence; nil when it cannot.
  private var fence: String? = ""
  private var isCode = false

  /// A wrapper for a window of `width` columns, or nil for no window.
  package init(width: Int?) { self.width = width.map { max($0, 2) } }

  /// The text to print now that `piece` has arrived.
  package mutating func add(_ piece: String) -> String {
    guard width != nil else { return piece }
    unread += piece
    guard let last = unread.last else { return "" }
    // A combining mark may follow anything but a line feed.
    let kept = last == "\n" ? "" : String(last)
    let ready = unread.dropLast(kept.count)
    var output = ""
    for character in ready { take(character, &output) }
    unread = kept
    return output
  }

  /// The text to print at the end; the wrapper then starts anew.
  package mutating func finish() -> String {
    guard width != nil else { return "" }
    var output = ""
    for character in unread { take(character, &output) }
    flushWord(&output)
    output += spaces
    self = TextWrapper(width: width)
    return output
  }

  private mutating func take(_ character: Character, _ output: inout String) {
    if character.isNewline { return endLine(character, &output) }
    if var line = fence {
      line.append(character)
      fence = TextWrapper.canBeFence(line) ? line : nil
    }
    if isCode {
      output.append(character)
    } else if character == " " || character == "\t" {
      flushWord(&output)
      spaces.append(character)
    } else {
      takeInWord(character, &output)
    }
  }

  private mutating func takeInWord(_ character: Character, _ output: inout String) {
    let columns = DisplayWidth.of(character)
    let breaks = DisplayWidth.breaksAnywhere(character)
    // A word longer than the line is broken where the line ends.
    if breaks || wordWidth + columns > width ?? .max { flushWord(&output) }
    word.append(character)
    wordWidth += columns
    if breaks { flushWord(&output) }
  }

  private mutating func endLine(_ character: Character, _ output: inout String) {
    flushWord(&output)
    // Spaces at a line's end are not seen, and could make the terminal wrap.
    if isCode { output += spaces }
    spaces = ""
    if let fence, TextWrapper.isFence(fence) { isCode.toggle() }
    fence = ""
    output.append(character)
    column = 0
  }

  private mutating func flushWord(_ output: inout String) {
    guard !word.isEmpty, let width else { return }
    let gap = DisplayWidth.of(spaces)
    if column > 0, column + gap + wordWidth > width {
      output += "\n"
      column = 0
    } else if gap + wordWidth > width {
      // An indentation that leaves no room for the word is cut.
      let room = max(0, width - wordWidth)
      output += String(repeating: " ", count: room)
      column += room
    } else {
      output += spaces
      column += gap
    }
    output += word
    column += wordWidth
    spaces = ""
    word = ""
    wordWidth = 0
  }

  /// Whether `line` may be the start of a fence: up to three spaces, then only marks or, after
  /// three of them, anything.
  private static func canBeFence(_ line: String) -> Bool {
    let marks = line.drop { $0 == " " }
    guard line.count - marks.count <= 3, let mark = marks.first else { return line.count <= 3 }
    guard mark == "`" || mark == "~" else { return false }
    return marks.prefix(3).allSatisfy { $0 == mark }
  }

  private static func isFence(_ line: String) -> Bool {
    canBeFence(line) && line.drop { $0 == " " }.count >= 3
  }
}
