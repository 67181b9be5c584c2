// Owns: what can go wrong in a template. Does not own when.

/// Why a template did not compile or render.
///
/// Messages follow the reference implementation's words where a template's author would look
/// them up, so that `'x' is undefined` reads the same here as there.
public enum JinjaError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The source is not a template.
  case syntax(String, at: SourcePosition)
  /// The template itself refused, by `raise_exception`.
  case raised(String, at: SourcePosition)
  /// An undefined value was used for more than printing or testing.
  case undefined(String, at: SourcePosition)
  /// An operation met a value of a type that it does not take.
  case type(String, at: SourcePosition)
  /// An operation met a value that it does not take, such as a step of zero.
  case value(String, at: SourcePosition)
  /// A number left the range of 64-bit integers, or was divided by zero.
  case arithmetic(String, at: SourcePosition)
  /// The sandbox forbids it.
  case forbidden(String, at: SourcePosition)
  /// A bound of `JinjaLimits` was passed.
  case limit(JinjaLimits.Bound, allowed: Int, at: SourcePosition)

  /// Where in the source the error arose.
  public var position: SourcePosition {
    switch self {
    case .syntax(_, let position), .raised(_, let position), .undefined(_, let position),
      .type(_, let position), .value(_, let position), .arithmetic(_, let position),
      .forbidden(_, let position), .limit(_, _, let position):
      position
    }
  }

  /// What went wrong, without the place.
  public var message: String {
    switch self {
    case .syntax(let message, _), .raised(let message, _), .undefined(let message, _),
      .type(let message, _), .value(let message, _), .arithmetic(let message, _),
      .forbidden(let message, _):
      message
    case .limit(let bound, let allowed, _):
      "the template needs more than \(allowed) \(bound.rawValue)"
    }
  }

  /// One sentence with the place.
  public var description: String {
    switch self {
    case .raised: "The chat template refused (\(position)): \(message)"
    case .syntax: "The template has an error in \(position): \(message)"
    default: "The template failed at \(position): \(message)"
    }
  }
}
