// Owns: a look at what linear operations read, for those who measure activations.
// Does not own: what is made of it (ChaskiQuantization).

/// Someone who is told what every linear operation of a backend reads, before it is computed.
///
/// Called on the thread that computes, one operation at a time.
package protocol LinearObserver: AnyObject {
  /// `matrices` are about to meet the rows of `input`. [T, D]
  func observe(_ input: Tensor, meeting matrices: [PackedMatrix])
}

extension CPUBackend {
  /// Tells the observer, if there is one, what the matrices of `projection` are about to read.
  func observe(_ input: LinearInput, _ projection: Projection) {
    guard let linearObserver else { return }
    linearObserver.observe(floats(of: input), meeting: projection.matrices)
  }
}

extension Tensor {
  /// Adds the sum of every column's squares to `sums`. [columns]
  package func addSquares(to sums: inout [Float]) {
    precondition(sums.count == columns, "\(sums.count) sums for \(columns) columns")
    for row in 0..<rows {
      let row = unsafe pointer(row: row)
      for column in 0..<columns {
        let x = unsafe row[column]
        sums[column] += x * x
      }
    }
  }
}
