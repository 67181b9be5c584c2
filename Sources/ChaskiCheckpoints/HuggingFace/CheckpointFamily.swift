// Owns: what a family of Hugging Face models says about itself. Does not own: any family.

/// How the folders of one family of models are seen as GGUF files.
///
/// A family is one file in `Families` and one line in `FamilyCatalogue`. It has no state: `map` reads
/// `config.json` and says, by GGUF's names,
/// - every hyperparameter: `mapping.set("block_count", count)`, under the architecture's prefix. Where GGUF
///   has a key, that is the key; a fact it has none for gets a key of ours, documented in the family's page,
///   which architectures read with a default equal to what llama.cpp does without it;
/// - every tensor: `mapping.add("blk.0.attn_q.weight", .permuted(headCount: h, .stored("...")))`, with a
///   `TensorRecipe` over the folder's tensors, in the order in which a GGUF file would have them;
/// - what is left out on purpose: `mapping.ignore { $0.hasSuffix(".rotary_emb.inv_freq") }`. A tensor that is
///   neither read nor ignored is an error, because a model without it would be another model.
///
/// `FolderMapping+Decoder` has what most decoders share (`setDecoder`, `addEmbeddings`, `addAttention`,
/// `addGatedFeedForward`), `RotaryConfiguration` both spellings of rotary scaling. Missing keys have the
/// defaults of the transformers library for that model type. Check shapes only where a recipe does not:
/// architectures check all of them again.
package protocol CheckpointFamily: Sendable {
  /// The values of `model_type` that this family reads.
  static var modelTypes: [String] { get }
  /// The architecture's name in GGUF.
  static var architecture: String { get }

  /// Describes the model of `mapping.configuration` and `mapping.weights`.
  ///
  /// - Throws: `CheckpointError`, naming the key or tensor.
  static func map(_ mapping: inout FolderMapping) throws(CheckpointError)
}

/// A family whose folders can be written from a GGUF file, too.
///
/// `map` is followed backwards for the tensors, so that only the configuration is to be said; and it is followed
/// forwards again, so that what the configuration says is what the file said.
protocol ReversibleFamily: CheckpointFamily {
  /// Whether `checkpoint`, of this family's architecture, is of this family.
  static func describes(_ checkpoint: any Checkpoint) throws -> Bool
  /// What `config.json` says of `checkpoint`, without what all models have.
  ///
  /// - Throws: `CheckpointError.unsupported` for what this family's folders cannot say, or what reading a key
  ///   throws.
  static func configuration(of checkpoint: any Checkpoint) throws -> ConfigurationEntries
  /// Hyperparameters that a written folder may come to say otherwise, and why is in the family's file.
  static var looseKeys: Set<String> { get }
}

extension ReversibleFamily {
  static func describes(_ checkpoint: any Checkpoint) throws -> Bool { true }

  static var looseKeys: Set<String> { [] }
}
