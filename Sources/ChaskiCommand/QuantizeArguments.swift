// Owns: the options that choose types. Does not own: the choice (ChaskiQuantization).

import ArgumentParser
import ChaskiCheckpoints
import ChaskiQuantization
import ChaskiTensors

/// Which type each tensor gets.
struct QuantizeArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: "Bits a weight may take over the whole model, in place of a mix."
  )
  var bitsPerWeight: Double?

  @Option(help: "An importance matrix, from `chaski imatrix` or llama.cpp's imatrix.")
  var imatrix: String?

  @Flag(help: "Give every tensor the mix's main type.")
  var pure = false

  @Option(help: "The type of the output projection.")
  var outputType: String?

  @Option(help: "The type of the input embedding.")
  var embeddingType: String?

  @Option(
    name: [.customLong("tensor-type")],
    help: "PART=TYPE: the type of tensors whose names contain PART; may be repeated."
  )
  var tensorTypes: [String] = []

  /// Throws unless the options fit together.
  func check(mix: String?) throws {
    switch (mix, bitsPerWeight) {
    case (nil, nil):
      throw ValidationError("Name a mix, such as Q4_K_M, or give --bits-per-weight.")
    case (.some, .some):
      throw ValidationError("Give a mix or --bits-per-weight, not both.")
    case (.some(let name), nil):
      guard QuantizationMix(name: name) != nil else {
        throw ValidationError(
          QuantizationError.unknownType(
            name: name,
            known: QuantizationMix.allCases.map(\.rawValue)
          ).description
        )
      }
    case (nil, .some(let bits)):
      guard bits > 0, bits <= 32, !pure else {
        throw ValidationError("--bits-per-weight \(bits): use a number up to 32, without --pure.")
      }
    }
    _ = try exceptions()
    _ = try outputType.map(Self.type)
    _ = try embeddingType.map(Self.type)
  }

  /// The types of all tensors of `source`, and the number that the file says them by.
  func plans(
    for source: any Checkpoint,
    mix name: String?,
    importance: ImportanceMatrix?,
    on backend: CPUBackend,
    progress: (_ index: Int, _ count: Int) -> Void
  ) throws -> (plans: [TensorPlan], fileType: UInt32) {
    let tensors = source.tensors.map { TensorDescription($0) }
    guard let mix = name.flatMap({ QuantizationMix(name: $0) }) else {
      var planner = SizePlanner(bitsPerWeight: bitsPerWeight ?? 32)
      planner.importance = importance
      planner.exceptions = try exceptions() + namedExceptions()
      let plans = try planner.plan(source, tensors, on: backend, progress: progress)
      return (plans, Self.fileType(of: plans))
    }
    var planner = TypePlanner(mix: mix)
    planner.isPure = pure
    planner.outputType = try outputType.map(Self.type)
    planner.embeddingType = try embeddingType.map(Self.type)
    planner.exceptions = try exceptions()
    let facts = try ModelFacts(source, hasImportance: importance != nil)
    return (planner.plan(tensors, facts: facts), mix.fileType)
  }

  /// The mix named after the type that most weights have.
  private static func fileType(of plans: [TensorPlan]) -> UInt32 {
    var counts: [ElementType: Int] = [:]
    for plan in plans { counts[plan.type, default: 0] += plan.tensor.elementCount }
    let most = counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }
    return most.flatMap { QuantizationMix(mostly: $0.key)?.fileType } ?? 0
  }

  private func namedExceptions() throws -> [TypeException] {
    var named: [TypeException] = []
    if let outputType {
      named.append(TypeException(part: "output.weight", type: try Self.type(outputType)))
    }
    if let embeddingType {
      named.append(TypeException(part: "token_embd.weight", type: try Self.type(embeddingType)))
    }
    return named
  }

  private func exceptions() throws -> [TypeException] {
    try tensorTypes.map { text in
      let parts = text.split(separator: "=", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw ValidationError("--tensor-type \(text): write PART=TYPE, such as ffn_down=Q5_K.")
      }
      return TypeException(part: String(parts[0]), type: try Self.type(String(parts[1])))
    }
  }

  private static func type(_ name: String) throws -> ElementType {
    guard let type = ElementType(name: name), type.computes else {
      throw ValidationError(
        QuantizationError.unknownType(
          name: name,
          known: ElementType.allCases.filter(\.computes).map(\.name)
        ).description
      )
    }
    return type
  }
}
