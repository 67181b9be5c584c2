// Owns: usage as comma-separated values.
// RFC 4180, https://www.rfc-editor.org/rfc/rfc4180

/// A usage report that spreadsheets and scripts read.
package enum UsageCSV {
  /// A line of titles and a line for each row, which end with CR LF.
  ///
  /// Columns of groups come first, in the order team, key, model, day, month; missing times are empty.
  package static func text(_ rows: [UsageRow], grouping: [UsageGrouping]) -> String {
    let grouping = UsageGrouping.allCases.filter(grouping.contains)
    let lines =
      [grouping.map(\.rawValue) + columns.map(\.title)]
      + rows.map { row in grouping.map { row[$0] ?? "" } + columns.map { $0.cell(row) } }
    return lines.map { $0.map(cell).joined(separator: ",") + "\r\n" }.joined()
  }

  private static let columns: [(title: String, cell: @Sendable (UsageRow) -> String)] = [
    ("requests", { "\($0.requests)" }),
    ("finished", { "\($0.finished)" }),
    ("cancelled", { "\($0.cancelled)" }),
    ("failed", { "\($0.failed)" }),
    ("rejected", { "\($0.rejected)" }),
    ("prompt_tokens", { "\($0.promptTokens)" }),
    ("cached_tokens", { "\($0.cachedTokens)" }),
    ("generated_tokens", { "\($0.generatedTokens)" }),
    ("wasted_tokens", { "\($0.wastedTokens)" }),
    ("compute_seconds", { "\($0.computeSeconds)" }),
    ("queue_seconds", { "\($0.queueSeconds)" }),
    ("first_token_seconds_p50", { number($0.firstTokenSeconds?.p50) }),
    ("first_token_seconds_p95", { number($0.firstTokenSeconds?.p95) }),
    ("first_token_seconds_p99", { number($0.firstTokenSeconds?.p99) }),
    ("total_seconds_p50", { number($0.totalSeconds?.p50) }),
    ("total_seconds_p95", { number($0.totalSeconds?.p95) }),
    ("total_seconds_p99", { number($0.totalSeconds?.p99) }),
    ("rejected_by", { $0.rejectionText }),
  ]

  private static func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }

  private static func cell(_ text: String) -> String {
    // A spreadsheet would run what begins like a formula; an apostrophe makes it text.
    let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
    let text = isFormula ? "'" + text : text
    guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
