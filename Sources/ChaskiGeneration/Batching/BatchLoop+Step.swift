// Owns: computing one step and choosing its tokens.

import ChaskiLayers
import ChaskiModels
import ChaskiTensors

extension BatchLoop {
  /// Computes `plan`, and ends the answers that it completes.
  func compute(_ plan: StepPlan) {
    let endTurn = beginTurn()
    defer { endTurn() }
    let start = ContinuousClock.now
    let parts = self.parts(of: plan)
    do {
      let inputs = parts.map { part -> Step.Input? in
        let first = part.tokens.count - part.rows.count
        return part.job.timeline?.input(part.tokens, logits: first..<part.tokens.count)
      }
      let step = try model.architecture.step(inputs.compactMap { $0 }, on: model.backend)
      let hidden = model.architecture.hidden(step, on: model.backend)
      let output = model.architecture.logits(
        ofRows: step.logitRows,
        in: hidden,
        on: model.backend
      )
      for part in parts { part.job.noteRead(upTo: part.position + part.tokens.count) }
      StepPart.pool(parts, hidden, model)
      StepPart.choose(parts, output, on: model.backend)
    } catch {
      recover(from: error, parts)
      return
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    note(parts, plan, seconds)
    for part in parts { conclude(part, .seconds(seconds)) }
    // From the first token on the disk may be busy: nobody waits for the start any more.
    model.weightSaving?.begin()
  }

  private func parts(of plan: StepPlan) -> [StepPart] {
    var parts: [StepPart] = []
    var tokenCount = 0
    var rows = 0
    let pieces = plan.pieces.map { ($0.id, $0.count) }
    for (id, count) in plan.rows.map({ ($0, 1) }) + pieces {
      guard let job = jobs[id], let timeline = job.timeline else { continue }
      let position = timeline.count
      let isComplete = position + count == job.text.count
      let rowCount = job.wantsPromptLogprobs ? count : isComplete && job.choosesToken ? 1 : 0
      let pooled = job.request.pooling.map {
        PooledStates.rows($0, position: position, count: count, length: job.text.count)
      }
      parts.append(
        StepPart(
          job: job,
          tokens: Array(job.text[position..<position + count]),
          position: position,
          rows: rows..<rows + rowCount,
          isComplete: isComplete,
          pooledRows: (pooled ?? 0..<0).map { tokenCount + $0 }
        )
      )
      tokenCount += count
      rows += rowCount
    }
    return parts
  }

  private func note(_ parts: [StepPart], _ plan: StepPlan, _ seconds: Double) {
    let total = parts.reduce(0) { $0 + $1.tokens.count }
    pace.note(rows: plan.rows.count, promptTokens: total - plan.rows.count, seconds: seconds)
    size.note(rows: plan.rows.count, seconds: seconds)
    planner.setRows(size.rows)
    figures.stepCount += 1
    figures.busySeconds += seconds
    figures.decodeTokens += plan.rows.count
    figures.prefillTokens += total - plan.rows.count
    figures.batchRows[plan.rows.count] += 1
    for part in parts {
      figures.wastedSeconds += part.job.noteStep(
        part.tokens,
        seconds: seconds * Double(part.tokens.count) / Double(max(total, 1))
      )
      cache.noteStep(of: part.job)
    }
  }

  private func conclude(_ part: StepPart, _ duration: Duration) {
    let job = part.job
    if let failure = job.failure { return fail(job, failure) }
    if let reason = job.finishReason { return end(job, reason) }
    job.tell(expecting: duration)
    guard part.isComplete else { return }
    if job.timeline?.needsOtherRegime(forLength: job.text.count) == true {
      // All of the text is computed again as the beginning of a longer one.
      job.promptLength = max(job.promptLength, job.text.count)
      job.parent = nil
      cache.leave(job)
      planner.move(job.id, to: .waiting)
    } else {
      planner.move(job.id, to: .writing)
    }
  }

  /// A step that could not begin leaves all sequences as they were: pages are given back until one can.
  private func recover(from error: any Error, _ parts: [StepPart]) {
    if cache.finishedCount > 0 {
      while cache.evict() { figures.evictions += 1 }
    } else if parts.count > 1 {
      var none = StepPlan()
      preemptLeastEntitled(&none)
    } else if let job = parts.first?.job {
      fail(job, error)
    }
  }
}
