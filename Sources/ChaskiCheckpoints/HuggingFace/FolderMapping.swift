// Owns: collecting what a family says about a folder. Does not own: the families.

package import ChaskiFiles

/// A folder's hyperparameters and recipes by GGUF's names, while a family describes them.
package struct FolderMapping {
  /// The folder's `config.json`.
  package let configuration: ModelConfiguration
  /// The folder's tensors.
  package let weights: FolderWeights
  /// The architecture's name in GGUF, which prefixes hyperparameters.
  package let architecture: String
  private(set) var keys: [(name: String, value: GGUFValue)] = []
  private(set) var recipes: [(name: String, recipe: TensorRecipe)] = []
  private var ignored: [(String) -> Bool] = []
  /// The checkpoint that the folder would be made from, where there is no folder yet.
  private let origin: (any Checkpoint)?

  /// The mapping of a folder that `origin` would be written to.
  init(configuration: ModelConfiguration, origin: any Checkpoint) {
    self.configuration = configuration
    weights = FolderWeights()
    architecture = origin.architecture
    self.origin = origin
  }

  init(configuration: ModelConfiguration, weights: FolderWeights, architecture: String) {
    self.configuration = configuration
    self.weights = weights
    self.architecture = architecture
    origin = nil
  }

  // MARK: - Hyperparameters

  /// Sets the hyperparameter `name`, under the architecture's prefix, once.
  package mutating func set(_ name: String, _ value: GGUFValue) {
    let key = architecture + "." + name
    precondition(!keys.contains { $0.name == key }, "the hyperparameter \(key) is set once")
    keys.append((key, value))
  }

  /// Sets a whole number, which `ModelConfiguration.int` has bounded.
  package mutating func set(_ name: String, _ value: Int) {
    set(name, .uint32(UInt32(clamping: value)))
  }

  /// Sets a number.
  package mutating func set(_ name: String, _ value: Float) { set(name, .float32(value)) }

  /// Sets a truth value.
  package mutating func set(_ name: String, _ value: Bool) { set(name, .bool(value)) }

  /// Sets a text.
  package mutating func set(_ name: String, _ value: String) { set(name, .text(value)) }

  /// Sets a list of whole numbers, such as one for each layer.
  package mutating func set(_ name: String, _ values: [Int]) {
    set(name, .array(.int32, values.map { .int32(Int32(clamping: $0)) }))
  }

  /// Sets a list of truth values, such as one for each layer.
  package mutating func set(_ name: String, _ values: [Bool]) {
    set(name, .array(.bool, values.map { .bool($0) }))
  }

  // MARK: - Tensors

  /// Whether the folder has a tensor of this name; one that is not written yet has it if the checkpoint has the
  /// tensor `name` that it is made of.
  package func has(_ stored: String, for name: String? = nil) -> Bool {
    guard let origin else { return weights[stored] != nil }
    return name.map { origin.tensor($0) != nil } ?? false
  }

  /// Adds the GGUF tensor `name`, made by `recipe`, once.
  package mutating func add(_ name: String, _ recipe: TensorRecipe) {
    recipes.append((name, recipe))
  }

  /// Adds `name`.weight and, if the folder has one, `name`.bias, each made by what `recipe` makes of
  /// `stored`.weight and `stored`.bias.
  package mutating func addLinear(
    _ name: String,
    from stored: String,
    _ recipe: (TensorRecipe) -> TensorRecipe = { $0 }
  ) {
    add(name + ".weight", recipe(.stored(stored + ".weight")))
    guard has(stored + ".bias", for: name + ".bias") else { return }
    add(name + ".bias", recipe(.stored(stored + ".bias")))
  }

  /// Leaves out tensors of these names, because nothing is computed from them.
  package mutating func ignore(where isIgnored: @escaping (String) -> Bool) {
    ignored.append(isIgnored)
  }

  /// The stored tensors that are neither read nor ignored, in order.
  var unusedNames: [String] {
    let used = Set(recipes.flatMap { $0.recipe.storedNames })
    return weights.names.filter { name in
      if used.contains(name) || ignored.contains(where: { $0(name) }) { return false }
      let suffix = FolderWeights.scaleSuffix
      return !(name.hasSuffix(suffix) && used.contains(String(name.dropLast(suffix.count))))
    }.sorted()
  }
}
