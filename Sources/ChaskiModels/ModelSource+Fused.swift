// Owns: reading matrices that a file keeps as one because they read the same activations.

import ChaskiFiles
import ChaskiLayers
import ChaskiTensors

extension ModelSource {
  /// The affine layers in `name`.weight and, if the file has it, `name`.bias, one below the other.
  ///
  /// `rows` are the layers' rows, in the file's order. Each is packed as a matrix of its own, so that it costs
  /// what it would if the file kept it apart. [rows[i], depth] each
  func fusedLinear(_ name: String, rows: [Int], depth: Int) throws -> [Linear] {
    let total = rows.reduce(0, +)
    let biases =
      has(name + ".bias") ? try vector(name + ".bias", count: total).values : nil
    var first = 0
    return try rows.map { count in
      let part = first..<first + count
      first += count
      return Linear(
        weight: try matrix(name + ".weight", part: part, of: total, depth: depth),
        bias: try biases.map { try Vector(Array($0[part])) }
      )
    }
  }
}
