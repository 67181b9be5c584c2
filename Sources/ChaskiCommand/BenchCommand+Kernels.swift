// Owns: `chaski bench --kernels`.

import ArgumentParser
import ChaskiEvaluation
import ChaskiTensors

extension BenchCommand {
  /// Measures single operations on each number of threads, and prints what they reach.
  func measureKernels() throws {
    var counts = try threadCounts() ?? [1, WorkerPool.processorCount]
    if counts.count == 2, counts[0] == counts[1] { counts.removeLast() }
    var report = KernelReport()
    for count in counts {
      let backend = try ProcessorOptions.backend(threads: count)
      report.instructionSet = backend.instructionSet.rawValue
      let benchmark = try KernelBenchmark(on: backend, repetitions: repetitions)
      for type in try kernelTypes() { add(try benchmark.product(type), to: &report) }
      guard type == nil else { continue }
      for cache in CacheType.allCases { add(try benchmark.attention(cache), to: &report) }
    }
    if json {
      try Console.json(report)
    } else {
      Console.write(csv ? report.csv : report.table)
    }
  }

  /// The types that `--type` names, or all.
  func kernelTypes() throws -> [ElementType] {
    let known = KernelBenchmark.types
    guard let type else { return known }
    return try type.split(separator: ",", omittingEmptySubsequences: false).map { word in
      guard let found = known.first(where: { $0.name.lowercased() == word.lowercased() }) else {
        let names = known.map(\.name).joined(separator: ", ")
        throw ValidationError("--type \(word): use some of \(names).")
      }
      return found
    }
  }

  private func add(_ figure: KernelFigure, to report: inout KernelReport) {
    report.figures.append(figure)
    guard !json, !csv else { return }
    Console.note("\(figure.name), \(figure.threads) \(figure.threads == 1 ? "thread" : "threads")")
  }
}
