// Owns: how an architecture reads its hyperparameters from a file. Weights: ModelSource+Weights.
// Does not own: the file format (ChaskiFiles).

package import ChaskiFiles
package import ChaskiTensors

/// A model file as an architecture sees it: hyperparameters and weights by GGUF's names.
///
/// Used by one task, while a model loads.
package final class ModelSource {
  /// The file.
  package let file: GGUFFile
  /// Where the file lies; a split model's first part.
  package var path: String { file.parts[0].path }
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

  /// A source over `file`, whose weights are packed by `backend`'s threads, or lie packed in `stored`.
  ///
  /// `progress` is told after every tensor how many of the file's bytes are loaded.
  ///
  /// - Throws: `FileError` if the file names no architecture, `TensorError` without memory.
  package init(
    file: GGUFFile,
    backend: CPUBackend,
    stored: PackedWeightsFile? = nil,
    progress: @escaping (_ loadedByteCount: Int, _ totalByteCount: Int) -> Void = { _, _ in }
  ) throws {
    self.file = file
    self.backend = backend
    self.stored = stored
    self.progress = progress
    architecture = try file.metadata.requireString("general.architecture")
    arena = try stored?.arena() ?? WeightArena(byteCount: Self.packedByteCount(of: file))
  }

  /// A bound on the bytes that all matrices of `file` take when packed.
  private static func packedByteCount(of file: GGUFFile) -> Int {
    var packed = 0
    for tensor in file.tensors where tensor.dimensions.count == 2 {
      let byteCount = PackedMatrix.packedByteCount(
        type: tensor.type,
        rows: tensor.dimensions[1],
        depth: tensor.dimensions[0]
      )
      let (sum, overflow) = packed.addingReportingOverflow((byteCount ?? 0) + 64)
      packed = overflow ? packed : sum
    }
    return packed
  }

  /// Keeps where `matrix` lies, for whoever stores the weights.
  func note(_ matrix: PackedMatrix, as name: String) {
    placements[name] = matrix.placement
  }

  /// What tells whether packed weights still fit this build's kernels on this processor, for the types
  /// of `file`'s matrices.
  package static func layoutFingerprint(of file: GGUFFile) -> UInt64 {
    var hash = ContentHash()
    hash.add(PackedMatrix.layoutVersion)
    let types = Set(file.tensors.lazy.filter { $0.dimensions.count == 2 }.map(\.type))
    for type in types.sorted(by: { $0.rawValue < $1.rawValue }) {
      hash.add(UInt64(type.rawValue))
      hash.add(PackedMatrix.layoutSample(of: type))
    }
    return hash.value
  }

  /// The hyperparameter `name`, or nil if the file does not have it.
  package func int(_ name: String) throws -> Int? {
    try file.metadata.int(key(name))
  }

  /// The hyperparameter `name`, which must lie in `range`.
  package func int(_ name: String, in range: ClosedRange<Int>, default: Int? = nil) throws -> Int {
    let found = try int(name) ?? `default`
    let value = if let found { found } else { try file.metadata.requireInt(key(name)) }
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
    guard file.metadata.entry(key(name))?.elementType != nil,
      let list = try file.metadata.intArray(key(name))
    else {
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

  /// The hyperparameter `name`, which must be finite and lie in `range`, or nil if there is none.
  package func float(_ name: String, in range: ClosedRange<Float>) throws -> Float? {
    guard let value = try file.metadata.float(key(name)) else { return nil }
    guard range.contains(value) else {
      throw outOfRange(name, value, range)
    }
    return value
  }

  /// The hyperparameter `name`, or nil if the file does not have it.
  package func string(_ name: String) throws -> String? {
    try file.metadata.string(key(name))
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
