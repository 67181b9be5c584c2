// Owns: any checkpoint seen as the Hugging Face folder that would be written from it.
// Does not own: writing it (ChaskiConversion), which families there are.

import ChaskiFiles
package import ChaskiTensors

/// A checkpoint's configuration and tensors by the names of Hugging Face folders.
package struct FolderView: Sendable {
  /// A tensor of the folder.
  package struct Tensor: Sendable {
    /// Its name in the folder.
    package let name: String
    /// Elements along each axis, slowest first.
    package let shape: [Int]
    /// The types of the checkpoint's tensors that it is made of.
    package let sourceTypes: Set<ElementType>
    let plan: RecipePlan

    /// Rows of all matrices; a vector is one row.
    package var rowCount: Int { shape.dropLast().reduce(1, *) }
    /// Elements of a row.
    package var columns: Int { shape.last ?? 1 }
  }

  /// The entries of `config.json`, in order.
  package let configuration: [(key: String, value: ConfigurationValue)]
  /// The tensors, in the order of the checkpoint.
  package let tensors: [Tensor]

  /// The view of `checkpoint`.
  ///
  /// - Throws: `CheckpointError.unsupported` for a model whose family is not written as a folder yet, or that
  ///   it cannot describe; or what reading a key throws.
  package init(of checkpoint: any Checkpoint) throws {
    let families = FamilyCatalogue.all.compactMap { $0 as? any ReversibleFamily.Type }
    let family = try families.first {
      try $0.architecture == checkpoint.architecture && $0.describes(checkpoint)
    }
    guard let family else {
      throw CheckpointError.unsupported(
        file: checkpoint.path,
        feature: "folders of architecture \"\(checkpoint.architecture)\""
      )
    }
    let entries = try family.configuration(of: checkpoint).all
    configuration = entries
    var mapping = FolderMapping(
      configuration: ModelConfiguration(
        file: checkpoint.path,
        values: Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
      ),
      origin: checkpoint
    )
    try family.map(&mapping)
    try Self.check(mapping, against: checkpoint, except: family.looseKeys)
    tensors = try Self.tensors(mapping, checkpoint)
  }

  /// Checks that the folder would be read as what the checkpoint says.
  private static func check(
    _ mapping: FolderMapping,
    against checkpoint: any Checkpoint,
    except looseKeys: Set<String>
  ) throws {
    let prefix = mapping.architecture + "."
    for (key, found) in mapping.keys {
      guard !looseKeys.contains(String(key.dropFirst(prefix.count))),
        let wanted = try checkpoint.value(key, maximumElements: .max)
      else { continue }
      guard isSame(found, wanted) else {
        throw CheckpointError.unsupported(
          file: checkpoint.path,
          feature: "a folder of this family with its value of \(key)"
        )
      }
    }
  }

  /// Whether two values say the same, whichever their types; numbers are allowed the rounding of their spelling.
  private static func isSame(_ first: GGUFValue, _ second: GGUFValue) -> Bool {
    switch (first, second) {
    case (.array(_, let first), .array(_, let second)):
      return first.count == second.count && zip(first, second).allSatisfy { isSame($0, $1) }
    // One number may stand for the same of every layer.
    case (.array(_, let list), let one), (let one, .array(_, let list)):
      return list.allSatisfy { isSame($0, one) }
    default:
      if let first = first.integer, let second = second.integer { return first == second }
      if let first = first.float, let second = second.float {
        return first == second || abs(first - second) <= 1e-5 * max(abs(first), abs(second))
      }
      return first == second
    }
  }

  private static func tensors(
    _ mapping: FolderMapping,
    _ checkpoint: any Checkpoint
  ) throws(CheckpointError) -> [Tensor] {
    var inverse = RecipeInverse(file: checkpoint.path)
    for (name, recipe) in mapping.recipes { try inverse.add(name, recipe) }
    try inverse.finish()
    let read = Set(mapping.recipes.map { $0.name })
    // What every reader computes itself, or no folder of this family has a place for.
    let lost = checkpoint.tensors.filter {
      !read.contains($0.name) && $0.name != "rope_freqs.weight"
    }
    guard lost.isEmpty else {
      throw .unknownTensors(
        folder: checkpoint.path,
        first: lost.prefix(3).map(\.name),
        count: lost.count
      )
    }
    var resolver = RecipeResolver(
      folder: checkpoint.path,
      leaves: .checkpoint(checkpoint),
      widensToFloat32: true,
      scaleBlock: (1, 1)
    )
    var tensors: [Tensor] = []
    for (name, recipe) in inverse.recipes {
      let plan = try resolver.plan(recipe, for: name)
      let types = recipe.storedNames.compactMap { checkpoint.tensor($0)?.type }
      tensors.append(
        Tensor(
          name: name,
          shape: plan.dimensions.reversed(),
          sourceTypes: Set(types),
          plan: plan
        )
      )
    }
    return tensors
  }

  /// Appends rows of `tensor`, all matrices counted through, as little-endian float32.
  package func append(_ rows: Range<Int>, of tensor: Tensor, to bytes: inout [UInt8]) {
    let plan = tensor.plan
    let height = plan.isVector ? 1 : plan.rows
    var first = rows.lowerBound
    while first < rows.upperBound {
      let matrix = first / height
      let last = min(rows.upperBound, (matrix + 1) * height)
      let part = plan.isVector ? 0..<plan.rows : first - matrix * height..<last - matrix * height
      plan.append(part, 0..<plan.columns, ofMatrix: matrix, to: &bytes)
      first = last
    }
    plan.adviseDropped(
      plan.isVector ? rows.lowerBound * plan.rows..<rows.upperBound * plan.rows : rows
    )
  }
}
