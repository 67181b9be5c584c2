// Owns: Unicode's normalization forms. Not which tokenizer wants which.

/// One of Unicode's four normalization forms.
///
/// Source: Unicode Standard Annex 15, https://www.unicode.org/reports/tr15/. Stray bytes pass through unchanged.
enum NormalizationForm: Sendable, Equatable {
  case nfc, nfd, nfkc, nfkd

  private var isCompatible: Bool { self == .nfkc || self == .nfkd }
  private var composes: Bool { self == .nfc || self == .nfkc }

  /// Adds the normal form of `text` to `output`.
  func append(_ text: Span<UInt8>, _ start: Int, _ end: Int, to output: inout [UInt8]) {
    var run: [(code: UInt32, order: UInt8)] = []
    var at = start
    while at < end {
      if text[at] < 0x80 {
        // ASCII never changes; only what stands right before it may still grow, and that is in `run`.
        flush(&run, to: &output)
        // A mark after it may compose with it, so the last one of a run is held back.
        while at < end, text[at] < 0x80, at + 1 == end || text[at + 1] < 0x80 {
          output.append(text[at])
          at += 1
        }
        if at < end, text[at] < 0x80 {
          run.append((UInt32(text[at]), 0))
          at += 1
        }
        continue
      }
      let scalar = UTF8Scalar(text, at: at, end: end)
      if scalar.code == UTF8Scalar.invalid {
        flush(&run, to: &output)
        output.append(text[at])
      } else {
        decompose(scalar.code, &run, &output)
      }
      at += scalar.count
    }
    flush(&run, to: &output)
  }

  private func decompose(
    _ code: UInt32,
    _ run: inout [(code: UInt32, order: UInt8)],
    _ output: inout [UInt8]
  ) {
    let tables = DecompositionTables.shared
    tables.decompose(code, compatible: isCompatible) { part in
      let order = tables.order(part)
      // A starter that cannot compose with what is before it closes the run.
      if order == 0, !(composes && tables.mayCompose(part)) { flush(&run, to: &output) }
      run.append((part, order))
    }
  }

  /// Orders and composes a run that begins with a starter, and writes it.
  private func flush(
    _ run: inout [(code: UInt32, order: UInt8)],
    to output: inout [UInt8]
  ) {
    guard !run.isEmpty else { return }
    sortMarks(&run)
    if composes, run.count > 1 { compose(&run) }
    for part in run { UTF8Scalar.append(part.code, to: &output) }
    run.removeAll(keepingCapacity: true)
  }

  private func sortMarks(_ run: inout [(code: UInt32, order: UInt8)]) {
    var start = 0
    while start < run.count {
      var end = start
      while end < run.count, run[end].order != 0 { end += 1 }
      if end - start > 1 {
        // The position keeps equal orders in their order: the standard sort promises nothing.
        let sorted = run[start..<end].enumerated().sorted {
          ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
        }
        run.replaceSubrange(start..<end, with: sorted.map(\.element))
      }
      start = max(end, start) + 1
    }
  }

  private func compose(_ run: inout [(code: UInt32, order: UInt8)]) {
    let tables = DecompositionTables.shared
    var starter = -1
    var lastOrder = -1
    var kept = 0
    for index in run.indices {
      let part = run[index]
      let isBlocked = lastOrder >= Int(part.order)
      if starter >= 0, !isBlocked, let whole = tables.composition(run[starter].code, part.code) {
        run[starter].code = whole
        continue
      }
      if part.order == 0 {
        starter = kept
        lastOrder = -1
      } else {
        lastOrder = Int(part.order)
      }
      run[kept] = part
      kept += 1
    }
    run.removeSubrange(kept...)
  }
}
