// Owns: for how long a request uses a model.

/// The right of one request to a model that stays loaded meanwhile.
///
/// It travels with the model that a request was given and ends when nobody of the request holds that any more: however the
/// request ends, and without anyone saying so.
package final class ModelLease: Sendable {
  private let end: @Sendable () -> Void

  /// A lease whose end is told by `end`.
  init(end: @escaping @Sendable () -> Void) {
    self.end = end
  }

  deinit { end() }
}
