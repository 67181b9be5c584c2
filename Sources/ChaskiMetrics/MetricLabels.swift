// Owns: the labels of one series, in the form in which they are written.

/// The labels of a series: allowed names in order, values of bounded length.
struct MetricLabels: Hashable, Sendable, Comparable {
  /// The value that all labels of a metric's surplus share.
  static let other = "_other"

  /// The names, in the order of their text.
  let names: [String]
  /// The labels as they are written, without braces; two series are the same if these are.
  let text: String

  /// The labels that dimensions amount to, or nil if there are too many of them.
  ///
  /// Names that become the same are told apart by underscores, as is `le` where the format has it for itself.
  init?(_ dimensions: [(String, String)], isHistogram: Bool, limits: MetricLimits) {
    guard dimensions.count <= limits.labelCount else { return nil }
    var taken: Set<String> = isHistogram ? ["le"] : []
    var pairs: [(name: String, value: String)] = []
    for (text, value) in dimensions {
      var name = MetricName.label(text, limit: limits.textLength)
      while !taken.insert(name).inserted { name += "_" }
      pairs.append((name, Self.cut(value, limits.textLength)))
    }
    self.init(pairs)
  }

  /// Labels of these names that all have the value `_other`.
  init(otherOf names: [String]) {
    self.init(names.map { ($0, Self.other) })
  }

  private init(_ pairs: [(name: String, value: String)]) {
    let ordered = pairs.sorted { $0.name < $1.name }
    names = ordered.map(\.name)
    text = ordered.map { "\($0.name)=\"\(PrometheusText.escapedValue($0.value))\"" }
      .joined(separator: ",")
  }

  // By bytes: some strings that Swift finds equal (composed accents) are different to Prometheus.
  static func == (left: MetricLabels, right: MetricLabels) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  static func < (left: MetricLabels, right: MetricLabels) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) { hasher.combine(text) }

  private static func cut(_ value: String, _ limit: Int) -> String {
    guard
      let end = value.unicodeScalars.index(
        value.unicodeScalars.startIndex,
        offsetBy: limit,
        limitedBy: value.unicodeScalars.endIndex
      ), end != value.unicodeScalars.endIndex
    else { return value }
    return String(value.unicodeScalars[..<end]) + "…"
  }
}
