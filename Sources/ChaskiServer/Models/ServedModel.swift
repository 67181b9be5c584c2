// Owns: a model that answers requests: its name, its engine and what turns texts into tokens.

package import Chaski
package import ChaskiGeneration
package import ChaskiSampling
package import ChaskiTokenizers

/// A model that answers requests.
package struct ServedModel: Sendable {
  /// What there is to say about a model beyond its name.
  package struct Facts: Sendable, Equatable {
    /// The architecture, as GGUF names it.
    package var family = "unknown"
    /// How many weights it has.
    package var parameterCount = 0
    /// How its weights are stored, such as `Q4_1`.
    package var quantization = "unknown"
    /// The size of its files.
    package var byteCount = 0
    /// When its file was written, in seconds since 1970.
    package var created = 0
    /// A number that changes with its files, as hexadecimal digits.
    package var fingerprint = "0"
    /// The context that it was trained for.
    package var trainedContextLength = 0
    /// How texts become vectors; nil if the model makes none.
    package var pooling: Pooling? = .mean
    /// How many numbers a vector has.
    package var embeddingLength = 0

    /// Nothing known.
    package init() {}
  }

  /// The name by which clients ask for it.
  package let id: String
  /// What computes its answers.
  package let engine: any TextEngine
  /// Texts to tokens and back.
  package let tokenizer: Tokenizer
  /// Conversations to prompts.
  package let renderer: PromptRenderer
  /// What there is to say about it.
  package let facts: Facts
  /// How tokens are chosen where a request does not say.
  package let sampling: SamplingOptions
  /// What keeps it loaded, for a request that was given it.
  var lease: ModelLease?
  /// How long a request that was given it waited for it: next to nothing, or until it was loaded.
  var waitDuration = Duration.zero

  /// The model `id`.
  package init(
    id: String,
    engine: any TextEngine,
    tokenizer: Tokenizer,
    renderer: PromptRenderer,
    facts: Facts = Facts(),
    sampling: SamplingOptions = SamplingOptions()
  ) {
    self.id = id
    self.engine = engine
    self.tokenizer = tokenizer
    self.renderer = renderer
    self.facts = facts
    self.sampling = sampling
  }

  /// OpenAI's mark of what made an answer: the same mark and seed give the same text.
  package var systemFingerprint: String { "fp_" + facts.fingerprint }
}
