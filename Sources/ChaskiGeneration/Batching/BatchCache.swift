// Owns: the pages of all texts of an engine, running and finished, and what of them a new text shares.
// Does not own: who may take pages (BatchLoop).

import ChaskiTensors

/// The cache of a batching engine.
struct BatchCache {
  /// Where a text begins: what of it is in the cache already, and whose it was.
  struct Start {
    let timeline: Timeline
    /// The finished text that it goes on from.
    var source: UInt64?
    /// Whether all of that text.
    var isWhole = false
    /// Where it and the closest text part.
    var divergence: CacheDivergence?
  }

  /// The fewest tokens, less than a page, that are worth sharing.
  private static let shortestPart = 16

  let pages: CachePagePool
  private let model: LanguageModel
  private let stepLength: Int
  /// The pages of each group that one text holds at most.
  private let textLimits: [Int]
  private let keepsAll: Bool
  private var prefixes = PrefixIndex()
  private var finished = FinishedTexts()
  /// Pages that sequences of the step will take.
  private var promises: [UInt64: [Int]] = [:]

  init(model: LanguageModel, plan: CachePlan, stepLength: Int) {
    self.model = model
    self.stepLength = stepLength
    pages = plan.pages
    textLimits = pages.layout.groups.map {
      $0.pageLimit(contextLength: plan.contextLength, stepLength: stepLength)
    }
    keepsAll = pages.layout.groups.allSatisfy { $0.span == .all }
  }

  /// Finished texts that are kept.
  var finishedCount: Int { finished.count }

  // MARK: Pages

  /// Forgets the promises of the last step.
  mutating func beginStep() { promises = [:] }

  /// Whether `needed` pages of each group are free beside the promised ones.
  func fits(_ needed: [Int]) -> Bool {
    needed.indices.allSatisfy { group in
      guard needed[group] > 0 else { return true }
      let promised = promises.values.reduce(0) { $0 + $1[group] }
      return pages.usedPageCount(ofGroup: group) + promised + needed[group]
        <= pages.pageLimits[group]
    }
  }

  /// Keeps `needed` pages for the sequence `id`, which takes them in this step.
  mutating func promise(_ needed: [Int], to id: UInt64) { promises[id] = needed }

  /// The pages that `timeline` needs until it has `length` tokens.
  func pagesNeeded(_ timeline: Timeline, toReach length: Int) -> [Int] {
    let needed = timeline.pagesNeeded(toAppend: length - timeline.count)
    let held = timeline.pageCounts
    return needed.indices.map { min(needed[$0], max(0, textLimits[$0] - held[$0])) }
  }

  /// The same, less what is promised to the sequence `id`.
  func pagesNeeded(_ timeline: Timeline, toReach length: Int, of id: UInt64) -> [Int] {
    let needed = pagesNeeded(timeline, toReach: length)
    guard let promised = promises[id] else { return needed }
    return needed.indices.map { max(0, needed[$0] - promised[$0]) }
  }

  /// The bytes of so many pages of each group.
  func byteCount(_ counts: [Int]) -> Double {
    zip(counts, pages.layout.groups).reduce(0) { $0 + Double($1.0) * Double($1.1.pageByteCount) }
  }

  /// Gives back the finished text that was not used for the longest time; false if there is none.
  mutating func evict() -> Bool {
    guard let id = finished.leastRecentlyUsed else { return false }
    finished.remove(id)
    prefixes.remove(id)
    return true
  }

  // MARK: Texts

  /// The longest beginning of the text of `job` that another text of its scope has in the cache.
  func start(for job: BatchJob, running: (UInt64) -> BatchJob?) -> Start {
    guard job.keepLimit > 0 else { return start(of: job, from: nil, keeping: 0) }
    let scope = job.party.cacheScope
    let pages = prefixes.candidates(for: job.text, scope: scope).map { (ids: $0, least: 1) }
    let others = (ids: prefixes.recent(scope: scope), least: Self.shortestPart)
    // The text that agrees furthest, of those that were looked at.
    var closest: (common: Int, count: Int)?
    for (ids, least) in pages + [others] {
      var best: (start: Start, kept: Int)?
      for id in ids {
        let own = finished.timeline(id, scope: scope)
        guard let timeline = own ?? running(id).flatMap({ sharable($0, scope) }) else { continue }
        let common = timeline.commonCount(with: job.text)
        if common >= closest?.common ?? 0 { closest = (common, timeline.count) }
        // What still grows shares whole pages only, so that it may write on.
        let kept = keptCount(timeline, job, wholePages: own == nil)
        guard kept >= max(least, (best?.kept ?? 0) + 1) else { continue }
        let isWhole = own != nil && kept == timeline.count
        best = (Start(timeline: timeline, source: own == nil ? nil : id, isWhole: isWhole), kept)
      }
      guard let (found, kept) = best else { continue }
      var start = start(of: job, from: found, keeping: kept)
      start.divergence = divergence(of: job, kept: kept, closest, isFinished: found.source != nil)
      return start
    }
    var start = start(of: job, from: nil, keeping: 0)
    start.divergence = divergence(of: job, kept: 0, closest, isFinished: true)
    return start
  }

