// Owns: any checkpoint seen as the Hugging Face folder that would be written from it.
// Does not own: writing it (ChaskiConversion), which families there are.

/// A checkpoint's configuration and tensors by the names of Hugging Face folders.
package struct FolderView: Sendable {
  /// A tensor of the folder.
  package struct Tensor: Sendable {
    /// Its name in the folder.
    package let name: String
    /// Elements along each axis, slowest first.
    package let shape: [Int]
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
    guard let family = families.first(where: { $0.architecture == checkpoint.architecture }) else {
      throw CheckpointError.unsupported(
        file: checkpoint.path,
        feature: "folders of architecture \"\(checkpoint.architecture)\""
      )
    }
    configuration = try family.configuration(of: checkpoint)
    let file = checkpoint.path
    var mapping = FolderMapping(
      configuration: ModelConfiguration(
        file: file,
        values: Dictionary(configuration.map { ($0.key, $0.value) }) { first, _ in first }
      ),
      origin: checkpoint
    )
    try family.map(&mapping)
    tensors = try Self.tensors(mapping, checkpoint)
  }

  private static func tensors(
    _ mapping: FolderMapping,
    _ checkpoint: any Checkpoint
  ) throws(CheckpointError) -> [Tensor] {
    var inverse = RecipeInverse(file: checkpoint.path)
    for (name, recipe) in mapping.recipes { try inverse.add(name, recipe) }
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
      tensors.append(Tensor(name: name, shape: plan.dimensions.reversed(), plan: plan))
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
