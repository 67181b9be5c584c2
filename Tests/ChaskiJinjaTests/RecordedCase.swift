// Owns: reading recorded renderings, and how they are compared.

import ChaskiTestSupport
import ChaskiJinja
import Foundation
import Testing

/// A template and what the reference made of it.
struct RecordedCase: Codable, Sendable, CustomTestStringConvertible {
  var template: String
  /// The rendering; nil if the reference failed.
  var text: String?
  /// The reference's exception.
  var error: String?
  var message: String?
  var kind: String?

  var testDescription: String { String(template.prefix(60)) }

  /// The variables every recorded template sees.
  static let variables: [String: JinjaValue] = [
    "messages": [
      ["role": "system", "content": "S"], ["role": "user", "content": "hé"],
      ["role": "assistant", "content": "A"],
    ],
    "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true, "tools": .none,
  ]

  static let now = CivilTime(year: 2026, month: 11, day: 21, hour: 9, minute: 5, second: 7)

  /// What we make of the template.
  func rendered() -> Result<String, JinjaError> {
    do throws(JinjaError) {
      return .success(try Template(template).render(Self.variables, now: Self.now).text)
    } catch {
      return .failure(error)
    }
  }

  /// The recorded cases committed with the tests.
  static let committed: [RecordedCase] = read(
    URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "Fixtures/reference.json"
    )
  )

  /// The recorded cases beside a developer's checkout.
  static let shared: [RecordedCase] = read(
    Shared.url("fixtures/chat_templates/jinja_micro.json")
  )

  private struct File: Codable {
    var cases: [RecordedCase]
  }

  private static func read(_ url: URL) -> [RecordedCase] {
    guard let data = try? Data(contentsOf: url) else { return [] }
    return (try? JSONDecoder().decode(File.self, from: data).cases) ?? []
  }
}
