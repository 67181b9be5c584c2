// Owns: following recipes backwards: a folder's tensors as recipes over GGUF's.
// Does not own: computing them (RecipePlan).

/// Collects what each stored tensor is made of, from the recipes that would read it.
struct RecipeInverse {
  /// The checkpoint's file, for errors.
  let file: String
  /// The stored tensors' names, each with the recipe that makes it, in order.
  private(set) var recipes: [(name: String, recipe: TensorRecipe)] = []

  init(file: String) { self.file = file }

  /// Notes that the GGUF tensor `name` is made by `recipe`.
  ///
  /// - Throws: `CheckpointError.unsupported` for a recipe that keeps less than it reads.
  mutating func add(_ name: String, _ recipe: TensorRecipe) throws(CheckpointError) {
    try add(recipe, madeFrom: .stored(name))
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
    case .values: return
    case .rows, .merged, .joined, .part:
      throw .unsupported(file: file, feature: "a folder with tensors cut or joined in another way")
    }
  }
}
