// Owns: finding a recipe's tensors and checking that their shapes allow it.
// Does not own: which recipes there are (families), reading rows (RecipePlan).

import ChaskiFiles
import ChaskiTensors

/// Turns recipes into plans over a folder's weights, or over those of another checkpoint.
struct RecipeResolver {
  /// What recipes' names stand for.
  enum Leaves {
    /// The tensors of a folder.
    case folder(FolderWeights)
    /// A checkpoint's tensors, decoded to float32.
    case checkpoint(any Checkpoint)
  }

  let folder: String
  let leaves: Leaves
  /// Whether all matrices are widened to float32.
  let widensToFloat32: Bool
  /// Rows and columns that share a scale, in tensors of eight-bit floats.
  let scaleBlock: (rows: Int, columns: Int)
  /// The GGUF tensor that is being made, for errors.
  var name = ""

  /// The plan of `recipe` for the tensor `name`, whose matrices keep their type unless `widening`.
  ///
  /// - Throws: `CheckpointError`.
  mutating func plan(
    _ recipe: TensorRecipe,
    for name: String
  ) throws(CheckpointError) -> RecipePlan {
    self.name = name
    let plan = try plan(recipe, widening: widensToFloat32)
    guard plan.outer.count <= 2,
      checkedByteCount(plan) != nil
    else {
      throw unexpectedShape(plan, expected: "at most four axes, and a size that memory can have")
    }
    return plan
  }

