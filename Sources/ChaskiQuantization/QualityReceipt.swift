// Owns: what a quantised file says of its own quality, and the keys it says it by.
// Does not own: measuring it (ChaskiEvaluation).

package import ChaskiCheckpoints
package import ChaskiFiles

/// How close a quantised model is to its parent, measured when it was made and kept in the file.
package struct QualityReceipt: Sendable, Equatable, Codable {
  /// The name of the model that it was made from.
  package var parent: String
  /// What the text was.
  package var text: String
  /// Tokens of a window of the text.
  package var window: Int
  /// How many tokens were scored.
  package var tokens: Int
  /// The perplexity of the quantised model.
  package var perplexity: Double
  /// The perplexity of its parent on the same tokens.
  package var parentPerplexity: Double
  /// The mean divergence from the parent, in nats (Kullback and Leibler 1951).
  package var divergence: Double
  /// The share of tokens whose most probable token is the parent's.
  package var agreement: Double

  package init(
    parent: String,
    text: String,
    window: Int,
    tokens: Int = 0,
    perplexity: Double = .nan,
    parentPerplexity: Double = .nan,
    divergence: Double = .nan,
    agreement: Double = .nan
  ) {
    self.parent = parent
    self.text = text
    self.window = window
    self.tokens = tokens
    self.perplexity = perplexity
    self.parentPerplexity = parentPerplexity
    self.divergence = divergence
    self.agreement = agreement
  }

  private static let prefix = "chaski.receipt."

  /// The receipt that `checkpoint` carries, or nil if it has none or one that was never filled in.
  package init?(_ checkpoint: any Checkpoint) {
    func text(_ name: String) -> String? { try? checkpoint.string(Self.prefix + name) }
    func integer(_ name: String) -> Int? { try? checkpoint.int(Self.prefix + name) }
    func number(_ name: String) -> Double? {
      guard
        case .float64(let number)? = try? checkpoint.value(Self.prefix + name, maximumElements: 1)
      else { return nil }
      return number.isFinite ? number : nil
    }
    guard let parent = text("parent"), let name = text("text"), let window = integer("window"),
      let tokens = integer("tokens"), let perplexity = number("perplexity"),
      let parentPerplexity = number("parent_perplexity"), let divergence = number("divergence"),
      let agreement = number("agreement")
    else { return nil }
    self.init(
      parent: parent,
      text: name,
      window: window,
      tokens: tokens,
      perplexity: perplexity,
      parentPerplexity: parentPerplexity,
      divergence: divergence,
      agreement: agreement
    )
  }

  /// The keys of this receipt, whose numbers may still be missing.
  package var keys: [(name: String, value: GGUFValue)] {
    [
      (Self.prefix + "parent", .text(parent)), (Self.prefix + "text", .text(text)),
      (Self.prefix + "window", .uint32(UInt32(clamping: window))),
    ] + numbers.map { (name: $0.key, value: $0.value) }
  }

  /// Writes the numbers into the file at `path`, which has this receipt's keys.
  package func fill(in path: String) throws(FileError) {
    try GGUFNumbers.overwrite(numbers, in: path)
  }

  private var numbers: [(key: String, value: GGUFValue)] {
    [
      (Self.prefix + "tokens", .uint32(UInt32(clamping: tokens))),
      (Self.prefix + "perplexity", .float64(perplexity)),
      (Self.prefix + "parent_perplexity", .float64(parentPerplexity)),
      (Self.prefix + "divergence", .float64(divergence)),
      (Self.prefix + "agreement", .float64(agreement)),
    ]
  }
}
