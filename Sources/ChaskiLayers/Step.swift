// Owns: what one forward pass works on.

package import ChaskiTensors

/// A ragged batch: one or more new tokens of one or more sequences.
///
/// Rows are the tokens of all sequences, one after the other. Single-user decode is a step of one row.
package struct Step {
  /// The tokens of all rows. [T]
  package let tokens: [Int32]
  /// The rows whose logits are wanted. [R]
  package let logitRows: [Int]
  /// The place of each row in its sequence, from 0 on. [T]
  package let positions: [Int]
  /// Which rows belong to which sequence, and where they lie in the cache.
  package let runs: [CacheRun]
  /// cos and sin of the rows' positions; no columns where nothing is rotated. [T, E']
  package let angles: Tensor
  /// Is shown the activations between blocks; nil in inference.
  package var observer: StepObserver?

  /// What one sequence adds to a step.
  package struct Input {
    /// The sequence, which grows by the tokens.
    package let sequence: KVSequence
    /// The new tokens, at least one.
    package let tokens: [Int32]
    /// Which of the new tokens' logits are wanted, as indices into `tokens`.
    package let logits: Range<Int>
    /// How many tokens the text has that was given at once, of which `tokens` may be a part.
    ///
    /// Rotary embeddings that depend on the context's length take the greater of this and the
    /// position + 1, so that a prompt's angles do not depend on the parts in which it is computed.
    package let promptLength: Int

    /// New tokens of `sequence`; logits of the last one only, unless said otherwise.
    package init(
      sequence: KVSequence,
      tokens: [Int32],
      logits: Range<Int>? = nil,
      promptLength: Int = 0
    ) {
      self.sequence = sequence
      self.tokens = tokens
      self.logits = logits ?? tokens.count - 1..<tokens.count
      self.promptLength = promptLength
    }
  }

  /// Puts `inputs` together and extends their sequences.
  ///
  /// - Throws: `CacheError.full`, with all sequences as they were.
  package init(_ inputs: [Input], rotary: RotaryEmbedding?, on backend: CPUBackend) throws {
    var tokens: [Int32] = []
    var positions: [Int] = []
    var contextLengths: [Int] = []
    var logitRows: [Int] = []
    var runs: [CacheRun] = []
    for (index, input) in inputs.enumerated() {
      let rows = tokens.count..<tokens.count + input.tokens.count
      do {
        runs.append(try input.sequence.extend(byRows: rows))
      } catch {
        for earlier in inputs[..<index] {
          earlier.sequence.truncate(to: earlier.sequence.length - earlier.tokens.count)
        }
        throw error
      }
      let first = input.sequence.length - input.tokens.count
      let range = first..<first + input.tokens.count
      positions.append(contentsOf: range)
      contextLengths.append(contentsOf: range.map { max($0 + 1, input.promptLength) })
      logitRows.append(contentsOf: input.logits.map { rows.lowerBound + $0 })
      tokens.append(contentsOf: input.tokens)
    }
    self.tokens = tokens
    self.logitRows = logitRows
    self.positions = positions
    self.runs = runs
    angles =
      rotary?.angles(at: positions, contextLengths: contextLengths, on: backend)
      ?? backend.tensor(rows: positions.count, columns: 0)
  }
}