  /// The bytes of a plan's tensor, or nil if no `Int` holds them.
  private func checkedByteCount(_ plan: RecipePlan) -> Int? {
    var product = plan.type.blockByteCount
    for count in plan.outer + [plan.rows, plan.columns] {
      let (next, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow { return nil }
      product = next
    }
    return product
  }

  private func plan(
    _ recipe: TensorRecipe,
    widening: Bool
  ) throws(CheckpointError) -> RecipePlan {
    switch recipe {
    case .stored(let name):
      switch leaves {
      case .folder(let weights): return try stored(name, in: weights, widening: widening)
      case .checkpoint(let checkpoint): return try decoded(name, in: checkpoint)
      }
    case .widened(let recipe): return try plan(recipe, widening: true)
    case .plusOne(let recipe):
      let plan = try plan(recipe, widening: true)
      return plan.with(source: .plus(1, plan))
    case .minusOne(let recipe):
      let plan = try plan(recipe, widening: true)
      return plan.with(source: .plus(-1, plan))
    case .rows(let range, let recipe):
      return try rows(range, of: plan(recipe, widening: widening))
    case .permuted(let headCount, let recipe):
      return try permuted(plan(recipe, widening: widening), headCount: headCount) {
        .permuted(headWidth: $0, $1)
      }
    case .unpermuted(let headCount, let recipe):
      return try permuted(plan(recipe, widening: widening), headCount: headCount) {
        .unpermuted(headWidth: $0, $1)
      }
    case .split(let count, let recipe):
      return try split(plan(recipe, widening: widening), count)
    case .merged(let recipe):
      let plan = try plan(recipe, widening: widening)
      return plan.with(outer: [], rows: plan.rows * plan.matrixCount, source: .reshaped(plan))
    case .transposed(let recipe):
      return try transposed(plan(recipe, widening: widening))
    case .part(let index, let recipe): return try part(index, of: plan(recipe, widening: widening))
    case .stacked(let recipes): return try stacked(recipes, widening: widening)
    case .joined(let recipes): return try joined(recipes, widening: widening)
    case .zeros(let rowCount, let recipe):
      return try plan(recipe, widening: widening).with(rows: rowCount, source: .zeros)
    case .values(let values):
      return RecipePlan(
        outer: [],
        rows: values.count,
        columns: 1,
        isVector: true,
        type: .f32,
        source: .values(values)
      )
    }
  }

  private func decoded(
    _ name: String,
    in checkpoint: any Checkpoint
  ) throws(CheckpointError) -> RecipePlan {
    guard let tensor = checkpoint.tensor(name) else {
      throw .missingTensor(folder: folder, tensor: name, neededFor: self.name)
    }
    let block = tensor.type.blockElementCount
    guard PackedMatrix.packedByteCount(type: tensor.type, rows: 1, depth: block) != nil else {
      throw .unsupportedElements(folder: folder, tensor: name, type: tensor.type.name)
    }
    let dimensions = tensor.dimensions
    let isVector = dimensions.count == 1
    return RecipePlan(
      outer: dimensions.dropFirst(2).reversed(),
      rows: isVector ? dimensions[0] : dimensions[1],
      columns: isVector ? 1 : dimensions[0],
      isVector: isVector,
      type: .f32,
      source: .decoded(DecodedMatrices(checkpoint: checkpoint, tensor: tensor))
    )
  }

  private func stored(
    _ name: String,
    in weights: FolderWeights,
    widening: Bool
  ) throws(CheckpointError) -> RecipePlan {
    guard let tensor = weights[name] else {
      throw .missingTensor(folder: folder, tensor: name, neededFor: self.name)
    }
    guard let type = tensor.elementType else {
      throw .unsupportedElements(folder: folder, tensor: name, type: tensor.type.rawValue)
    }
    let shape = tensor.shape.isEmpty ? [1] : tensor.shape
    guard !shape.contains(0), let rowCount = shape.count > 1 ? shape[shape.count - 2] : shape.first
    else {
      throw .unexpectedShape(
        folder: folder,
        tensor: name,
        shape: tensor.shape,
        expected: "at least one element"
      )
    }
    let isVector = shape.count == 1
    let columns = isVector ? 1 : shape[shape.count - 1]
    return RecipePlan(
      outer: Array(shape.dropLast(2)),
      rows: rowCount,
      columns: columns,
      isVector: isVector,
      type: isVector || widening ? .f32 : type,
      source: .stored(
        StoredMatrices(
          tensor: tensor,
          rows: rowCount,
          columns: columns,
          scales: try scales(of: tensor, in: weights)
        )
      )
    )
  }

  private func scales(
    of tensor: StoredTensor,
    in weights: FolderWeights
  ) throws(CheckpointError) -> StoredMatrices.BlockScales? {
    guard tensor.isEightBitFloat, let scales = weights[tensor.name + FolderWeights.scaleSuffix]
    else { return nil }
    let expected =
      tensor.shape.count == 2
      ? [
        (tensor.shape[0] - 1) / scaleBlock.rows + 1, (tensor.shape[1] - 1) / scaleBlock.columns + 1,
      ] : []
    guard !expected.isEmpty, scales.shape == expected, !scales.isEightBitFloat,
      scales.elementType != nil
    else {
      throw .unexpectedShape(
        folder: folder,
        tensor: scales.name,
        shape: scales.shape,
        expected:
          "one number for each block of \(scaleBlock.rows) by \(scaleBlock.columns), \(expected),"
      )
    }
    return StoredMatrices.BlockScales(
      tensor: scales,
      rows: scaleBlock.rows,
      columns: scaleBlock.columns
    )
  }
}

// MARK: - Shapes

extension RecipeResolver {
  private func rows(
    _ range: Range<Int>,
    of plan: RecipePlan
  ) throws(CheckpointError) -> RecipePlan {
    guard range.lowerBound >= 0, range.upperBound <= plan.rows, !range.isEmpty else {
      throw unexpectedShape(plan, expected: "rows \(range) of each matrix")
    }
    return plan.with(rows: range.count, source: .rows(range.lowerBound, plan))
  }

