// Owns: adding up what each matrix of a model meets while a text runs through it.
// Does not own: running the text (ImportanceRun), the files (ImportanceMatrix+Files).

package import ChaskiCheckpoints
package import ChaskiTensors
import Synchronization

/// Collects the squares of activations, column by column, for every matrix whose name is known.
///
/// Sendable: what is collected is behind a lock, which only one thread at a time asks for.
package final class ImportanceCollector: LinearObserver, Sendable {
  /// The name of a tensor and which of its matrices this is.
  package struct Place: Sendable, Hashable {
    package let tensor: String
    package let matrix: Int
    package let matrixCount: Int

    package init(tensor: String, matrix: Int = 0, matrixCount: Int = 1) {
      self.tensor = tensor
      self.matrix = matrix
      self.matrixCount = matrixCount
    }
  }

  /// Places by where a matrix lies in the model's arena.
  private let places: [Int: Place]
  private let entries = Mutex<[String: ImportanceMatrix.Entry]>([:])

  /// A collector for matrices that lie at these offsets in the model's arena.
  package init(places: [Int: Place]) {
    self.places = places
  }

  /// A collector for those tensors of `checkpoint` whose names are `wanted`, as they lie in a loaded model.
  ///
  /// Placements bear a tensor's name, or, for some of its rows, the name and their range in brackets.
  package convenience init(
    _ placements: [String: PackedPlacement],
    of checkpoint: any Checkpoint,
    where isWanted: (_ name: String) -> Bool
  ) {
    var places: [Int: Place] = [:]
    for (label, placement) in placements {
      let parts = label.split(separator: "[", maxSplits: 1)
      guard let name = parts.first.map(String.init), isWanted(name),
        let tensor = checkpoint.tensor(name).map({ TensorDescription($0) })
      else { continue }
      let first = parts.count > 1 ? parts[1].prefix { $0.isNumber } : "0"
      // The parts of one matrix meet the same activations: its first rows stand for all.
      guard let row = Int(first), row.isMultiple(of: tensor.rowsPerMatrix) else { continue }
      places[placement.offset] = Place(
        tensor: name,
        matrix: row / tensor.rowsPerMatrix,
        matrixCount: tensor.rows / tensor.rowsPerMatrix
      )
    }
    self.init(places: places)
  }

  @inline(never)
  package func observe(_ input: Tensor, meeting matrices: [PackedMatrix]) {
    let known = matrices.compactMap { places[$0.placement.offset] }
    guard !known.isEmpty else { return }
    // Matrices of one input share its sums.
    var sums = [Float](repeating: 0, count: input.columns)
    input.addSquares(to: &sums)
    entries.withLock { entries in
      for place in known {
        var entry =
          entries.removeValue(forKey: place.tensor)
          ?? ImportanceMatrix.Entry(columns: input.columns, matrices: place.matrixCount)
        let start = place.matrix * input.columns
        for column in 0..<input.columns { entry.sums[start + column] += sums[column] }
        entry.counts[place.matrix] += input.rows
        entries[place.tensor] = entry
      }
    }
  }

  /// What was collected so far.
  @inline(never)
  package func collected() -> [String: ImportanceMatrix.Entry] {
    entries.withLock { $0 }
  }
}
