// Owns: what `chaski quantize` shows while it works and when it is done.

import ChaskiCheckpoints
import ChaskiQuantization
import ChaskiTensors
import ChaskiTerminal
import Foundation
import Synchronization

/// What came of a quantisation.
struct QuantizeResult: Sendable {
  /// The file written; nil for a plan only.
  let path: String?
  let plans: [TensorPlan]
  let outcomes: [Quantizer.Outcome]
  let seconds: Double
  var receipt: QualityReceipt?

  var byteCount: Int { plans.reduce(0) { $0 + $1.byteCount } }
  var sourceByteCount: Int {
    plans.reduce(0) { $0 + $1.tensor.byteCount(as: $1.tensor.type) }
  }
  var bitsPerWeight: Double {
    Double(byteCount) * 8 / Double(max(plans.reduce(0) { $0 + $1.tensor.elementCount }, 1))
  }
}

/// Shows progress on standard error and the result on standard output.
final class QuantizeReport: Sendable {
  private struct State {
    var bar: ProgressReporter?
    var byteCount: Int64 = 0
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now
  private let isQuiet: Bool

  init(isQuiet: Bool) {
    self.isQuiet = isQuiet
  }

  /// Shows that tensor `index` is being tried.
  @inline(never)
  func showTrial(_ index: Int, of count: Int) {
    guard !isQuiet, TerminalDevice.capabilities().errorIsTerminal else { return }
    Console.status("\rtrying types: tensor \(index + 1) of \(count)\u{1B}[K")
    if index + 1 == count { Console.status("\r\u{1B}[K") }
  }

  /// Says what a person should know before it is done.
  func warn(about plans: [TensorPlan]) {
    guard !isQuiet else { return }
    let fallbacks = plans.count { $0.wanted != nil }
    if fallbacks > 0 {
      Console.note(
        "\(fallbacks) of \(plans.count) tensors have rows that their type's blocks do not divide; "
          + "they get the next one that does."
      )
    }
    let quantised = plans.count { $0.isConverted && $0.tensor.type.blockElementCount > 1 }
    if quantised > 0 {
      Console.note(
        "\(quantised) tensors are quantised already, and quantising again adds to their error: "
          + "a float model is a better source."
      )
    }
  }

  /// Shows how far the writing has come.
  // Not inlined: swiftc 6.3.1 on Linux, inlining a Mutex into an async function, keeps the address of the
  // thread's own number across an await, and unlocking on the next thread traps.
  @inline(never)
  func show(_ progress: Quantizer.Progress, of source: any Checkpoint) {
    guard !isQuiet else { return }
    let time = ContinuousClock.now - start
    let capabilities = TerminalDevice.capabilities()
    let text = state.withLock { state in
      var bar =
        state.bar
        ?? ProgressReporter(
          label: "quantising",
          totalByteCount: Int64(source.tensorByteCount),
          width: capabilities.errorIsTerminal ? capabilities.width : nil
        )
      state.byteCount = Int64(progress.byteCount)
      let text = bar.update(byteCount: state.byteCount, at: time)
      state.bar = bar
      return text
    }
    if let text { Console.status(text) }
  }

  /// Ends the bar.
  @inline(never)
  func finish() {
    let time = ContinuousClock.now - start
    let text = state.withLock { state in
      state.bar?.finish(byteCount: state.byteCount, at: time)
    }
    if let text { Console.status(text) }
  }

  // MARK: The result

  private struct Listing: Encodable {
    struct Tensor: Encodable {
      let name: String
      let from: String
      let to: String
      let byteCount: Int
      let rootMeanSquareError: Double?
      let relativeError: Double?
    }

    let path: String?
    let byteCount: Int
    let sourceByteCount: Int
    let bitsPerWeight: Double
    let seconds: Double
    let receipt: QualityReceipt?
    let tensors: [Tensor]
  }

  /// Prints the types chosen and the size.
  func show(_ result: QuantizeResult, asJSON: Bool) throws {
    let errors = result.outcomes.map(\.error)
    if asJSON {
      return try Console.json(
        Listing(
          path: result.path,
          byteCount: result.byteCount,
          sourceByteCount: result.sourceByteCount,
          bitsPerWeight: result.bitsPerWeight,
          seconds: result.seconds,
          receipt: result.receipt,
          tensors: result.plans.enumerated().map { index, plan in
            let error = index < errors.count ? errors[index] : nil
            return Listing.Tensor(
              name: plan.tensor.name,
              from: plan.tensor.type.name,
              to: plan.type.name,
              byteCount: plan.byteCount,
              rootMeanSquareError: error?.rootMeanSquare,
              relativeError: error?.relative
            )
          }
        )
      )
    }
    if result.path == nil { showPlan(result.plans) }
    showTypes(result)
    Console.line(
      String(
        format: "%.1f MB -> %.1f MB, %.3f bits a weight",
        Double(result.sourceByteCount) / 1e6,
        Double(result.byteCount) / 1e6,
        result.bitsPerWeight
      ) + (result.path.map { String(format: ", %.1f s: ", result.seconds) + $0 } ?? "")
    )
    if let receipt = result.receipt { Console.line("receipt: " + receipt.line) }
  }

  private func showPlan(_ plans: [TensorPlan]) {
    var table = TableFormatter(
      columns: [("TENSOR", .left), ("FROM", .left), ("TO", .left), ("BYTES", .right)])
    for plan in plans {
      table.add([plan.tensor.name, plan.tensor.type.name, plan.type.name, "\(plan.byteCount)"])
    }
    for line in table.lines { Console.line(TerminalSanitizer.visibleOnOneLine(line)) }
  }

  /// One line a type: how many tensors and weights have it, and the error that it left.
  private func showTypes(_ result: QuantizeResult) {
    var table = TableFormatter(
      columns: [
        ("TYPE", .left), ("TENSORS", .right), ("WEIGHTS", .right), ("RELATIVE ERROR", .right),
      ])
    for type in Set(result.plans.map(\.type)).sorted(by: { $0.rawValue < $1.rawValue }) {
      let plans = result.plans.filter { $0.type == type }
      var error = ConversionError()
      for outcome in result.outcomes where outcome.plan.type == type {
        if let part = outcome.error { error += part }
      }
      table.add([
        type.name, "\(plans.count)",
        String(format: "%.1f M", Double(plans.reduce(0) { $0 + $1.tensor.elementCount }) / 1e6),
        error.weightCount > 0 ? String(format: "%.5f %%", error.relative * 100) : "",
      ])
    }
    for line in table.lines { Console.line(line) }
  }
}
