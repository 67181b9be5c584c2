// Owns: rows of cells -> aligned lines.

/// A table of text with aligned columns.
///
/// Cells may come from files: they are made safe to show, and kept on one line.
package struct TableFormatter: Sendable {
  /// On which side of its column a cell stands.
  package enum Alignment: Sendable {
    /// For words.
    case left
    /// For numbers.
    case right
  }

  private let alignments: [Alignment]
  private var rows: [[String]]

  /// A table whose first row is the columns' titles.
  package init(columns: [(title: String, alignment: Alignment)]) {
    alignments = columns.map(\.alignment)
    rows = [columns.map { TerminalSanitizer.visibleOnOneLine($0.title) }]
  }

  /// Adds a row; missing cells are empty, and there must not be more cells than columns.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count <= alignments.count, "a row has more cells than the table has columns")
    let padding = [String](repeating: "", count: alignments.count - cells.count)
    rows.append(cells.map(TerminalSanitizer.visibleOnOneLine) + padding)
  }

  /// The lines: titles, then rows, two spaces between columns and none at a line's end.
  package var lines: [String] {
    let widths = alignments.indices.map { column in
      rows.map { DisplayWidth.of($0[column]) }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - DisplayWidth.of(cell))
        line +=
          (column > 0 ? "  " : "") + (alignments[column] == .left ? cell + space : space + cell)
      }
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
