// Owns: a Hugging Face folder as a checkpoint. Does not own: which family reads it (FamilyCatalogue), its
// tokenizer (ChaskiGeneration).

package import ChaskiFiles
import ChaskiTensors
import Foundation

/// A folder with a `config.json` and weights, seen as the GGUF file that would be written from it.
package struct FolderCheckpoint: Checkpoint {
  package let path: String
  package let architecture: String
  package let keys: [String]
  package let tensors: [CheckpointTensor]
  /// The folder's own names, for those who need more of it than a GGUF file would say.
  package let configuration: ModelConfiguration
  private let values: [String: GGUFValue]
  private let plans: [RecipePlan]
  private let indices: [String: Int]
  private let weights: FolderWeights
  /// A hash of the recipes and hyperparameters.
  private let readingHash: UInt64

  /// Raise it when recipes come to mean something else, so that weights that were packed are packed anew.
  private static let recipeVersion = 1

  /// Whether `path` is a folder with a configuration.
  package static func isFolder(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/config.json")
  }

  /// Opens the folder at `path`: reads its configuration, maps its weights, and checks that they fit.
  ///
  /// - Throws: `CheckpointError`, `FileError`.
  package init(path: String, options: CheckpointOptions = CheckpointOptions()) throws {
    let file = path + "/config.json"
    guard let value = try readJSON(file, as: ConfigurationValue.self) else {
      throw FileError.notFound(file: file)
    }
    guard case .object(let values) = value else {
      throw CheckpointError.invalidFile(file: file, reason: "it is no object")
    }
    let configuration = ModelConfiguration(file: file, values: values)
    let family = try FamilyCatalogue.family(of: configuration)
    let scaleBlock = try Self.scaleBlock(configuration)
    let weights = try FolderWeights(folder: path)
    var mapping = FolderMapping(
      configuration: configuration,
      weights: weights,
      architecture: family.architecture
    )
    try family.map(&mapping)
    let unused = mapping.unusedNames
    guard unused.isEmpty else {
      throw CheckpointError.unknownTensors(
        folder: path,
        first: Array(unused.prefix(3)),
        count: unused.count
      )
    }
    self.path = path
    self.configuration = configuration
    self.weights = weights
    architecture = family.architecture
    let keys =
      try Self.generalKeys(path, family.architecture) + mapping.keys + FolderTexts.keys(path)
    self.keys = keys.map(\.name)
    self.values = Dictionary(keys.map { ($0.name, $0.value) }) { first, _ in first }
    var resolver = RecipeResolver(
      folder: path,
      leaves: .folder(weights),
      widensToFloat32: options.widensToFloat32,
      scaleBlock: scaleBlock
    )
    var plans: [RecipePlan] = []
    for (name, recipe) in mapping.recipes { plans.append(try resolver.plan(recipe, for: name)) }
    self.plans = plans
    tensors = zip(mapping.recipes, plans).map { Self.tensor($0.name, $1) }
    var indices: [String: Int] = [:]
    for (index, tensor) in tensors.enumerated() {
      precondition(
        indices.updateValue(index, forKey: tensor.name) == nil,
        "tensor \(tensor.name) is described once"
      )
    }
    self.indices = indices
    readingHash = Self.hash(mapping, options)
  }

  package var format: String {
    "Hugging Face folder" + (files.count > 1 ? " with \(files.count) files of weights" : "")
  }

  package func value(_ key: String, maximumElements: Int) throws -> GGUFValue? {
    guard let value = values[key] else { return nil }
    guard case .array(let type, let elements) = value else { return value }
    return .array(type, Array(elements.prefix(maximumElements)))
  }

  package func elementCount(_ key: String) -> Int? {
    if case .array(_, let elements)? = values[key] { elements.count } else { nil }
  }

  package func tensor(_ name: String) -> CheckpointTensor? { indices[name].map { tensors[$0] } }

  package func append(_ rows: Range<Int>, of tensor: CheckpointTensor, to bytes: inout [UInt8]) {
    let plan = plan(of: tensor)
    // A vector is one row for GGUF and a column of its elements here.
    let height = plan.isVector ? 1 : plan.rows
    precondition(rows.lowerBound >= 0 && rows.upperBound <= tensor.rowCount, "rows \(rows)")
    var first = rows.lowerBound
    while first < rows.upperBound {
      let matrix = first / height
      let last = min(rows.upperBound, (matrix + 1) * height)
      let part =
        plan.isVector ? 0..<plan.rows : first - matrix * height..<last - matrix * height
      plan.append(part, 0..<plan.columns, ofMatrix: matrix, to: &bytes)
      first = last
    }
  }

  package func mapped(_ rows: Range<Int>, of tensor: CheckpointTensor) -> MappedBytes? {
    let plan = plan(of: tensor)
    return plan.mapped(Self.planRows(rows, of: plan))
  }

  package func adviseDropped(_ rows: Range<Int>, of tensor: CheckpointTensor) {
    let plan = plan(of: tensor)
    plan.adviseDropped(Self.planRows(rows, of: plan))
  }

  package var files: [MappedFile] { weights.files }

  package func fingerprint() -> UInt64 {
    var hash = ContentHash()
    hash.add(readingHash)
    hash.add(weights.files.count)
    for (file, headerEnd) in zip(weights.files, weights.headerByteCounts) {
      hash.add(file, headerEnd: headerEnd)
    }
    return hash.value
  }

  private func plan(of tensor: CheckpointTensor) -> RecipePlan {
    guard let index = indices[tensor.name] else {
      preconditionFailure("tensor \(tensor.name) is not one of this folder's")
    }
    return plans[index]
  }

  private static func planRows(_ rows: Range<Int>, of plan: RecipePlan) -> Range<Int> {
    plan.isVector ? rows.lowerBound * plan.rows..<rows.upperBound * plan.rows : rows
  }

  private static func tensor(_ name: String, _ plan: RecipePlan) -> CheckpointTensor {
    let dimensions = plan.dimensions
    // The resolver has checked that the product fits.
    return CheckpointTensor(
      name: name,
      type: plan.type,
      dimensions: dimensions,
      byteCount: dimensions.reduce(plan.type.blockByteCount, *)
    )
  }

  private static func generalKeys(
    _ path: String,
    _ architecture: String
  ) throws -> [(name: String, value: GGUFValue)] {
    [
      ("general.architecture", .text(architecture)),
      ("general.type", .text("model")),
      ("general.name", .text(URL(filePath: path).standardizedFileURL.lastPathComponent)),
    ] + (try FolderTexts.samplingKeys(path))
  }

  /// The rows and columns of weights that share a scale.
  private static func scaleBlock(
    _ configuration: ModelConfiguration
  ) throws(CheckpointError) -> (rows: Int, columns: Int) {
    guard let quantization = try configuration.nested("quantization_config") else {
      return (128, 128)
    }
    let method = try quantization.text("quant_method") ?? "of an unnamed kind"
    guard method == "fp8" else {
      throw .unsupported(file: configuration.file, feature: "quantisation \"\(method)\"")
    }
    let block = try quantization.ints("weight_block_size") ?? [128, 128]
    guard block.count == 2, block.allSatisfy({ 1...65_536 ~= $0 }) else {
      throw quantization.invalid(
        "weight_block_size",
        "two numbers above 0",
        quantization["weight_block_size"]
      )
    }
    return (block[0], block[1])
  }

  private static func hash(_ mapping: FolderMapping, _ options: CheckpointOptions) -> UInt64 {
    var hash = ContentHash()
    hash.add(recipeVersion)
    hash.add(options.widensToFloat32 ? 1 : 0)
    for (name, recipe) in mapping.recipes {
      hash.add(name)
      recipe.add(to: &hash)
    }
    return hash.value
  }
}
