// Owns: the series of one metric, and how many there may be.

/// All series of one metric's name.
struct MetricFamily {
  private struct Entry {
    let series: any MetricSeries
    // How many counters, timers and so on write to it and have not been destroyed.
    var userCount: Int
  }

  /// What the metric is.
  let kind: MetricKind
  /// How many counters, timers and so on were given the series of the surplus.
  private(set) var foldedCount = 0
  private var entries: [MetricLabels: Entry] = [:]
  private var other: (any MetricSeries)?
  private let otherLabels: MetricLabels

  /// A metric whose first series has these labels, or too many of them.
  init(kind: MetricKind, first: MetricLabels?) {
    self.kind = kind
    otherLabels = MetricLabels(otherOf: first?.names ?? ["labels"])
  }

  /// The series of these labels: the one there is, a new one, or that of the surplus.
  ///
  /// `labels` is nil where there were too many. Surplus series share one whatever their labels' names are, so that
  /// names from strangers cannot take memory either.
  mutating func series(
    _ labels: MetricLabels?,
    limit: Int,
    make: (MetricLabels) -> any MetricSeries
  ) -> any MetricSeries {
    if let labels {
      if let entry = entries[labels] {
        entries[labels]?.userCount += 1
        return entry.series
      }
      if entries.count < limit {
        let series = make(labels)
        entries[labels] = Entry(series: series, userCount: 1)
        return series
      }
    }
    foldedCount += 1
    if let other { return other }
    let series = make(otherLabels)
    other = series
    return series
  }

  /// Forgets a series when nobody writes to it any more; that of the surplus stays.
  mutating func release(_ series: any MetricSeries) {
    guard let entry = entries[series.labels], entry.series === series else { return }
    if entry.userCount > 1 {
      entries[series.labels]?.userCount -= 1
    } else {
      entries[series.labels] = nil
    }
  }

  /// The series, in the order in which they are written.
  var ordered: [any MetricSeries] {
    let kept = entries.sorted { $0.key < $1.key }.map(\.value.series)
    return kept + (other.map { [$0] } ?? [])
  }
}
