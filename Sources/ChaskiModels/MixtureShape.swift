// Owns: the hyperparameters of a mixture of experts, read and checked.

import ChaskiCheckpoints
import ChaskiLayers

/// The sizes of a mixture of experts.
struct MixtureShape {
  let expertCount: Int  // X
  let chosenCount: Int
  let width: Int  // F of an expert
  let groups: ExpertGroups
  let weighting: ExpertWeighting

  /// More than any model has; a token costs as many steps to route as there are experts.
  private static let expertRange = 1...16_384

  /// Reads `expert_*`; `width` is F where the file does not say, `normalises` what weights are then.
  init(from source: ModelSource, width: Int?, normalises: Bool) throws {
    expertCount = try source.int("expert_count", in: Self.expertRange)
    chosenCount = try source.int("expert_used_count", in: 1...min(expertCount, 256))
    self.width = try source.int("expert_feed_forward_length", in: 1...(1 << 20), default: width)
    let scale = try source.float("expert_weights_scale", in: 0...1e6) ?? 1
    // Files say 0 where they mean that nothing is scaled.
    let factor = scale == 0 ? 1 : scale
    let isShared = try source.checkpoint.bool(source.key("expert_weights_norm")) ?? normalises
    weighting = isShared ? .shares(scale: factor) : .scores(scale: factor)
    groups = try Self.groups(from: source, expertCount: expertCount, chosenCount: chosenCount)
  }

  private static func groups(
    from source: ModelSource,
    expertCount: Int,
    chosenCount: Int
  ) throws -> ExpertGroups {
    let count = try source.int("expert_group_count", in: 0...expertCount, default: 1)
    guard count > 1 else { return .one }
    let used = try source.int("expert_group_used_count", in: 1...count, default: count)
    guard expertCount % count == 0, chosenCount <= expertCount / count * used else {
      throw ModelError.invalidHyperparameter(
        key: source.key("expert_group_count"),
        value: "\(count)",
        reason: "of which \(used) do not hold \(chosenCount) of \(expertCount) experts",
        file: source.path
      )
    }
    return ExpertGroups(count: count, usedCount: used)
  }
}
