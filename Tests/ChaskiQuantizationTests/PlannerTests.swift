// Owns: the choice of types. Does not own: the mixes as llama.cpp has them (MixTests).

import ChaskiQuantization
import ChaskiTensors
import Testing

struct PlannerTests {
  private typealias Candidate = SizePlanner.Candidate

  @Test func `a size in between takes the steps that gain most for a byte`() throws {
    let candidates: [[Candidate]] = [
      [
        Candidate(type: .q2_K, byteCount: 100, cost: 10),
        Candidate(type: .q4_K, byteCount: 200, cost: 2),
        Candidate(type: .q8_0, byteCount: 400, cost: 0),
      ],
      [
        Candidate(type: .q2_K, byteCount: 100, cost: 3),
        Candidate(type: .q4_K, byteCount: 200, cost: 1),
      ],
    ]
    // 1000 weights: 3.2 bits are 400 bytes, 2.4 bits 300.
    let larger = try SizePlanner.choose(candidates, elementCount: 1000, bitsPerWeight: 3.2)
    #expect(larger == [.q4_K, .q4_K])
    let smaller = try SizePlanner.choose(candidates, elementCount: 1000, bitsPerWeight: 2.4)
    #expect(smaller == [.q4_K, .q2_K])
    let least = try SizePlanner.choose(candidates, elementCount: 1000, bitsPerWeight: 1.6)
    #expect(least == [.q2_K, .q2_K])
    let all = try SizePlanner.choose(candidates, elementCount: 1000, bitsPerWeight: 32)
    #expect(all == [.q8_0, .q4_K])
  }

  @Test func `types that another beats in size and error are never chosen`() throws {
    let candidates: [[Candidate]] = [
      [
        Candidate(type: .q4_0, byteCount: 180, cost: 5),
        Candidate(type: .q2_K, byteCount: 100, cost: 6),
        Candidate(type: .q3_K, byteCount: 110, cost: 4),
      ]
    ]
    for bits in [0.8, 0.9, 1, 2] {
      let types = try SizePlanner.choose(candidates, elementCount: 1000, bitsPerWeight: bits)
      #expect(types == (bits < 0.88 ? [.q2_K] : [.q3_K]))
    }
  }

  @Test func `a size that nothing has is refused with the least there is`() {
    let candidates: [[Candidate]] = [[Candidate(type: .q2_K, byteCount: 328, cost: 1)]]
    #expect(throws: QuantizationError.tooFewBits(asked: 2, least: 2.63)) {
      try SizePlanner.choose(candidates, elementCount: 1000, bitsPerWeight: 2)
    }
  }

  @Test(arguments: [
    (ElementType.q4_K, 256, ElementType.q4_K), (.q4_K, 576, .q5_0), (.q6_K, 576, .q8_0),
    (.q5_K, 96, .q5_1), (.q3_K, 32, .q4_0), (.q2_K, 64, .q4_0), (.iq4_XS, 96, .iq4_NL),
    (.q4_K, 100, .f16), (.q8_0, 100, .f16), (.f16, 7, .f16), (.tq1_0, 288, .q4_0),
  ])
  func `rows that blocks do not divide get another type`(
    wanted: ElementType,
    columns: Int,
    type: ElementType
  ) {
    #expect(wanted.fallback(columns: columns) == type)
  }

  @Test func `norms, routers and vectors keep their types`() {
    let tensors = [
      ("blk.0.attn_norm.weight", [256]), ("blk.0.ffn_gate_inp.weight", [256, 8]),
      ("blk.0.attn_q_norm.weight", [256, 2]), ("blk.0.attn_q.bias", [256, 4]),
      ("position_embd.weight", [256, 64]), ("blk.1.attn_q.weight", [256, 1]),
      ("rope_freqs.weight", [64]),
    ].map { TensorDescription(name: $0.0, type: .f32, dimensions: $0.1) }
    let facts = ModelFacts(architecture: "llama", blockCount: 2)
    for mix in QuantizationMix.allCases {
      #expect(TypePlanner(mix: mix).plan(tensors, facts: facts).allSatisfy { $0.type == .f32 })
    }
  }

  @Test func `exceptions and pure plans overrule the mix`() {
    let tensors = [
      ("token_embd.weight", [256, 64]), ("blk.0.attn_v.weight", [256, 256]),
      ("blk.0.ffn_down.weight", [256, 256]), ("output.weight", [256, 64]),
    ].map { TensorDescription(name: $0.0, type: .f16, dimensions: $0.1) }
    let facts = ModelFacts(architecture: "llama", blockCount: 1)
    var planner = TypePlanner(mix: .q4_K_M)
    #expect(planner.plan(tensors, facts: facts).map(\.type) == [.q4_K, .q6_K, .q6_K, .q6_K])
    planner.isPure = true
    #expect(planner.plan(tensors, facts: facts).map(\.type) == [.q4_K, .q4_K, .q4_K, .q4_K])
    planner.outputType = .q8_0
    planner.embeddingType = .q5_K
    planner.exceptions = [TypeException(part: "ffn_down", type: .f16)]
    #expect(planner.plan(tensors, facts: facts).map(\.type) == [.q5_K, .q4_K, .f16, .q8_0])
  }

  @Test(arguments: QuantizationMix.allCases)
  func `a mix is found by its name in any case`(mix: QuantizationMix) {
    #expect(QuantizationMix(name: mix.rawValue.lowercased()) == mix)
  }

  @Test func `short names mean the middle mix of their kind`() {
    #expect(QuantizationMix(name: "q4_k") == .q4_K_M)
    #expect(QuantizationMix(name: "Q3_K") == .q3_K_M)
    #expect(QuantizationMix(name: "IQ2_XXS") == nil)
  }
}
