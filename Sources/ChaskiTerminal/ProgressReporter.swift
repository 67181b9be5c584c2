// Owns: what to print while bytes arrive.
// Not here: the clock, and the printing.

/// Reports how far a long transfer has come, for a terminal or for a log.
///
/// On a terminal one line is rewritten ten times a second at most; elsewhere a whole line comes
/// every few seconds at most. Sizes are in MB of a million bytes. The rate is over the last
/// seconds, so that it follows the network.
package struct ProgressReporter: Sendable {
  private static let rewriteInterval = Duration.milliseconds(100)
  private static let lineInterval = Duration.seconds(5)
  private static let rateWindow = Duration.seconds(5)

  private let label: String
  private let totalByteCount: Int64?
  private let width: Int?
  private var lastReport: Duration?
  private var samples: [(time: Duration, byteCount: Int64)] = []

  /// A report on `label`; `width` is the terminal's, or nil where there is none.
  ///
  /// Without a total, neither share nor remaining time is shown.
  package init(label: String, totalByteCount: Int64?, width: Int?) {
    self.label = TerminalSanitizer.visibleOnOneLine(label)
    self.totalByteCount = totalByteCount.flatMap { $0 > 0 ? $0 : nil }
    self.width = width
  }

  /// The text to print at `time`, when `byteCount` bytes are there; nil when it is too soon.
  ///
  /// The first call's `byteCount` (what an earlier attempt left) does not count for the rate.
  package mutating func update(byteCount: Int64, at time: Duration) -> String? {
    addSample(byteCount, time)
    let interval =
      width == nil ? ProgressReporter.lineInterval : ProgressReporter.rewriteInterval
    if let lastReport, time - lastReport < interval { return nil }
    lastReport = time
    let line = line(byteCount)
    guard let width else { return line + "\n" }
    return "\r" + ProgressReporter.cut(line, to: width - 1) + "\u{1B}[K"
  }

  /// The text to print when all is done at `time`.
  package mutating func finish(byteCount: Int64, at time: Duration) -> String {
    addSample(byteCount, time)
    let text = "\(label)  \(ProgressReporter.megabytes(byteCount)) MB, done"
    guard let width else { return text + "\n" }
    return "\r" + ProgressReporter.cut(text, to: width - 1) + "\u{1B}[K\n"
  }

  private mutating func addSample(_ byteCount: Int64, _ time: Duration) {
    samples.append((time, byteCount))
    // One sample older than the window stays, to measure from.
    while samples.count > 2, time - samples[1].time >= ProgressReporter.rateWindow {
      samples.removeFirst()
    }
    // A caller that reports every packet must not fill the memory.
    if samples.count > 512 {
      samples = samples.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    }
  }

  private func line(_ byteCount: Int64) -> String {
    var parts = [label]
    let size = ProgressReporter.megabytes(byteCount)
    if let total = totalByteCount {
      let share = min(max(Double(byteCount) / Double(total), 0), 1)
      let percent = String(Int(share * 100))
      parts.append(String(repeating: " ", count: max(0, 3 - percent.count)) + percent + "%")
      if let width, width >= 70 { parts.append(ProgressReporter.bar(share, width: width / 4)) }
      parts.append("\(size)/\(ProgressReporter.megabytes(total)) MB")
    } else {
      parts.append("\(size) MB")
    }
    if let rate = bytesPerSecond() {
      parts.append("\(ProgressReporter.megabytes(Int64(rate))) MB/s")
      if let total = totalByteCount, total > byteCount, rate > 0 {
        parts.append(ProgressReporter.time(Double(total - byteCount) / rate))
      }
    }
    return parts.joined(separator: "  ")
  }

  private func bytesPerSecond() -> Double? {
    guard let first = samples.first, let last = samples.last else { return nil }
    let elapsed = (last.time - first.time) / .seconds(1)
    guard elapsed >= 0.5 else { return nil }
    return min(max(Double(last.byteCount - first.byteCount) / elapsed, 0), 1e15)
  }

  private static func bar(_ share: Double, width: Int) -> String {
    let filled = Int(share * Double(width))
    let head = filled < width ? ">" : ""
    let rest = String(repeating: " ", count: max(0, width - filled - 1))
    return "[" + String(repeating: "=", count: filled) + head + rest + "]"
  }

  private static func megabytes(_ byteCount: Int64) -> String {
    let tenths = max(byteCount, 0) / 100_000
    return "\(tenths / 10).\(tenths % 10)"
  }

  private static func time(_ seconds: Double) -> String {
    let seconds = Int(min(seconds.rounded(.up), 359_999))
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
    let rest = padded(seconds % 60)
    return hours > 0 ? "\(hours):\(padded(minutes)):\(rest) left" : "\(minutes):\(rest) left"
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func cut(_ text: String, to width: Int) -> String {
    var columns = 0
    return String(
      text.prefix { character in
        columns += DisplayWidth.of(character)
        return columns <= width
      }
    )
  }
}
