// Owns: adding up what each matrix of a model meets while a text runs through it.
// Does not own: running the text (ImportanceRun), the files (ImportanceMatrix+Files).

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

  /// A collector for those matrices of a loaded model whose names are `wanted`.
  package convenience init(
    _ placements: [String: PackedPlacement],
    where isWanted: (_ name: String) -> Bool
  ) {
    var places: [Int: Place] = [:]
    for (name, placement) in placements where isWanted(name) {
      places[placement.offset] = Place(tensor: name)
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
