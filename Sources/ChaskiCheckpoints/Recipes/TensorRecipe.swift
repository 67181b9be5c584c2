// Owns: how a GGUF tensor is made from a folder's tensors, as a value.
// Does not own: finding and checking those (RecipeResolver), reading rows (RecipePlan).

import ChaskiFiles

/// How a tensor is made: a tree with stored tensors at its leaves, of which any few rows can be computed
/// without the rest.
///
/// A tensor of one axis counts as a column: its elements are its rows. A tensor of more axes is a stack of
/// matrices; rows and columns are those of its last two axes. Vectors are always widened to float32, as
/// GGUF has them; matrices keep the type they are stored in.
package indirect enum TensorRecipe: Sendable, Hashable {
  /// A tensor as it is stored, by its name in the folder; eight-bit floats with the scales beside them.
  case stored(String)
  /// Some rows of each matrix: one part of a fused projection.
  case rows(Range<Int>, of: TensorRecipe)
  /// Rows of each head in the order that rotates adjacent pairs: row i and row i + E / 2 side by side.
  case permuted(headCount: Int, TensorRecipe)
  /// The opposite of `permuted`.
  case unpermuted(headCount: Int, TensorRecipe)
  /// Each matrix cut into this many of equal height, such as one for each head.
  case split(Int, TensorRecipe)
  /// All matrices of a stack as one, one below the other: the opposite of `split`.
  case merged(TensorRecipe)
  /// Rows and columns of each matrix exchanged.
  case transposed(TensorRecipe)
  /// Tensors of one shape as a stack, such as a layer's experts.
  case stacked([TensorRecipe])
  /// One part of a stack: the opposite of `stacked`.
  case part(Int, of: TensorRecipe)
  /// Matrices of one width, or vectors, one below the other.
  case joined([TensorRecipe])
  /// Each element plus one, in float32: gains that are stored as what they differ from 1.
  case plusOne(TensorRecipe)
  /// The opposite of `plusOne`.
  case minusOne(TensorRecipe)
  /// Elements widened to float32.
  case widened(TensorRecipe)
  /// A vector of these numbers.
  case values([Float])
  /// Matrices of so many rows of zeros, for each of the other's and as wide.
  case zeros(rowCount: Int, like: TensorRecipe)
}

extension TensorRecipe {
  /// The names of the stored tensors that it reads.
  var storedNames: [String] {
    switch self {
    case .stored(let name): [name]
    case .rows(_, let recipe), .permuted(_, let recipe), .unpermuted(_, let recipe),
      .split(_, let recipe), .merged(let recipe), .transposed(let recipe), .part(_, let recipe),
      .plusOne(let recipe), .minusOne(let recipe), .widened(let recipe), .zeros(_, let recipe):
      recipe.storedNames
    case .stacked(let recipes), .joined(let recipes): recipes.flatMap(\.storedNames)
    case .values: []
    }
  }

  /// Adds all that it says, so that weights packed by another recipe are not taken for its own.
  func add(to hash: inout ContentHash) {
    switch self {
    case .stored(let name):
      hash.add(1)
      hash.add(name)
    case .rows(let range, let recipe):
      hash.add(2)
      hash.add(range.lowerBound)
      hash.add(range.upperBound)
      recipe.add(to: &hash)
    case .permuted(let headCount, let recipe): Self.add(3, headCount, recipe, to: &hash)
    case .split(let count, let recipe): Self.add(4, count, recipe, to: &hash)
    case .merged(let recipe): Self.add(5, 0, recipe, to: &hash)
    case .transposed(let recipe): Self.add(6, 0, recipe, to: &hash)
    case .stacked(let recipes): Self.add(7, recipes, to: &hash)
    case .joined(let recipes): Self.add(8, recipes, to: &hash)
    case .plusOne(let recipe): Self.add(9, 0, recipe, to: &hash)
    case .widened(let recipe): Self.add(10, 0, recipe, to: &hash)
    case .unpermuted(let headCount, let recipe): Self.add(12, headCount, recipe, to: &hash)
    case .minusOne(let recipe): Self.add(13, 0, recipe, to: &hash)
    case .part(let index, let recipe): Self.add(14, index, recipe, to: &hash)
    case .zeros(let count, let recipe): Self.add(15, count, recipe, to: &hash)
    case .values(let values):
      hash.add(11)
      hash.add(values.count)
      for value in values { hash.add(UInt64(value.bitPattern)) }
    }
  }

  private static func add(
    _ kind: Int,
    _ number: Int,
    _ recipe: TensorRecipe,
    to hash: inout ContentHash
  ) {
    hash.add(kind)
    hash.add(number)
    recipe.add(to: &hash)
  }

  private static func add(_ kind: Int, _ recipes: [TensorRecipe], to hash: inout ContentHash) {
    hash.add(kind)
    hash.add(recipes.count)
    for recipe in recipes { recipe.add(to: &hash) }
  }
}
