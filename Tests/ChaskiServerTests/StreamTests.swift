import ChaskiChat
import ChaskiGeneration
import ChaskiSampling
import ChaskiServer
import Foundation
import Logging
import Testing

/// Streams, whatever the API: texts that JSON must escape, and readers that are slow.
struct StreamTests {
  private static let pieces = [
    "plain", " \"quoted\" \\", "\n\t\r", "\u{1}\u{0}\u{1F}", "ñandú 🦙", "data: x\n\n", "é", "",
  ]

  @Test(arguments: [
    ("/v1/chat/completions", "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]"),
    (
      "/v1/chat/completions",
      "\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"logprobs\": true"
    ),
    ("/v1/completions", "\"prompt\": \"Hi\""),
    ("/v1/completions", "\"prompt\": \"Hi\", \"logprobs\": 1"),
  ])
  func `every piece arrives as it was said, alike but for its text`(
    path: String,
    fields: String
  ) async throws {
    let pieces = Self.pieces
    try await TestServer.run(ScriptedEngine { _ in .says(pieces) }) { server in
      let reply = try await server.post(
        path,
        "{\"model\": \"tiny\", \"stream\": true, \"n\": 2, \"stream_options\": {\"include_usage\": true}, \(fields)}"
      )
      #expect(reply.status == 200)
      var texts: [Int: [String]] = [:]
      var shapes: Set<String> = []
      for event in reply.body.components(separatedBy: "\n\n") {
        guard event.hasPrefix("data: {") else { continue }
        let json = try JSONValue(parsing: String(event.dropFirst(6)))
        guard let choice = json["choices"]?.array?.first, choice["finish_reason"] == .null else {
          continue
        }
        guard let text = choice["delta"]?["content"]?.string ?? choice["text"]?.string else {
          continue
        }
        texts[choice["index"]?.count ?? -1, default: []].append(text)
        shapes.insert((json.object?.entries ?? []).map(\.key).joined(separator: " "))
      }
      let expected = pieces.filter { !$0.isEmpty }
      for index in 0..<2 {
        #expect(texts[index]?.filter { !$0.isEmpty } == expected)
      }
      #expect(shapes == ["id object created model system_fingerprint choices usage"])
    }
  }

  @Test func `a reader that is slow takes all that has come at once`() async throws {
    let model = try TinyModel.served(by: ScriptedEngine(saying: "a", "b", "c"))
    let feed = AnswerFeed(
      AnswerPlan(
        model: model,
        request: GenerationRequest(prompt: [65], sampling: .greedy),
        count: 2
      ),
      for: .anyone,
      usage: RequestUsage(model: "tiny", route: "/", requestID: "r"),
      permit: nil,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let events = try #require(await feed.next())
    // Each begins, gets three tokens and ends.
    #expect(events.map(\.choice) == [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    #expect(try await feed.next() == nil)
  }

  @Test func `whoever drops a feed stops its work`() async throws {
    let engine = ScriptedEngine { _ in .hangsAfter(["a"]) }
    let model = try TinyModel.served(by: engine)
    var feed: AnswerFeed? = AnswerFeed(
      AnswerPlan(model: model, request: GenerationRequest(prompt: [65], sampling: .greedy)),
      for: .anyone,
      usage: RequestUsage(model: "tiny", route: "/", requestID: "r"),
      permit: nil,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    _ = try await feed?.next()
    #expect(engine.cancelledCount == 0)
    feed = nil
    #expect(engine.cancelledCount == 1)
  }
}
