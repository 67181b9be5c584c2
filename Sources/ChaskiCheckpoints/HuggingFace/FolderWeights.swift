// Owns: the tensors of a folder, whichever files they lie in.
// Does not own: the file formats (ChaskiFiles), what the tensors are (families).

package import ChaskiFiles
import Foundation

/// All stored tensors of a Hugging Face folder, by name.
package struct FolderWeights: Sendable {
  /// What follows a tensor's name in the name of its blocks' scales.
  static let scaleSuffix = "_scale_inv"
  /// Files that weights are looked for in, the first that is there; an index names others.
  static let fileNames = [
    "model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json",
    "pytorch_model.bin",
  ]
  /// The most files that an index may name; the largest models have under 200.
  private static let fileLimit = 4096

  /// The mapped files, in the order of their names.
  package let files: [MappedFile]
  /// How many bytes of each file describe the rest.
  let headerByteCounts: [Int]
  private let tensors: [String: StoredTensor]

  /// No weights.
  init() {
    files = []
    headerByteCounts = []
    tensors = [:]
  }

  /// Finds and opens the weights in `folder`.
  ///
  /// - Throws: `CheckpointError`, `FileError`.
  init(folder: String) throws {
    let names = try Self.names(in: folder)
    var files: [MappedFile] = []
    var headerByteCounts: [Int] = []
    var tensors: [String: StoredTensor] = [:]
    for name in names.files {
      let opened = try Self.open(folder + "/" + name)
      files.append(opened.file)
      headerByteCounts.append(opened.headerByteCount)
      for tensor in opened.tensors {
        guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
          throw FileError.duplicate(
            file: opened.file.path,
            item: "tensor \(tensor.name)",
            offset: tensor.byteRange.lowerBound
          )
        }
      }
    }
    if let missing = names.tensors.filter({ tensors[$0] == nil }).min() {
      throw CheckpointError.missingTensor(folder: folder, tensor: missing, neededFor: "its index")
    }
    self.files = files
    self.headerByteCounts = headerByteCounts
    self.tensors = tensors
  }

  /// The tensor of that name, or nil.
  package subscript(name: String) -> StoredTensor? { tensors[name] }

  /// The names of all tensors, in no order.
  package var names: some Collection<String> { tensors.keys }

  private static func open(
    _ path: String
  ) throws(FileError) -> (file: MappedFile, tensors: [StoredTensor], headerByteCount: Int) {
    if path.hasSuffix(".bin") {
      let opened = try TorchFile(path: path)
      return (opened.file, opened.tensors, opened.pickleRange.upperBound)
    }
    let opened = try SafetensorsFile(path: path)
    let tensors = opened.storedTensors
    let starts = tensors.lazy.map(\.byteRange.lowerBound)
    return (opened.file, tensors, starts.min() ?? opened.file.byteCount)
  }

  /// The files that hold weights, and the tensors that an index promises.
  private static func names(in folder: String) throws -> (files: [String], tensors: [String]) {
    for name in fileNames {
      let path = folder + "/" + name
      guard FileManager.default.fileExists(atPath: path) else { continue }
      guard name.hasSuffix(".json") else { return ([name], []) }
      struct Index: Decodable { let weight_map: [String: String] }
      guard let index = try readJSON(path, as: Index.self, byteLimit: 256 << 20) else { continue }
      let files = Set(index.weight_map.values).sorted()
      guard files.count <= fileLimit else {
        throw CheckpointError.invalidFile(file: path, reason: "it names \(files.count) files")
      }
      // A name with a path would open files outside the folder.
      if let stray = files.first(where: {
        $0.contains("/") || $0.contains("\\") || $0.hasPrefix(".")
      }) {
        throw CheckpointError.invalidFile(file: path, reason: "it names the file \(stray)")
      }
      return (files, Array(index.weight_map.keys))
    }
    throw CheckpointError.noWeights(folder: folder, expected: fileNames)
  }
}
