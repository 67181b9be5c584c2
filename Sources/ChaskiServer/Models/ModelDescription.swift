// Owns: what can be told of a model without loading it.

import Chaski
import ChaskiChat
package import ChaskiCheckpoints
package import ChaskiSampling

/// What lists and `show` tell of a model, loaded or not.
package struct ModelDescription: Sendable, Equatable {
  /// The name by which clients ask for it.
  package let id: String
  /// What its files tell.
  package var facts: ServedModel.Facts
  /// The template of its conversations.
  package var template: String
  /// The most tokens of prompt and answer together; for a model that was never loaded, what it was trained for.
  package var contextLength: Int
  /// How tokens are chosen where a request does not say; nil for a model that was never loaded.
  package var sampling: SamplingOptions?

  /// The description of a model that is loaded.
  package init(_ model: ServedModel) {
    id = model.id
    facts = model.facts
    template = model.renderer.template.source
    contextLength = model.engine.contextLength
    sampling = model.sampling
  }

  /// The description of the model in `checkpoint`, whose context is at most `contextLimit` tokens.
  ///
  /// - Throws: `FileError` for keys of a wrong type, `ChatError` for a template that cannot be compiled.
  package init(id: String, checkpoint: any Checkpoint, contextLimit: Int? = nil) throws {
    self.id = id
    facts = try ServedModel.Facts(checkpoint)
    let templates = ChatTemplateSet(
      ggufNames: try checkpoint.strings("tokenizer.chat_templates") ?? []
    ) { key in try? checkpoint.string(key) }
    template = try templates.template(specialTokens: TemplateTokens()).source
    contextLength = min(facts.trainedContextLength, contextLimit ?? .max)
  }
}
