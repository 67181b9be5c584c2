// Owns: the comparison with the reference implementation, template by template.

import ChaskiTestSupport
import ChaskiJinja
import Foundation
import Testing

@Suite struct ReferenceTests {
  @Test func `the recorded cases are there`() {
    #expect(RecordedCase.committed.count >= 350)
  }

  @Test(arguments: RecordedCase.committed)
  func `a template renders or fails as in Jinja 3.1.6`(recorded: RecordedCase) throws {
    let found = recorded.rendered()
    guard let expected = recorded.text else {
      let error = try #require(throws: JinjaError.self) { try found.get() }
      let exception = try #require(recorded.error)
      #expect(Self.kinds(of: exception).contains(Self.kind(of: error)), "\(exception): \(error)")
      // Messages that a template's author looks up are the reference's.
      if ["TemplateError", "UndefinedError", "SecurityError"].contains(exception) {
        #expect(error.message == recorded.message)
      }
      return
    }
    let text = try found.get()
    #expect(Array(text.unicodeScalars) == Array(expected.unicodeScalars), "\(text)")
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason), arguments: RecordedCase.shared)
  func `a template renders as in transformers`(recorded: RecordedCase) throws {
    let found = recorded.rendered()
    guard let expected = recorded.text else {
      let error = try #require(throws: JinjaError.self) { try found.get() }
      #expect(recorded.error?.hasSuffix(": \(error.message)") == true)
      return
    }
    #expect(Array(try found.get().unicodeScalars) == Array(expected.unicodeScalars))
  }

  private enum Kind {
    case syntax, raised, undefined, type, value, arithmetic, forbidden, limit
  }

  private static func kind(of error: JinjaError) -> Kind {
    switch error {
    case .syntax: .syntax
    case .raised: .raised
    case .undefined: .undefined
    case .type: .type
    case .value: .value
    case .arithmetic: .arithmetic
    case .forbidden: .forbidden
    case .limit: .limit
    }
  }

  // Where the reference's classes draw other lines than ours, both kinds are listed.
  private static func kinds(of exception: String) -> Set<Kind> {
    switch exception {
    case "TemplateSyntaxError", "SyntaxError", "TemplateAssertionError": [.syntax]
    case "TemplateError": [.raised]
    case "UndefinedError": [.undefined]
    case "TypeError": [.type, .syntax, .undefined]
    case "ValueError", "IndexError", "KeyError", "AssertionError", "AttributeError",
      "FilterArgumentError", "RuntimeError":
      [.value, .type]
    case "TemplateRuntimeError": [.type, .value]
    case "ZeroDivisionError": [.arithmetic]
    case "OverflowError": [.arithmetic, .limit]
    case "SecurityError": [.forbidden]
    default: []
    }
  }
}
