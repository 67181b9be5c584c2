// Owns: the passes over all logits of a vocabulary, which also find the unusable ones.
// Not here: what happens to the few candidates that come out.

/// The passes over a whole vocabulary's logits.
///
/// Each costs one comparison a token: `!(x <= bound)` is true for the rare logit that matters and
/// also for NaN, so checking the input costs nothing extra.
enum VocabularyScan {
  /// The most candidates that a heap keeps; more are gathered and selected instead.
  static let heapLimit = 1024

  /// The best candidate of all.
  static func best(of logits: Span<Float>) throws(SamplingError) -> Candidate {
    var best = -Float.infinity
    var token = -1
    for index in 0..<logits.count where !(logits[index] <= best) {
      best = try usable(logits[index], index)
      token = index
    }
    guard token >= 0 else { throw .everyTokenForbidden(vocabularyCount: logits.count) }
    return Candidate(token: Int32(token), logit: best)
  }

  /// Puts the best `count` candidates into `list`, unsorted, or all where `count` is large.
  static func gather(
    best count: Int,
    of logits: Span<Float>,
    into list: inout RankedList<Candidate>
  ) throws(SamplingError) {
    guard count > 0, count <= heapLimit, count < logits.count else {
      try gatherAll(logits, into: &list)
      return
    }
    // The worst candidate kept stands at the heap's root.
    var heap: [Candidate] = []
    heap.reserveCapacity(count)
    var bound = -Float.infinity
    for index in 0..<logits.count where !(logits[index] <= bound) {
      let candidate = Candidate(token: Int32(index), logit: try usable(logits[index], index))
      if heap.count < count {
        heap.append(candidate)
        siftUp(&heap)
      } else {
        heap[0] = candidate
        siftDown(&heap)
      }
      if heap.count == count { bound = heap[0].logit }
    }
    guard !heap.isEmpty else { throw .everyTokenForbidden(vocabularyCount: logits.count) }
    list.removeAll()
    for candidate in heap { list.append(candidate) }
  }

  /// Puts every candidate that is not forbidden into `list`.
  static func gatherAll(
    _ logits: Span<Float>,
    into list: inout RankedList<Candidate>
  ) throws(SamplingError) {
    list.removeAll()
    list.reserve(logits.count)
    for index in 0..<logits.count where !(logits[index] <= -.infinity) {
      list.append(Candidate(token: Int32(index), logit: try usable(logits[index], index)))
    }
    guard list.count > 0 else { throw .everyTokenForbidden(vocabularyCount: logits.count) }
  }

  /// Puts the candidates with a logit of at least `bound` into `list`; the logits were checked.
  static func gather(
    atLeast bound: Float,
    of logits: Span<Float>,
    into list: inout RankedList<Candidate>
  ) {
    list.removeAll()
    for index in 0..<logits.count where logits[index] >= bound {
      list.append(Candidate(token: Int32(index), logit: logits[index]))
    }
  }

  private static func usable(_ logit: Float, _ index: Int) throws(SamplingError) -> Float {
    guard logit < .infinity else { throw .unusableLogit(token: index, value: logit) }
    return logit
  }

  private static func siftUp(_ heap: inout [Candidate]) {
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child] < heap[parent] else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private static func siftDown(_ heap: inout [Candidate]) {
    var parent = 0
    while true {
      var worst = parent
      for child in (2 * parent + 1)...(2 * parent + 2) where child < heap.count {
        if heap[child] < heap[worst] { worst = child }
      }
      guard worst != parent else { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}