  private func permuted(
    _ plan: RecipePlan,
    headCount: Int,
    _ source: (_ headWidth: Int, RecipePlan) -> RecipePlan.Source
  ) throws(CheckpointError) -> RecipePlan {
    guard headCount > 0, plan.rows.isMultiple(of: headCount),
      (plan.rows / headCount).isMultiple(of: 2)
    else {
      throw unexpectedShape(plan, expected: "an even number of rows for each of \(headCount) heads")
    }
    return plan.with(source: source(plan.rows / headCount, plan))
  }

  private func split(_ plan: RecipePlan, _ count: Int) throws(CheckpointError) -> RecipePlan {
    guard count > 0, plan.rows.isMultiple(of: count) else {
      throw unexpectedShape(plan, expected: "a number of rows that \(count) divides")
    }
    return plan.with(
      outer: plan.outer + [count],
      rows: plan.rows / count,
      source: .reshaped(plan)
    )
  }

  private func transposed(_ plan: RecipePlan) throws(CheckpointError) -> RecipePlan {
    guard !plan.isVector else { throw unexpectedShape(plan, expected: "a matrix") }
    return RecipePlan(
      outer: plan.outer,
      rows: plan.columns,
      columns: plan.rows,
      isVector: false,
      type: plan.type,
      source: .transposed(plan)
    )
  }

  private func part(_ index: Int, of plan: RecipePlan) throws(CheckpointError) -> RecipePlan {
    guard let count = plan.outer.first, 0..<count ~= index else {
      throw unexpectedShape(plan, expected: "a stack of over \(index)")
    }
    let first = index * plan.matrixCount / count
    return plan.with(outer: Array(plan.outer.dropFirst()), source: .part(first, plan))
  }

  private func stacked(
    _ recipes: [TensorRecipe],
    widening: Bool
  ) throws(CheckpointError) -> RecipePlan {
    let plans = try plans(recipes, widening: widening)
    let first = plans[0]
    for plan in plans
    where plan.outer != first.outer || plan.rows != first.rows || plan.columns != first.columns
      || plan.isVector != first.isVector || plan.type != first.type
    {
      throw unexpectedShape(plan, expected: "\(first.dimensions.reversed()) of \(first.type.name)")
    }
    return first.with(outer: [plans.count] + first.outer, source: .stacked(plans))
  }

  private func joined(
    _ recipes: [TensorRecipe],
    widening: Bool
  ) throws(CheckpointError) -> RecipePlan {
    let plans = try plans(recipes, widening: widening)
    let first = plans[0]
    var rows = 0
    for plan in plans {
      let (sum, overflow) = rows.addingReportingOverflow(plan.rows)
      guard !overflow, plan.outer == first.outer, plan.columns == first.columns,
        plan.isVector == first.isVector, plan.type == first.type
      else {
        throw unexpectedShape(plan, expected: "rows of \(first.columns) of \(first.type.name)")
      }
      rows = sum
    }
    return first.with(rows: rows, source: .joined(plans))
  }

  private func plans(
    _ recipes: [TensorRecipe],
    widening: Bool
  ) throws(CheckpointError) -> [RecipePlan] {
    guard !recipes.isEmpty else {
      throw .missingTensor(folder: folder, tensor: "of any name", neededFor: name)
    }
    var plans: [RecipePlan] = []
    plans.reserveCapacity(recipes.count)
    for recipe in recipes { plans.append(try plan(recipe, widening: widening)) }
    return plans
  }

  private func unexpectedShape(_ plan: RecipePlan, expected: String) -> CheckpointError {
    .unexpectedShape(
      folder: folder,
      tensor: name,
      shape: plan.dimensions.reversed(),
      expected: expected
    )
  }
}

extension RecipePlan {
  /// This plan with some of its facts replaced.
  fileprivate func with(outer: [Int]? = nil, rows: Int? = nil, source: Source) -> RecipePlan {
    RecipePlan(
      outer: outer ?? self.outer,
      rows: rows ?? self.rows,
      columns: columns,
      isVector: isVector,
      type: type,
      source: source
    )
  }
}
