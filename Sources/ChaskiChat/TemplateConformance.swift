// Owns: comparing a template's renderings with recorded ones, for the command that checks
// templates and for tests.

package import ChaskiJinja

/// A recorded rendering that a template should reproduce.
package struct TemplateConformance: Sendable {
  /// What the reference did.
  package enum Expectation: Sendable, Hashable {
    /// It rendered this text.
    case text(String)
    /// The template refused with this message.
    case refusal(String)
    /// It failed in a way that another implementation need not share.
    case failure(String)
  }

  /// How a rendering compares.
  package enum Outcome: Sendable, Hashable {
    /// Equal to the character, or the same refusal.
    case equal
    /// The reference failed and we rendered, or both failed in different words.
    case lenient
    /// The texts differ; the offset counts code points.
    case differs(atScalar: Int, expected: String, found: String)
    /// We failed where the reference did not, or refused in other words.
    case failed(ChatError)
  }

  /// The conversation.
  package var messages: [ChatMessage]
  /// The tools on offer.
  package var tools: [ToolDefinition]
  /// Whether the prompt ends where the assistant begins.
  package var addGenerationPrompt: Bool
  /// Further variables.
  package var variables: [String: JSONValue]
  /// What the reference did.
  package var expectation: Expectation

  /// Makes a recorded rendering.
  package init(
    messages: [ChatMessage],
    tools: [ToolDefinition] = [],
    addGenerationPrompt: Bool,
    variables: [String: JSONValue] = [:],
    expectation: Expectation
  ) {
    self.messages = messages
    self.tools = tools
    self.addGenerationPrompt = addGenerationPrompt
    self.variables = variables
    self.expectation = expectation
  }

  /// Renders and compares.
  package func outcome(of template: ChatTemplate, now: CivilTime) -> Outcome {
    let text: String
    do throws(ChatError) {
      text = try template.render(
        messages,
        tools: tools,
        addGenerationPrompt: addGenerationPrompt,
        variables: variables,
        now: now
      ).text
    } catch {
      return outcome(of: error)
    }
    guard case .text(let expected) = expectation else {
      if case .failure = expectation { return .lenient }
      return .differs(atScalar: 0, expected: "a refusal", found: text)
    }
    return Self.compare(expected, text)
  }

  private func outcome(of error: ChatError) -> Outcome {
    switch expectation {
    case .text: return .failed(error)
    case .failure(let message):
      if case .template(_, let cause) = error, cause.message == message { return .equal }
      return .lenient
    case .refusal(let message):
      if case .template(_, .raised(message, _)) = error { return .equal }
      return .failed(error)
    }
  }

  // Code points are compared, because equal strings in Swift may differ in them.
  private static func compare(_ expected: String, _ found: String) -> Outcome {
    let a = Array(expected.unicodeScalars)
    let b = Array(found.unicodeScalars)
    if a == b { return .equal }
    var place = 0
    while place < min(a.count, b.count), a[place] == b[place] { place += 1 }
    return .differs(atScalar: place, expected: expected, found: found)
  }
}
