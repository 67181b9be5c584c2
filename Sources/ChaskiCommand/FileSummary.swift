// Owns: the few lines that tell what a model file is.

import ChaskiCheckpoints
import ChaskiFiles
import ChaskiGeneration
import ChaskiQuantization
import ChaskiSampling
import ChaskiTensors
import ChaskiTerminal
import Foundation

/// What a person wants to know about a model file first.
struct FileSummary: Encodable {
  let path: String
  let name: String?
  let architecture: String?
  let format: String
  let byteCount: Int
  let parameterCount: Int
  let bitsPerWeight: Double
  let types: [String: Int]
  let contextLength: Int?
  let embeddingLength: Int?
  let blockCount: Int?
  let headCount: Int?
  let headCountKV: Int?
  let feedForwardLength: Int?
  let vocabularyCount: Int?
  let tokenizer: String?
  let licence: String?
  let quantisedBy: String?
  let chatTemplate: String?
  let receipt: QualityReceipt?
  let sampling: SamplingAdvice?

  /// Reads the summary of `checkpoint`.
  init(_ checkpoint: any Checkpoint, path: String, advice: SamplingAdvice) throws {
    let metadata = checkpoint
    self.path = path
    name = try? metadata.string("general.name")
    let architecture = try? metadata.string("general.architecture")
    self.architecture = architecture
    format = checkpoint.format
    byteCount = checkpoint.files.reduce(0) { $0 + $1.byteCount }
    let tensors = checkpoint.tensors
    let elements = tensors.reduce(0) { $0 + $1.elementCount }
    parameterCount = elements
    let bits = tensors.reduce(0.0) { $0 + Double($1.byteCount) * 8 }
    bitsPerWeight = elements > 0 ? bits / Double(elements) : 0
    types = Dictionary(tensors.map { ($0.type.name, 1) }, uniquingKeysWith: +)
    func number(_ key: String) -> Int? {
      architecture.flatMap { try? metadata.int($0 + "." + key) }
    }
    contextLength = number("context_length")
    embeddingLength = number("embedding_length")
    blockCount = number("block_count")
    headCount = number("attention.head_count")
    headCountKV = number("attention.head_count_kv")
    feedForwardLength = number("feed_forward_length")
    vocabularyCount =
      checkpoint.elementCount("tokenizer.ggml.tokens") ?? number("vocab_size")
    let model = try? metadata.string("tokenizer.ggml.model")
    let pre = try? metadata.string("tokenizer.ggml.pre")
    tokenizer =
      model.map { $0 + (pre.map { " (\($0))" } ?? "") }
      ?? (checkpoint as? FolderCheckpoint)?.tokenizerFile
    licence = try? metadata.string("general.license")
    quantisedBy = try? metadata.string("general.quantized_by")
    chatTemplate = try? metadata.string("tokenizer.chat_template")
    receipt = QualityReceipt(checkpoint)
    let advice = try SamplingAdvice.of(checkpoint).overridden(by: advice)
    sampling = advice.isEmpty ? nil : advice
  }

  /// The summary as lines.
  var text: String {
    let numbers: [(String, Int?)] = [
      ("context length", contextLength), ("embedding length", embeddingLength),
      ("layers", blockCount), ("heads", headCount), ("key/value heads", headCountKV),
      ("feed-forward length", feedForwardLength), ("vocabulary", vocabularyCount),
    ]
    let typeList = types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) x\($0.value)" }.joined(separator: ", ")
    var lines: [(String, String?)] = [
      ("file", path), ("name", name), ("architecture", architecture), ("format", format),
      (
        "size",
        String(
          format: "%.1f MB, %.1f M weights, %.2f bits each",
          Double(byteCount) / 1e6,
          Double(parameterCount) / 1e6,
          bitsPerWeight
        )
      ),
      ("tensor types", typeList),
    ]
    lines += numbers.map { ($0, $1.map(String.init)) }
    lines += [
      ("tokenizer", tokenizer), ("licence", licence), ("quantised by", quantisedBy),
      ("quality receipt", receipt?.line), ("advised sampling", sampling?.text),
      ("chat template", chatTemplate.map { "\($0.utf8.count) bytes (--template shows it)" }),
    ]
    return lines.compactMap { label, value in
      value.map {
        label.padding(toLength: 20, withPad: " ", startingAt: 0)
          + TerminalSanitizer.visibleOnOneLine($0) + "\n"
      }
    }.joined()
  }

  /// A tensor's dimensions, slowest first.
  static func shape(_ tensor: CheckpointTensor) -> String {
    "[" + tensor.dimensions.reversed().map(String.init).joined(separator: ", ") + "]"
  }
}
