// Owns: what travels with a request through the routes.

package import Hummingbird
import Logging
import NIOCore

/// What travels with a request through the routes.
package struct ServerContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// The connection.
  let channel: any Channel
  /// The id that replies and logs name.
  package var requestID = ""
  /// Who asks.
  package var caller = Caller.anyone
  /// Where work is admitted and recorded.
  package var gate: any Gate = OpenGate()
  /// What the log tells of the request in the end.
  let notes = RequestNotes()
  /// Whether the client is still there.
  package var presence = ConnectionPresence()

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }
}
