// Owns: the order of the steps from text to ids. Not the steps.

extension TokenizerParts {
  /// Notes the tokens of U+FFFD, for bytes that are in no UTF-8 text and that the vocabulary leaves out.
  mutating func addReplacement() {
    guard case .bytePair(var model) = model else { return }
    var ids: [TokenID] = []
    encode([0xEF, 0xBF, 0xBD], literals: .everywhere, into: &ids)
    model.fallback.replacement = ids
    self.model = .bytePair(model)
  }

  /// The memory of one call.
  private struct Workspaces {
    var merges = MergeWorkspace()
    var unigram = UnigramModel.Workspace()
  }

  /// Adds the ids of `text` to `output`, without what stands around a text.
  ///
  /// Control tokens that overlap `literals` are text like any other.
  func encode(_ text: [UInt8], literals: LiteralText, into output: inout [TokenID]) {
    var workspaces = Workspaces()
    var followsControl = true
    let fragments = addedTokens.cut(text.span, literals: literals)
    for fragment in fragments {
      guard fragment.id < 0 else {
        output.append(fragment.id)
        followsControl = vocabulary.kinds[Int(fragment.id)] == .control
        continue
      }
      if normalizer.isIdentity, !addedTokens.searchesNormalizedText {
        encode(text.span, fragment.start, fragment.end, &workspaces, &output)
      } else {
        let normal = normalizer.apply(
          text.span,
          fragment.start,
          fragment.end,
          isFirst: fragment.start == 0,
          followsControl: followsControl
        )
        var places = LiteralText.nowhere
        if addedTokens.searchesNormalizedText {
          places = normalizer.literals(
            literals,
            text.span,
            fragment.start,
            fragment.end,
            in: normal
          )
        }
        encodeNormalized(normal, places, &workspaces, &output)
      }
      followsControl = false
    }
  }

  private func encodeNormalized(
    _ text: [UInt8],
    _ literals: LiteralText,
    _ workspaces: inout Workspaces,
    _ output: inout [TokenID]
  ) {
    let fragments = addedTokens.cutNormalized(
      text.span,
      0,
      text.count,
      literals: literals
    )
    for fragment in fragments {
      if fragment.id >= 0 {
        output.append(fragment.id)
      } else {
        encode(text.span, fragment.start, fragment.end, &workspaces, &output)
      }
    }
  }

  private func encode(
    _ text: Span<UInt8>,
    _ start: Int,
    _ end: Int,
    _ workspaces: inout Workspaces,
    _ output: inout [TokenID]
  ) {
    switch model {
    case .bytePair(let model):
      model.encode(
        text,
        start,
        end,
        preTokenizer: preTokenizer,
        vocabulary: vocabulary,
        workspace: &workspaces.merges,
        to: &output
      )
    case .unigram(let model):
      model.encode(
        text,
        start,
        end,
        preTokenizer: preTokenizer,
        workspace: &workspaces.unigram,
        to: &output
      )
    case .wordPiece(let model):
      model.encode(text, start, end, to: &output)
    }
  }
}
