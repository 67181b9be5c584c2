// Checks: widths, sanitising, styles, capabilities, tables, progress and the interrupt policy.

import ChaskiTerminal
import Testing

struct DisplayWidthTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한국", 4),
    ("\u{1112}\u{1161}\u{11AB}", 2),
    ("ｶﾅ", 2), ("Ａ", 2), ("👩‍👩‍👧", 2), ("🇫🇷", 2), ("☺\u{FE0F}", 2), ("☺", 1), ("→", 1), ("€", 1),
    ("\u{200B}", 0), ("a\tb", 6), ("नि", 1), ("═", 1), ("，", 2),
  ])
  func `text takes as many columns as a terminal gives it`(text: String, columns: Int) {
    #expect(DisplayWidth.of(text) == columns)
  }
}

struct TerminalSanitizerTests {
  @Test(arguments: [
    ("plain\n\ttext é日👩‍👧", "plain\n\ttext é日👩‍👧"), ("\u{1B}[31mred", "␛[31mred"),
    ("\u{1B}]0;title\u{07}", "␛]0;title␇"), ("a\rb", "a␍b"), ("a\r\nb", "a\nb"),
    ("a\r\r\nb", "a␍\nb"), ("\u{9B}31m", "<U+009B>31m"), ("\u{7F}\0\u{08}", "␡␀␈"),
    ("evil\u{202E}gpj.exe", "evil<U+202E>gpj.exe"), ("\u{2066}x\u{2069}", "<U+2066>x<U+2069>"),
    ("\u{2028}", "<U+2028>"), ("", ""),
  ])
  func `control characters become visible`(text: String, expected: String) {
    #expect(TerminalSanitizer.visible(text) == expected)
  }

  @Test func `one line stays one line`() {
    #expect(TerminalSanitizer.visibleOnOneLine("a\nb\tc\u{1B}") == "a␊b␉c␛")
  }

  @Test func `nothing that controls gets through`() {
    for value in (0..<0x300 as Range<UInt32>) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for scalar in TerminalSanitizer.visible("x\(Character(scalar))y").unicodeScalars {
        #expect(scalar.properties.generalCategory != .control || scalar == "\n" || scalar == "\t")
      }
    }
  }
}

struct StyleTests {
  @Test func `a style surrounds text where colours are wanted`() {
    #expect((Style.bold + .red).applied(to: "x", usesColor: true) == "\u{1B}[1;31mx\u{1B}[0m")
    #expect(Style.bold.applied(to: "x", usesColor: false) == "x")
    #expect(Style.bold.applied(to: "", usesColor: true) == "")
  }
}

struct TerminalCapabilitiesTests {
  private func capabilities(
    _ environment: [String: String],
    isTerminal: Bool = true,
    width: Int? = 100
  ) -> TerminalCapabilities {
    TerminalCapabilities(
      inputIsTerminal: isTerminal,
      outputIsTerminal: isTerminal,
      errorIsTerminal: isTerminal,
      windowWidth: width,
      environment: environment
    )
  }

