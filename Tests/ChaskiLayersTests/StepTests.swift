import ChaskiLayers
import ChaskiTensors
import Testing

/// What a step tells the layers about its rows.
struct StepTests {
  private let backend: CPUBackend
  private let pool: CachePagePool

  init() throws {
    backend = try CPUBackend(threadCount: 1)
    pool = CachePagePool(
      layout: try CacheLayout(
        layers: [CacheLayout.Layer(headCount: 1, keyWidth: 8, valueWidth: 8)],
        type: .f16
      ),
      pageLimit: 8
    )
  }

  private func step(_ inputs: [Step.Input], _ rotary: RotaryEmbedding?) throws -> Step {
    try Step(inputs, rotary: rotary, on: backend)
  }

  @Test func `positions count on from what each sequence holds`() throws {
    let (first, second) = (KVSequence(in: pool), KVSequence(in: pool))
    _ = try step([Step.Input(sequence: first, tokens: [1, 2, 3])], nil)
    let found = try step(
      [
        Step.Input(sequence: first, tokens: [4, 5]),
        Step.Input(sequence: second, tokens: [6, 7, 8], logits: 1..<3),
      ],
      nil
    )
    #expect(found.positions == [3, 4, 0, 1, 2])
    #expect(found.tokens == [4, 5, 6, 7, 8])
    #expect(found.logitRows == [1, 3, 4])
  }

  @Test func `a model without rotary positions has no angles`() throws {
    let found = try step([Step.Input(sequence: KVSequence(in: pool), tokens: [1, 2])], nil)
    #expect(found.angles.rows == 2)
    #expect(found.angles.columns == 0)
  }

  @Test func `a prompt's angles do not depend on the parts in which it is computed`() throws {
    let rotary = RotaryEmbedding(
      width: 8,
      base: 10_000,
      scaling: .dynamicNTK(factor: 2, originalContext: 4)
    )
    let tokens = (0..<10).map(Int32.init)
    let whole = try step(
      [Step.Input(sequence: KVSequence(in: pool), tokens: tokens, promptLength: 10)],
      rotary
    )
    let expected = rotary.angles(
      at: Array(0..<10),
      contextLengths: Array(repeating: 10, count: 10),
      on: backend
    ).elements()
    #expect(whole.angles.elements() == expected)
    let sequence = KVSequence(in: pool)
    let parts = try [0..<3, 3..<4, 4..<10].flatMap { range in
      try step(
        [Step.Input(sequence: sequence, tokens: Array(tokens[range]), promptLength: 10)],
        rotary
      ).angles.elements()
    }
    #expect(parts == expected)
    // What comes after the prompt has the context up to itself.
    let next = try step([Step.Input(sequence: sequence, tokens: [1], promptLength: 10)], rotary)
    let last = rotary.angles(at: [10], contextLengths: [11], on: backend)
    #expect(next.angles.elements() == last.elements())
  }
}
