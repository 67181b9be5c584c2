// Owns: which names Prometheus allows, and making a name of any text.
// Prometheus, data model: https://prometheus.io/docs/concepts/data_model/

/// Names as Prometheus has them.
enum MetricName {
  /// A metric's name from any text: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  static func metric(_ text: String, limit: Int) -> String {
    sanitized(text, limit: limit) { $0 == ":" }
  }

  /// A label's name from any text: `[a-zA-Z_][a-zA-Z0-9_]*`, without the two underscores that
  /// Prometheus keeps for itself.
  static func label(_ text: String, limit: Int) -> String {
    let name = sanitized(text, limit: limit) { _ in false }
    guard name.hasPrefix("__") else { return name }
    let bare = name.drop { $0 == "_" }
    return "_" + bare
  }

  private static func sanitized(
    _ text: String,
    limit: Int,
    isAlsoAllowed: (Unicode.Scalar) -> Bool
  ) -> String {
    var name = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) {
      switch scalar {
      case "0"..."9" where name.isEmpty: name.append(contentsOf: ["_", scalar])
      case "a"..."z", "A"..."Z", "0"..."9", "_": name.append(scalar)
      default: name.append(isAlsoAllowed(scalar) ? scalar : "_")
      }
    }
    return name.isEmpty ? "_" : String(name)
  }
}
