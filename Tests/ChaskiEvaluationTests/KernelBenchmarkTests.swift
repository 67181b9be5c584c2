import ChaskiEvaluation
import ChaskiTensors
import Testing

/// Microbenchmarks on matrices far smaller than a measurement's.
struct KernelBenchmarkTests {
  @Test func `each type that computes is measured, one that does not is refused`() throws {
    let benchmark = try KernelBenchmark(
      on: CPUBackend(threadCount: 1),
      repetitions: 2,
      streamByteCount: 1 << 16
    )
    for type in KernelBenchmark.types {
      let figure = try benchmark.product(type)
      #expect(figure.name == type.name)
      #expect(figure.manyTokens.seconds.count == 2)
      #expect(figure.manyTokens.perSecond > 0 && figure.oneToken.share > 0)
    }
    #expect(KernelBenchmark.types.contains(.q4_K) && !KernelBenchmark.types.contains(.i8))
    #expect(throws: TensorError.self) { try benchmark.product(.i8) }
  }

  @Test(arguments: CacheType.allCases)
  func `attention is measured over each kind of cache`(type: CacheType) throws {
    let benchmark = try KernelBenchmark(
      on: CPUBackend(threadCount: 1),
      repetitions: 1,
      streamByteCount: 1 << 16
    )
    let figure = try benchmark.attention(type)
    #expect(figure.manyTokens.perSecond > 0 && figure.oneToken.perSecond > 0)
  }

  @Test func `no repetitions are refused`() throws {
    let backend = try CPUBackend(threadCount: 1)
    #expect(throws: EvaluationError.self) {
      try KernelBenchmark(on: backend, repetitions: 0)
    }
  }
}