  @Test(arguments: [
    ([:], true, true), ([:], false, false), (["NO_COLOR": "1"], true, false),
    (["NO_COLOR": ""], true, true), (["TERM": "dumb"], true, false),
    (["CLICOLOR": "0"], true, false), (["CLICOLOR": "1"], true, true),
    (["CLICOLOR_FORCE": "1"], false, true), (["CLICOLOR_FORCE": "0"], false, false),
    (["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], true, false),
    (["CLICOLOR_FORCE": "1", "CLICOLOR": "0"], true, true),
  ])
  func `colours follow the terminal and the user's wishes`(
    environment: [String: String],
    isTerminal: Bool,
    expected: Bool
  ) {
    let found = capabilities(environment, isTerminal: isTerminal)
    #expect(found.usesColor == expected && found.errorUsesColor == expected)
  }

  @Test func `the cursor moves only on a terminal that is not dumb`() {
    #expect(capabilities([:]).movesCursor)
    #expect(!capabilities(["TERM": "dumb"]).movesCursor)
    #expect(!capabilities([:], isTerminal: false).movesCursor)
    #expect(capabilities(["NO_COLOR": "1"]).movesCursor)
  }

  @Test func `the width is the window's, else the environment's, else 80`() {
    #expect(capabilities(["COLUMNS": "50"]).width == 100)
    #expect(capabilities(["COLUMNS": "50"], width: nil).width == 50)
    #expect(capabilities(["COLUMNS": "many"], width: nil).width == 80)
    #expect(capabilities(["COLUMNS": "-5"], width: nil).width == 10)
  }
}

struct TableFormatterTests {
  @Test func `columns are aligned and cells made safe`() {
    var table = TableFormatter(columns: [("name", .left), ("MB", .right), ("note", .left)])
    table.add(["smollm2", "120.5", "default"])
    table.add(["日本", "9"])
    table.add(["a\u{1B}\nb", "1000.0", "x  "])
    #expect(
      table.lines == [
        "name         MB  note", "smollm2   120.5  default", "日本          9",
        "a␛␊b     1000.0  x",
      ]
    )
  }
}

struct ProgressReporterTests {
  @Test func `a terminal's line is rewritten ten times a second at most`() {
    var progress = ProgressReporter(label: "pull x", totalByteCount: 100_000_000, width: 80)
    let lines = (0...1000).compactMap { step in
      progress.update(byteCount: Int64(step) * 100_000, at: .milliseconds(step * 10))
    }
    #expect(lines.count == 101)
    #expect(lines.allSatisfy { $0.hasPrefix("\r") && $0.hasSuffix("\u{1B}[K") })
    #expect(
      lines[50]
        == "\rpull x   50%  [==========>         ]  50.0/100.0 MB  10.0 MB/s  0:05 left\u{1B}[K"
    )
    #expect(
      progress.finish(byteCount: 100_000_000, at: .seconds(10))
        == "\rpull x  100.0 MB, done\u{1B}[K\n"
    )
  }

  @Test func `a log gets a plain line every few seconds at most`() {
    var progress = ProgressReporter(label: "pull x", totalByteCount: nil, width: nil)
    let lines = (0...1000).compactMap { step in
      progress.update(byteCount: Int64(step) * 1_000_000, at: .milliseconds(step * 20))
    }
    #expect(
      lines == [
        "pull x  0.0 MB\n", "pull x  250.0 MB  50.0 MB/s\n", "pull x  500.0 MB  50.0 MB/s\n",
        "pull x  750.0 MB  50.0 MB/s\n", "pull x  1000.0 MB  50.0 MB/s\n",
      ]
    )
  }

  @Test func `what an earlier attempt left does not count for the rate`() {
    var progress = ProgressReporter(label: "x", totalByteCount: 100_000_000, width: nil)
    _ = progress.update(byteCount: 90_000_000, at: .zero)
    let line = progress.update(byteCount: 95_000_000, at: .seconds(5))
    #expect(line == "x   95%  95.0/100.0 MB  1.0 MB/s  0:05 left\n")
  }

  @Test func `the rate follows the last seconds`() {
    var progress = ProgressReporter(label: "x", totalByteCount: nil, width: nil)
    for second in 0...10 {
      _ = progress.update(byteCount: Int64(second) * 10_000_000, at: .seconds(second))
    }
    for second in 11...19 { _ = progress.update(byteCount: 100_000_000, at: .seconds(second)) }
    #expect(
      progress.update(byteCount: 100_000_000, at: .seconds(20)) == "x  100.0 MB  0.0 MB/s\n"
    )
  }

  @Test func `a narrow window cuts the line, and odd numbers are no trouble`() {
    var progress = ProgressReporter(label: "a long label \u{1B}[31m", totalByteCount: 1, width: 12)
    #expect(progress.update(byteCount: .max, at: .zero) == "\ra long labe\u{1B}[K")
    for (step, byteCount) in ([Int64.max, -5, Int64.min, 0] as [Int64]).enumerated() {
      var other = ProgressReporter(label: "x", totalByteCount: .max, width: 100)
      _ = other.update(byteCount: 0, at: .seconds(step))
      #expect(other.update(byteCount: byteCount, at: .seconds(step + 9)) != nil)
    }
  }
}

struct InterruptPolicyTests {
  @Test func `the first interrupt stops the work and a second soon after ends the program`() {
    var policy = InterruptPolicy()
    #expect(policy.interrupt(at: .seconds(1), isWorking: true) == .cancelWork)
    #expect(policy.interrupt(at: .seconds(2.9), isWorking: true) == .endProgram)
  }

  @Test func `a later interrupt counts as a first`() {
    var policy = InterruptPolicy()
    #expect(policy.interrupt(at: .seconds(1), isWorking: true) == .cancelWork)
    #expect(policy.interrupt(at: .seconds(3), isWorking: true) == .cancelWork)
    #expect(policy.interrupt(at: .seconds(4), isWorking: true) == .endProgram)
  }

  @Test func `without work an interrupt ends the program`() {
    var policy = InterruptPolicy()
    #expect(policy.interrupt(at: .seconds(1), isWorking: false) == .endProgram)
  }

  @Test func `new work begins with a clean slate`() {
    var policy = InterruptPolicy()
    #expect(policy.interrupt(at: .seconds(1), isWorking: true) == .cancelWork)
    policy.workEnded()
    #expect(policy.interrupt(at: .seconds(1.5), isWorking: true) == .cancelWork)
  }
}
