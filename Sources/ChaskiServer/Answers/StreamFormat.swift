// Owns: what each API has to say while an answer comes; pure, so that tests need no server.

/// Writes the events of one request as an API's stream.
///
/// Each function returns text that is sent as it is, often nothing.
package protocol StreamFormat: Sendable {
  /// The stream's media type.
  static var mediaType: String { get }

  /// What comes before the first event.
  mutating func begin() throws -> String

  /// What an update of the answer `choice` adds; `reader` has taken it already.
  mutating func text(
    for update: ChoiceReader.Update,
    of choice: Int,
    reader: ChoiceReader
  ) throws -> String

  /// What comes after the last event.
  mutating func end(readers: [ChoiceReader], usage: AnswerUsage) throws -> String

  /// What ends the stream instead when the engine fails.
  mutating func failure(_ error: ServerError, requestID: String) throws -> String
}
