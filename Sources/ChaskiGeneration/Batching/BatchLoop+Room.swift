// Owns: who comes into the cache, and who must leave it when pages are short.

import ChaskiTensors

extension BatchLoop {
  /// Finds pages for the rows of `plan`; sequences that have to leave are taken out of it.
  func makeRoomForRows(of plan: inout StepPlan) {
    cache.beginStep()
    for id in plan.rows {
      guard planner.phase(of: id) == .writing, let timeline = jobs[id]?.timeline else { continue }
      let needed = timeline.pagesNeeded(toAppend: 1)
      while planner.phase(of: id) == .writing, !cache.fits(needed) {
        if !evict() { preemptLeastEntitled(&plan) }
      }
      if planner.phase(of: id) == .writing { cache.promise(needed, to: id) }
    }
  }

  /// Adds texts to be read to `plan`, and takes waiting requests into the cache.
  func addReaders(to plan: inout StepPlan) {
    while let id = planner.nextReader(plan), let job = jobs[id] {
      if planner.phase(of: id) == .waiting {
        guard planner.hasPlace(for: id) else {
          planner.refuseTeam(of: id, in: &plan)
          continue
        }
        guard admit(job, &plan) else {
          planner.refuse(id, in: &plan)
          continue
        }
      }
      guard let timeline = job.timeline else { break }
      let count = job.outstandingCount
      let needed = timeline.pagesNeeded(toAppend: min(count, plan.promptBudget))
      while planner.phase(of: id) == .reading, !cache.fits(needed) {
        if !evict() { preemptLeastEntitled(&plan) }
      }
      guard planner.phase(of: id) == .reading else { continue }
      cache.promise(needed, to: id)
      planner.read(
        id,
        count: count,
        freeCount: max(0, job.paidCount - timeline.count),
        in: &plan
      )
    }
  }

  /// Takes a waiting request into the cache if all of its text fits, beside what is read already.
  private func admit(_ job: BatchJob, _ plan: inout StepPlan) -> Bool {
    let start = cache.start(for: job) { jobs[$0] }
    let needed = cache.pagesNeeded(start.timeline, toReach: job.text.count)
    while !cache.fits(plus(needed, reserved())) {
      if evict() { continue }
      guard let victim = victim(for: job, taking: needed) else { return false }
      preempt(victim, &plan)
    }
    figures.wastedTokens += job.begin(start.timeline, divergence: start.divergence)
    cache.noteUse(of: start, by: job)
    if start.timeline.count > 0 { figures.prefixHits += 1 } else { figures.prefixMisses += 1 }
    figures.cachedTokens += start.timeline.count
    planner.move(job.id, to: .reading)
    return true
  }

  /// The pages that texts which are being read will need, and some for those that grow.
  private func reserved() -> [Int] {
    let writers = planner.writerCount
    var result = cache.pages.pageLimits.map { min(writers, $0 / 16) }
    for id in planner.readers {
      guard let job = jobs[id], let timeline = job.timeline else { continue }
      result = plus(result, cache.pagesNeeded(timeline, toReach: job.text.count, of: id))
    }
    return result
  }

  /// Gives back the pages of the finished text that was not used for the longest time; false if there is none.
  private func evict() -> Bool {
    guard cache.evict() else { return false }
    figures.evictions += 1
    return true
  }

  // MARK: Leaving

  private func preempt(_ job: BatchJob, _ plan: inout StepPlan) {
    planner.withdraw(job.id, from: &plan)
    planner.move(job.id, to: .waiting)
    job.leave()
    cache.leave(job)
    figures.preemptions += 1
  }

  /// Preempts the sequence with the least claim to its pages: of the team that holds most for its weight, the
  /// least priority, the youngest.
  func preemptLeastEntitled(_ plan: inout StepPlan) {
    let residents = jobs.values.filter { $0.timeline != nil }
    let shares = self.shares(residents)
    let victim = residents.max { a, b in
      let (x, y) = (shares[a.party.team] ?? 0, shares[b.party.team] ?? 0)
      if x != y { return x < y }
      return Self.isKeptBefore(b, a)
    }
    if let victim { preempt(victim, &plan) }
  }

  /// Who must leave for `job` to take `needed` pages: someone of less priority in its team, or of a team that
  /// holds more for its weight, even afterwards.
  private func victim(for job: BatchJob, taking needed: [Int]) -> BatchJob? {
    let residents = jobs.values.filter { $0.timeline != nil }
    let shares = self.shares(residents)
    let weight = planner.times.weight(of: job.party.team)
    let share = (shares[job.party.team] ?? 0) + cache.byteCount(needed) / weight
    let candidates = residents.filter { other in
      if other.party.team == job.party.team { return other.party.priority < job.party.priority }
      guard let timeline = other.timeline, let otherShare = shares[other.party.team] else {
        return false
      }
      let given = cache.byteCount(timeline.pageCounts)
      return otherShare - given / planner.times.weight(of: other.party.team) >= share
    }
    return candidates.max { a, b in
      let (x, y) = (shares[a.party.team] ?? 0, shares[b.party.team] ?? 0)
      if x != y { return x < y }
      return Self.isKeptBefore(b, a)
    }
  }

  /// Whether `a` stays rather than `b`, if their teams have equal claims.
  private static func isKeptBefore(_ b: BatchJob, _ a: BatchJob) -> Bool {
    if a.party.team != b.party.team { return a.party.team > b.party.team }
    if a.party.priority != b.party.priority { return a.party.priority > b.party.priority }
    return a.id < b.id
  }

  /// Bytes held by each team for its weight.
  private func shares(_ residents: [BatchJob]) -> [String: Double] {
    var result: [String: Double] = [:]
    for job in residents {
      guard let timeline = job.timeline else { continue }
      let weight = planner.times.weight(of: job.party.team)
      result[job.party.team, default: 0] += cache.byteCount(timeline.pageCounts) / weight
    }
    return result
  }

  private func plus(_ a: [Int], _ b: [Int]) -> [Int] { zip(a, b).map { $0 + $1 } }
}
