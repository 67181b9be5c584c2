// Owns: how an architecture reads its hyperparameters from a checkpoint. Weights: ModelSource+Weights.
// Does not own: the forms of checkpoints (ChaskiCheckpoints).

package import ChaskiCheckpoints
package import ChaskiFiles
package import ChaskiTensors

/// A checkpoint as an architecture sees it: hyperparameters and weights by GGUF's names.
///
/// Used by one task, while a model loads.
package final class ModelSource {
  /// The model's files.
  package let checkpoint: any Checkpoint
  /// Where the model lies; a split model's first part.
  package var path: String { checkpoint.path }
  /// The architecture's name, which prefixes the hyperparameters' keys.
  package let architecture: String
  let backend: CPUBackend
  /// Where packed weights lie.
  package let arena: WeightArena
  /// The matrices read so far, by name: what they are and where they lie in the arena.
  package private(set) var placements: [String: PackedPlacement] = [:]
  /// Weights that an earlier start packed, or nil if they are packed now.
  let stored: PackedWeightsFile?
  let progress: (_ loadedByteCount: Int, _ totalByteCount: Int) -> Void
  var loadedByteCount = 0
  /// Bytes of all tensors.
  let totalByteCount: Int

  /// A source over `checkpoint`, whose weights are packed by `backend`'s threads, or lie packed in `stored`.
  ///
  /// They are packed into `arena`, of `packedByteCount(of:)` bytes, or into memory reserved for them.
  ///
  /// `progress` is told after every tensor how many of the tensors' bytes are loaded.
  ///
  /// - Throws: `FileError` if the file names no architecture, `TensorError` without memory.
  package init(
    _ checkpoint: any Checkpoint,
    backend: CPUBackend,
    stored: PackedWeightsFile? = nil,
    arena: WeightArena? = nil,
    progress: @escaping (_ loadedByteCount: Int, _ totalByteCount: Int) -> Void = { _, _ in }
  ) throws {
    self.checkpoint = checkpoint
    self.backend = backend
    self.stored = stored
    self.progress = progress
    architecture = try checkpoint.requireString("general.architecture")
    totalByteCount = checkpoint.tensorByteCount
    self.arena =
      try stored?.arena() ?? arena
      ?? WeightArena(byteCount: Self.packedByteCount(of: checkpoint))
  }

  /// A bound on the bytes that all matrices of `checkpoint` take when packed, those of experts too.
  ///
  /// A matrix that is packed in up to three parts (`fusedLinear`, fused experts) fills up three last panels of
  /// 16 rows. A matrix whose type changes (`floatMatrix`, `transposedMatrix`) is taken for several of float32.
  package static func packedByteCount(of checkpoint: any Checkpoint) -> Int {
    var packed = 0
    for tensor in checkpoint.tensors where tensor.dimensions.count > 1 {
      let isCut = tensor.dimensions.count == 2 || tensor.name.hasSuffix(".ffn_gate_up_exps.weight")
      let slack = isCut ? 2 * 16 : 0
      let changes = Self.changesType(tensor)
      let byteCount = PackedMatrix.packedByteCount(
        type: changes ? .f32 : tensor.type,
        rows: min(tensor.dimensions[1], .max - slack) + slack,
        depth: tensor.dimensions[0]
      )
      let padded = (byteCount ?? 0).addingReportingOverflow(WeightArena.alignment)
      let matrices = changes ? 4 : tensor.dimensions.dropFirst(2).reduce(1, *)
      let product = padded.partialValue.multipliedReportingOverflow(by: matrices)
      let sum = packed.addingReportingOverflow(product.partialValue)
      if !padded.overflow, !product.overflow, !sum.overflow { packed = sum.partialValue }
    }
    return packed
  }

  /// Whether a matrix is packed with another type than its file's.
  private static func changesType(_ tensor: CheckpointTensor) -> Bool {
    tensor.dimensions.count == 2
      && (tensor.name.hasSuffix(".ffn_gate_inp.weight")
        || tensor.name.hasSuffix(".attn_kv_b.weight"))
  }

  /// Keeps where `matrix` lies, for whoever stores the weights.
  func note(_ matrix: PackedMatrix, as name: String) {
    placements[name] = matrix.placement
  }

  /// What tells whether packed weights still fit this build's kernels on this processor, for the types
  /// of `checkpoint`'s matrices.
  package static func layoutFingerprint(of checkpoint: any Checkpoint) -> UInt64 {
    var hash = ContentHash()
    hash.add(PackedMatrix.layoutVersion)
    let types = Set(checkpoint.tensors.lazy.filter { $0.dimensions.count > 1 }.map(\.type))
    for type in types.sorted(by: { $0.rawValue < $1.rawValue }) {
      hash.add(UInt64(type.rawValue))
      hash.add(PackedMatrix.layoutSample(of: type))
    }
    return hash.value
  }

  /// The hyperparameter `name`, or nil if the file does not have it.
  package func int(_ name: String) throws -> Int? {
    try checkpoint.int(key(name))
  }

  /// The hyperparameter `name`, which must lie in `range`.
  package func int(_ name: String, in range: ClosedRange<Int>, default: Int? = nil) throws -> Int {
    let found = try int(name) ?? `default`
    let value = if let found { found } else { try checkpoint.requireInt(key(name)) }
    guard range.contains(value) else {
      throw outOfRange(name, value, range)
    }
    return value
  }

  /// The hyperparameter `name`, one number for all layers or a list with one for each. [L]
  package func intPerLayer(
    _ name: String,
    count: Int,
    in range: ClosedRange<Int>,
    default: Int? = nil
  ) throws -> [Int] {
    guard let list = try checkpoint.ints(key(name)) else {
      return Array(repeating: try int(name, in: range, default: `default`), count: count)
    }
    guard list.count == count, list.allSatisfy(range.contains) else {
      throw ModelError.invalidHyperparameter(
        key: key(name),
        value: "a list of \(list.count)",
        reason: "where \(count) numbers between \(range.lowerBound) and \(range.upperBound) belong",
        file: path
      )
    }
    return list
  }

  /// The hyperparameter `name`, a list with one truth value for each layer, or nil if there is none. [L]
  package func boolPerLayer(_ name: String, count: Int) throws -> [Bool]? {
    guard let list = try checkpoint.bools(key(name)) else { return nil }
    guard list.count == count else {
      throw ModelError.invalidHyperparameter(
        key: key(name),
        value: "a list of \(list.count)",
        reason: "where \(count) truth values belong",
        file: path
      )
    }
    return list
  }

  /// The hyperparameter `name`, which must be finite and lie in `range`, or nil if there is none.
  package func float(_ name: String, in range: ClosedRange<Float>) throws -> Float? {
    guard let value = try checkpoint.float(key(name)) else { return nil }
    guard range.contains(value) else {
      throw outOfRange(name, value, range)
    }
    return value
  }

  /// The hyperparameter `name`, or nil if the file does not have it.
  package func string(_ name: String) throws -> String? {
    try checkpoint.string(key(name))
  }

  /// The hyperparameter `name`; `default` if the file does not have it.
  package func bool(_ name: String, default: Bool) throws -> Bool {
    try checkpoint.bool(key(name)) ?? `default`
  }

  /// The hyperparameter `name`, a list of truth values with one for each of `count` layers, or nil.
  package func bools(_ name: String, count: Int) throws -> [Bool]? {
    try checked(checkpoint.bools(key(name)), name, count: count)
  }

  /// The hyperparameter `name`, a list of `count` numbers, or nil.
  package func floats(_ name: String, count: Int) throws -> [Float]? {
    try checked(checkpoint.floats(key(name)), name, count: count)
  }

  private func checked<Value>(_ list: [Value]?, _ name: String, count: Int) throws -> [Value]? {
    guard let list, list.count != count else { return list }
    throw ModelError.invalidHyperparameter(
      key: key(name),
      value: "a list of \(list.count)",
      reason: "where \(count) values belong",
      file: path
    )
  }

  private func outOfRange<Value>(
    _ name: String,
    _ value: Value,
    _ range: ClosedRange<Value>
  ) -> ModelError {
    .invalidHyperparameter(
      key: key(name),
      value: "\(value)",
      reason: "which is not between \(range.lowerBound) and \(range.upperBound)",
      file: path
    )
  }

  /// The full key of hyperparameter `name`.
  package func key(_ name: String) -> String { architecture + "." + name }
}
