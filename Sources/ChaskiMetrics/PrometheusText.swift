// Owns: Prometheus' text format: lines, escapes, numbers.
// Text-based format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/

/// A text in the exposition format that grows line by line.
struct PrometheusText {
  /// What was written.
  private(set) var text = ""

  /// Writes what a metric is.
  mutating func header(name: String, help: String?, kind: MetricKind) {
    if let help { text += "# HELP \(name) \(Self.escapedHelp(help))\n" }
    text += "# TYPE \(name) \(kind.rawValue)\n"
  }

  /// Writes one value; `labels` are as they are written, without braces.
  mutating func sample(_ name: String, _ labels: String, _ value: String) {
    text += name
    if !labels.isEmpty { text += "{\(labels)}" }
    text += " \(value)\n"
  }

  /// A number as the format has it.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    // Whole numbers without a point, as Prometheus' own libraries write bounds.
    if value.magnitude < 1e15, value.rounded() == value { return "\(Int64(value))" }
    return "\(value)"
  }

  /// A label's value with its backslashes, quotes and line feeds escaped.
  static func escapedValue(_ value: String) -> String { escaped(value, quotes: true) }

  private static func escapedHelp(_ help: String) -> String { escaped(help, quotes: false) }

  private static func escaped(_ text: String, quotes: Bool) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\"" where quotes: result.append(contentsOf: "\\\"".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
