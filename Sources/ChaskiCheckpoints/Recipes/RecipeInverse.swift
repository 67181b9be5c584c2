// Owns: following recipes backwards: a folder's tensors as recipes over GGUF's.
// Does not own: computing them (RecipePlan).

/// Collects what each stored tensor is made of, from the recipes that would read it.
struct RecipeInverse {
  /// The checkpoint's file, for errors.
  let file: String
  /// The stored tensors' names, each with the recipe that makes it, in order.
  private(set) var recipes: [(name: String, recipe: TensorRecipe)] = []

  /// Rows of what a recipe makes, and what they are made from.
  private struct Piece {
    let rows: Range<Int>
    let source: TensorRecipe
  }
  /// The pieces of what is made of rows of others, and in which order they came.
  private var pieces: [TensorRecipe: [Piece]] = [:]
  private var cut: [TensorRecipe] = []

  init(file: String) { self.file = file }

  /// Notes that the GGUF tensor `name` is made by `recipe`.
  ///
  /// - Throws: `CheckpointError.unsupported` for a recipe that keeps less than it reads.
  mutating func add(_ name: String, _ recipe: TensorRecipe) throws(CheckpointError) {
    try add(recipe, madeFrom: .stored(name))
  }

  /// Joins what was cut, when all tensors are added.
  ///
  /// Rows before the first that is read belong to no tensor and become zeros.
  ///
  /// - Throws: `CheckpointError.unsupported` if rows between others are not read, or twice.
  mutating func finish() throws(CheckpointError) {
    while !cut.isEmpty {
      let whole = cut.removeFirst()
      let parts = (pieces.removeValue(forKey: whole) ?? []).sorted {
        $0.rows.lowerBound < $1.rows.lowerBound
      }
      guard let first = parts.first else { continue }
      for (part, next) in zip(parts, parts.dropFirst())
      where part.rows.upperBound != next.rows.lowerBound { throw unsupported }
      // As many rows as are read, though the checkpoint may have more.
      var joined = parts.map { TensorRecipe.rows(0..<$0.rows.count, of: $0.source) }
      if first.rows.lowerBound > 0 {
        joined.insert(.zeros(rowCount: first.rows.lowerBound, like: first.source), at: 0)
      }
      try add(whole, madeFrom: .joined(joined))
    }
  }

  private var unsupported: CheckpointError {
    .unsupported(file: file, feature: "a folder with tensors cut or joined in another way")
  }

  private mutating func add(
    _ recipe: TensorRecipe,
    madeFrom result: TensorRecipe
  ) throws(CheckpointError) {
    switch recipe {
    case .stored(let name): recipes.append((name, result))
    case .permuted(let headCount, let inner):
      try add(inner, madeFrom: .unpermuted(headCount: headCount, result))
    case .unpermuted(let headCount, let inner):
      try add(inner, madeFrom: .permuted(headCount: headCount, result))
    case .split(_, let inner): try add(inner, madeFrom: .merged(result))
    case .transposed(let inner): try add(inner, madeFrom: .transposed(result))
    case .stacked(let parts):
      for (index, part) in parts.enumerated() {
        try add(part, madeFrom: .part(index, of: result))
      }
    case .plusOne(let inner): try add(inner, madeFrom: .minusOne(result))
    case .minusOne(let inner): try add(inner, madeFrom: .plusOne(result))
    case .widened(let inner): try add(inner, madeFrom: result)
    case .values, .zeros: return
    case .rows(let rows, let inner):
      if pieces[inner] == nil { cut.append(inner) }
      pieces[inner, default: []].append(Piece(rows: rows, source: result))
    case .merged, .joined, .part: throw unsupported
    }
  }
}
