// Owns: writing any checkpoint out as a Hugging Face folder. Does not own: the folder's names and shapes
// (FolderView), the tokenizer's files (HuggingFaceFiles).

package import ChaskiCheckpoints
import ChaskiFiles
import ChaskiGeneration
package import ChaskiTensors
import ChaskiTokenizers
import Foundation

/// Writes a checkpoint as a folder that transformers loads: `config.json`, `generation_config.json`,
/// `model.safetensors`, or several with an index, and the tokenizer with its chat template.
///
/// Quantised matrices are decoded. Vectors are float32, as GGUF has them. Experts lie apart, as published. Rows are read, converted and written
/// some megabytes at a time.
package struct FolderExport: Sendable {
  /// The model.
  package let checkpoint: any Checkpoint
  /// The type of its matrices in the folder; `stored` is that of most of them if it is a float type, and else
  /// float32.
  package let type: WeightType
  /// The most bytes of weights in a file, unless a tensor alone has more; hubs and programs expect 5 GB.
  package var shardByteCount = 5_000_000_000
  private let matrixType: ElementType
  private let view: FolderView

  /// About so many bytes of a tensor are in memory at a time.
  private static let sliceByteCount = 16 << 20

  /// An export of `checkpoint`.
  ///
  /// - Throws: `CheckpointError` for a model that folders are not written of yet; or for a type that folders do
  ///   not have.
  package init(_ checkpoint: any Checkpoint, type: WeightType) throws {
    guard type != .q8_0 else {
      throw CheckpointError.unsupported(file: checkpoint.path, feature: "Q8_0 in a folder")
    }
    self.checkpoint = checkpoint
    self.type = type
    matrixType = Self.matrixType(of: checkpoint, type)
    view = try FolderView(of: checkpoint)
  }

  /// Writes the folder at `path`, which is made if it is not there; its files are replaced one by one, the
  /// weights last.
  ///
  /// `progress` is told how many bytes of float32 are done.
  ///
  /// - Throws: `FileError`, `CheckpointError`, `TensorError`, `TokenizerError`, or `CancellationError` between
  ///   two slices.
  package func write(
    to path: String,
    on backend: CPUBackend,
    progress: (_ doneByteCount: Int, _ totalByteCount: Int) -> Void = { _, _ in }
  ) throws {
    let folder = URL(filePath: path)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try writeTokenizer(to: folder)
    try writeConfigurations(to: folder)
    try writeWeights(to: folder, on: backend, progress)
  }

  // MARK: Weights

  private static func matrixType(of checkpoint: any Checkpoint, _ type: WeightType) -> ElementType {
    switch type {
    case .f32, .q8_0: return .f32
    case .f16: return .f16
    case .bf16: return .bf16
    case .stored:
      let matrices = checkpoint.tensors.filter { $0.dimensions.count > 1 }
      let counts = Dictionary(
        matrices.map { ($0.type, $0.elementCount) },
        uniquingKeysWith: +
      )
      let most = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
      return [.f16, .bf16].contains(most) ? most ?? .f32 : .f32
    }
  }

  private func type(of tensor: FolderView.Tensor) -> ElementType {
    guard tensor.shape.count > 1 else { return .f32 }
    // Routers and tables of positions may be wider than the matrices.
    guard type == .stored, tensor.sourceTypes.count == 1, let own = tensor.sourceTypes.first,
      [.f32, .f16, .bf16].contains(own)
    else { return matrixType }
    return own
  }

  private func byteCount(of tensor: FolderView.Tensor) -> Int {
    let type = type(of: tensor)
    return tensor.rowCount * tensor.columns / type.blockElementCount * type.blockByteCount
  }

  /// The tensors of each file, in order.
  private func shards() -> [[FolderView.Tensor]] {
    var shards: [[FolderView.Tensor]] = []
    var room = 0
    for tensor in view.tensors {
      let size = byteCount(of: tensor)
      if shards.isEmpty || size > room {
        shards.append([])
        room = shardByteCount
      }
      shards[shards.count - 1].append(tensor)
      room -= size
    }
    return shards
  }

  private func writeWeights(
    to folder: URL,
    on backend: CPUBackend,
    _ progress: (Int, Int) -> Void
  ) throws {
    let shards = shards()
    let total = view.tensors.reduce(0) { $0 + $1.rowCount * $1.columns * 4 }
    var done = 0
    var names: [String] = []
    for (number, tensors) in shards.enumerated() {
      let name = WeightFiles.name(of: number, of: shards.count)
      names.append(name)
      try write(tensors, to: folder.appending(path: name).path, on: backend) {
        done += $0
        progress(done, total)
      }
    }
    if shards.count > 1 {
      let files = zip(names, shards).map { name, tensors in
        (name: name, tensors: tensors.map { (name: $0.name, byteCount: byteCount(of: $0)) })
      }
      try WeightFiles.index(files).write(
        to: folder.appending(path: WeightFiles.indexName),
        options: .atomic
      )
      names.append(WeightFiles.indexName)
    }
    try WeightFiles.removeOthers(than: names, in: folder)
  }

  /// Writes one file; `progress` is told of each slice's bytes of float32.
  private func write(
    _ tensors: [FolderView.Tensor],
    to path: String,
    on backend: CPUBackend,
    _ progress: (Int) -> Void
  ) throws {
    var writer = try SafetensorsWriter(
      path: path,
      tensors: tensors.map {
        .init($0.name, SafetensorsType(type(of: $0)), shape: $0.shape)
      },
      metadata: ["format": "pt"]
    )
    for tensor in tensors {
      let conversion = RowConversion(
        name: tensor.name,
        source: .f32,
        target: type(of: tensor),
        columns: tensor.columns
      )
      let rowsPerSlice = max(1, Self.sliceByteCount / (tensor.columns * 4))
      var bytes: [UInt8] = []
      for first in stride(from: 0, to: tensor.rowCount, by: rowsPerSlice) {
        try Task.checkCancellation()
        bytes.removeAll(keepingCapacity: true)
        view.append(first..<min(first + rowsPerSlice, tensor.rowCount), of: tensor, to: &bytes)
        // Bytes have no padding, so every one of them may be read.
        if conversion.target == .f32 {
          try writer.append(unsafe bytes.span.bytes)
        } else {
          let rows = try backend.convert(bytes, conversion, firstRow: first).rows
          try writer.append(unsafe rows.span.bytes)
        }
        progress(bytes.count)
      }
    }
    try writer.finish()
  }

  // MARK: Texts

  private func writeConfigurations(to folder: URL) throws {
    var entries = view.configuration
    let ids = try tokenIDs()
    entries += ids
    // What is not known must not become the library's default, which may be no token of this model.
    for key in Self.tokenKeys where !ids.contains(where: { $0.key == key }) {
      entries.append((key, .null))
    }
    entries.append(("torch_dtype", .text(matrixType.torchName)))
    entries.append(("use_cache", .bool(true)))
    try write(entries, to: folder.appending(path: "config.json"))
    let generation = folder.appending(path: "generation_config.json")
    if let own = try (checkpoint as? FolderCheckpoint)?.text("generation_config.json") {
      try Data(own).write(to: generation, options: .atomic)
    } else if !ids.isEmpty {
      try write(ids, to: generation)
    }
  }

  private static let tokenKeys = ["bos_token_id", "eos_token_id", "pad_token_id"]

  /// The ids of the tokens that begin, end and fill texts.
  private func tokenIDs() throws -> [(key: String, value: ConfigurationValue)] {
    var entries: [(key: String, value: ConfigurationValue)] = []
    if let source = checkpoint as? FolderCheckpoint {
      let text = try source.configuration.nested("text_config") ?? source.configuration
      for key in Self.tokenKeys {
        if let value = text[key] { entries.append((key, value)) }
      }
      return entries
    }
    for (name, key) in zip(["bos", "eos", "padding"], Self.tokenKeys) {
      if let id = try checkpoint.int("tokenizer.ggml.\(name)_token_id") {
        entries.append((key, .integer(id)))
      }
    }
    return entries
  }

  private func write(
    _ entries: [(key: String, value: ConfigurationValue)],
    to url: URL
  ) throws {
    let object = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    let text = ConfigurationValue.object(object).text() + "\n"
    try Data(text.utf8).write(to: url, options: .atomic)
  }

  private func writeTokenizer(to folder: URL) throws {
    if let source = checkpoint as? FolderCheckpoint {
      let names = [
        "tokenizer.json", "tokenizer_config.json", "tokenizer.model", "tekken.json", "vocab.json",
        "merges.txt", "special_tokens_map.json", "chat_template.jinja",
      ]
      for name in names {
        guard let text = try source.text(name) else { continue }
        try Data(text).write(to: folder.appending(path: name), options: .atomic)
      }
      return
    }
    guard let gguf = checkpoint as? GGUFCheckpoint,
      let vocabulary = try GGUFVocabulary(metadata: gguf.file.metadata)
    else { return }
    let files = try HuggingFaceFiles(
      vocabulary,
      chatTemplate: try checkpoint.string("tokenizer.chat_template"),
      contextLength: try checkpoint.int(checkpoint.architecture + ".context_length")
    )
    try Data(files.tokenizer).write(
      to: folder.appending(path: "tokenizer.json"),
      options: .atomic
    )
    try Data(files.configuration).write(
      to: folder.appending(path: "tokenizer_config.json"),
      options: .atomic
    )
  }
}

extension SafetensorsType {
  /// The type that stores `type`, which is a float type.
  fileprivate init(_ type: ElementType) {
    switch type {
    case .f16: self = .f16
    case .bf16: self = .bf16
    default: self = .f32
    }
  }
}

extension ElementType {
  /// The name that torch gives a float type.
  fileprivate var torchName: String {
    switch self {
    case .f16: "float16"
    case .bf16: "bfloat16"
    default: "float32"
    }
  }
}
