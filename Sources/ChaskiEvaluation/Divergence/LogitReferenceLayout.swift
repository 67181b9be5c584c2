// Owns: where things lie in a file of reference log-probabilities.

/// The sizes and offsets of a file whose windows and vocabulary have these sizes.
struct LogitReferenceLayout {
  /// C: tokens of a window, 4 to 2^20.
  let windowLength: Int
  /// V: how many tokens have a probability, 1 to 2^24.
  let vocabularyCount: Int

  /// Rows of a window.
  var rowCount: Int { windowLength - 1 - windowLength / 2 }

  /// Bytes of a row: scale, least, and an even number of codes.
  var rowByteCount: Int { 8 + (vocabularyCount + 1) / 2 * 4 }

  /// Bytes of the whole file; nil if no file is that large.
  func byteCount(windowCount: Int) -> Int? {
    let (bytes, overflow) = windowCount.multipliedReportingOverflow(
      by: 4 * windowLength + rowCount * rowByteCount
    )
    let (sum, isTooLarge) = bytes.addingReportingOverflow(LogitReference.headerLength)
    return overflow || isTooLarge ? nil : sum
  }

  /// Where row `row` of window `window` begins in a file of `windowCount` windows.
  func offset(ofRow row: Int, window: Int, windowCount: Int) -> Int {
    LogitReference.headerLength + 4 * windowLength * windowCount
      + (window * rowCount + row) * rowByteCount
  }
}
