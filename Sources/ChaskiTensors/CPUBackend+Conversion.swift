// Owns: the threads' loop that turns rows of weights of one type into another.
// Does not own: the decoding and the search for good blocks (ChaskiKernels).

import ChaskiKernels

extension CPUBackend {
  /// Converts the rows in `bytes`, on all threads; the same bytes for every thread count and instruction set.
  ///
  /// `firstRow` is added to row numbers in errors. The error is zero unless the conversion is measured.
  ///
  /// - Throws: `TensorError.unsupportedType` for a type that does not compute or whose blocks do not divide
  ///   the row; `unexpectedByteCount` for bytes that are not whole rows; `weightOutOfRange` for a number that is
  ///   not finite, or beyond what the target's scales can express.
  package func convert(
    _ bytes: [UInt8],
    _ conversion: RowConversion,
    firstRow: Int = 0
  ) throws(TensorError) -> (rows: [UInt8], error: ConversionError) {
    for type in [conversion.source, conversion.target] {
      guard ck_supports(Int32(type.rawValue)) != 0, conversion.columns > 0,
        conversion.columns.isMultiple(of: type.blockElementCount)
      else {
        throw TensorError.unsupportedType(tensor: conversion.name, type: type.name)
      }
    }
    let rows = bytes.count / conversion.sourceRowByteCount
    guard bytes.count == rows * conversion.sourceRowByteCount else {
      throw TensorError.unexpectedByteCount(
        tensor: conversion.name,
        expected: (rows + 1) * conversion.sourceRowByteCount,
        found: bytes.count
      )
    }
    if let importance = conversion.importance {
      precondition(importance.count == conversion.columns, "an importance for each column")
    }
    // About 64 K weights at a time: their floats stay in a core's second-level cache.
    let rowsPerPiece = max(1, (1 << 16) / conversion.columns)
    let pieceCount = (rows + rowsPerPiece - 1) / rowsPerPiece
    var results = [PieceResult](repeating: PieceResult(), count: pieceCount)
    let result = unsafe bytes.withUnsafeBytes { source in
      unsafe [UInt8](
        unsafeUninitializedCapacity: rows * conversion.targetRowByteCount
      ) { target, count in
        unsafe results.withUnsafeMutableBufferPointer { results in
          // Each piece reads and writes its own rows and its own result.
          let pieces = unsafe ConversionPieces(
            conversion: conversion,
            source: source,
            target: target,
            results: results,
            rowCount: rows,
            rowsPerPiece: rowsPerPiece,
            kernels: kernels
          )
          workers.run(pieceCount) { piece in pieces.run(piece) }
        }
        count = rows * conversion.targetRowByteCount
      }
    }
    var error = ConversionError()
    for (piece, found) in results.enumerated() {
      if let row = found.badRow {
        throw TensorError.weightOutOfRange(
          tensor: conversion.name,
          row: firstRow + piece * rowsPerPiece + row,
          type: conversion.target.name
        )
      }
      error += found.error
    }
    return (result, error)
  }
}

/// What came of some rows.
private struct PieceResult {
  var badRow: Int?
  var error = ConversionError()
}

/// Rows shared among threads, in terms of addresses that outlive the loop.
@safe private struct ConversionPieces {
  let conversion: RowConversion
  let source: UnsafeRawBufferPointer
  let target: UnsafeMutableBufferPointer<UInt8>
  let results: UnsafeMutableBufferPointer<PieceResult>
  let rowCount: Int
  let rowsPerPiece: Int
  let kernels: UnsafePointer<ck_table>

  init(
    conversion: RowConversion,
    source: UnsafeRawBufferPointer,
    target: UnsafeMutableBufferPointer<UInt8>,
    results: UnsafeMutableBufferPointer<PieceResult>,
    rowCount: Int,
    rowsPerPiece: Int,
    kernels: UnsafePointer<ck_table>
  ) {
    self.conversion = conversion
    unsafe self.source = source
    unsafe self.target = target
    unsafe self.results = results
    self.rowCount = rowCount
    self.rowsPerPiece = rowsPerPiece
    unsafe self.kernels = kernels
  }

  /// Converts the rows of piece `index`.
  func run(_ index: Int) {
    let first = index * rowsPerPiece
    let rows = min(rowsPerPiece, rowCount - first)
    let count = rows * conversion.columns
    guard let source = unsafe source.baseAddress, let target = unsafe target.baseAddress else {
      return
    }
    let from = unsafe source + first * conversion.sourceRowByteCount
    let to = unsafe target + first * conversion.targetRowByteCount
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: count * 2) { scratch in
      guard let floats = scratch.baseAddress else { return }
      unsafe ck_dequantize(Int32(conversion.source.rawValue), from, Int64(count), floats)
      let done = unsafe withImportance { importance in
        unsafe kernels.pointee.quantize(
          Int32(conversion.target.rawValue),
          floats,
          importance,
          Int64(rows),
          Int64(conversion.columns),
          to
        )
      }
      guard done == rows else { return unsafe results[index].badRow = Int(done) }
      guard conversion.isMeasured else { return }
      let decoded = unsafe floats + count
      unsafe ck_dequantize(Int32(conversion.target.rawValue), to, Int64(count), decoded)
      unsafe results[index].error = error(of: decoded, against: floats, count: count)
    }
  }

  private func withImportance<Result>(_ body: (UnsafePointer<Float>?) -> Result) -> Result {
    guard let importance = conversion.importance else { return body(nil) }
    return unsafe importance.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }

  private func error(
    of decoded: UnsafePointer<Float>,
    against floats: UnsafePointer<Float>,
    count: Int
  ) -> ConversionError {
    var sum = ConversionError()
    sum.weightCount = count
    let importance = conversion.importance
    for start in stride(from: 0, to: count, by: conversion.columns) {
      var squaredError = 0.0
      var squaredWeights = 0.0
      for column in 0..<conversion.columns {
        let weight = unsafe Double(floats[start + column])
        let rest = unsafe Double(decoded[start + column]) - weight
        let share = importance.map { Double($0[column]) } ?? 1
        squaredError += share * rest * rest
        squaredWeights += share * weight * weight
      }
      sum.squaredError += squaredError
      sum.squaredWeights += squaredWeights
    }
    return sum
  }
}