  /// The text of `job`, with `kept` tokens of what `start` found.
  private func start(of job: BatchJob, from start: Start?, keeping kept: Int) -> Start {
    var timeline =
      start?.timeline.fork() ?? Timeline(of: model, in: pages, chunkLength: stepLength)
    timeline.begin(job.text, promptLength: job.promptLength, keepingAtMost: kept)
    return Start(
      timeline: timeline,
      source: start?.source,
      isWhole: start?.isWhole ?? false
    )
  }

  private func divergence(
    of job: BatchJob,
    kept: Int,
    _ closest: (common: Int, count: Int)?,
    isFinished: Bool
  ) -> CacheDivergence? {
    guard kept < job.keepLimit else { return nil }
    guard let closest else { return CacheDivergence(token: 0, reason: .nothingCached) }
    guard closest.common < job.keepLimit else {
      return CacheDivergence(token: kept, reason: isFinished ? .notRestorable : .pageBoundary)
    }
    return CacheDivergence(
      token: closest.common,
      reason: closest.common == closest.count ? .endOfCachedText : .differentText
    )
  }

  private func sharable(_ job: BatchJob, _ scope: String) -> Timeline? {
    job.party.cacheScope == scope ? job.timeline : nil
  }

  private func keptCount(_ timeline: Timeline, _ job: BatchJob, wholePages: Bool) -> Int {
    var limit = job.keepLimit
    while true {
      let kept = timeline.keptCount(
        of: job.text,
        promptLength: job.promptLength,
        atMost: limit
      )
      let rest = wholePages ? kept % CacheLayout.pageLength : 0
      if rest == 0 { return kept }
      limit = kept - rest
    }
  }

  /// Notes that `job` goes on from `start`.
  mutating func noteUse(of start: Start, by job: BatchJob) {
    job.parent = start.isWhole ? start.source : nil
    if let source = start.source { finished.noteUse(source) }
  }

  /// Lets others find what a step appended to the text of `job`.
  mutating func noteStep(of job: BatchJob) {
    // What is embedded is seldom seen again; it would push out what is.
    guard job.request.pooling == nil, let timeline = job.timeline else { return }
    prefixes.add(job.id, scope: job.party.cacheScope, tokens: timeline.tokens)
  }

  /// The text of `job` leaves the cache.
  mutating func leave(_ job: BatchJob) {
    prefixes.remove(job.id)
    promises[job.id] = nil
    job.timeline = nil
  }

  /// Keeps the text of `job`, which has ended, for others.
  ///
  /// - Returns: How many others had to go.
  mutating func keep(_ job: BatchJob) -> Int {
    let scope = job.party.cacheScope
    guard job.request.pooling == nil, let timeline = job.timeline,
      timeline.count >= Self.shortestPart, !isKnown(timeline, job)
    else {
      leave(job)
      return 0
    }
    noteStep(of: job)
    finished.insert(timeline, job.id, scope: scope)
    if timeline.count < CacheLayout.pageLength,
      let forgotten = prefixes.addShort(job.id, scope: scope)
    {
      finished.remove(forgotten)
      prefixes.remove(forgotten)
    }
    job.timeline = nil
    if keepsAll, let parent = job.parent, finished.timeline(parent, scope: scope) != nil {
      // All of it is a part of what is kept now.
      finished.remove(parent)
      prefixes.remove(parent)
    }
    return finished.isOverfull && evict() ? 1 : 0
  }

  /// Whether a finished text has all that `timeline` has.
  private func isKnown(_ timeline: Timeline, _ job: BatchJob) -> Bool {
    let scope = job.party.cacheScope
    // What has no whole page is looked for among the last texts.
    let ids =
      timeline.count < CacheLayout.pageLength
      ? prefixes.recent(scope: scope)
      : prefixes.candidates(for: timeline.tokens, scope: scope).first ?? []
    return ids.contains { id in
      guard id != job.id, let other = finished.timeline(id, scope: scope) else { return false }
      let kept = other.keptCount(
        of: timeline.tokens,
        promptLength: timeline.promptLength,
        atMost: timeline.count
      )
      return kept == timeline.count
    }
  }
}
