import ChaskiTestSupport
import ChaskiEvaluation
import ChaskiFiles
import ChaskiGeneration
import ChaskiTensors
import ChaskiTokenizers
import Foundation
import Testing

/// How far one model is from another.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct DivergenceTests {
  private static let text = Array(
    String(repeating: "Once upon a time, there was a little girl named Lily. ", count: 20).utf8
  )

  private var options: DivergenceOptions {
    var options = DivergenceOptions()
    options.windowLength = 64
    options.windowLimit = 3
    return options
  }

  private static let parentPath = Shared.url("data/stories260K/stories260K.gguf").path

  private func model(_ path: String) async throws -> LanguageModel {
    try await LanguageModel.load(path: path, on: CPUBackend(threadCount: 1))
  }

  /// The parent with one bit of mantissa left of each weight of its matrices.
  private func child() async throws -> LanguageModel {
    try await TemporaryLog.with { path in
      var bytes = try Data(contentsOf: URL(filePath: Self.parentPath))
      for tensor in try GGUFFile(path: Self.parentPath).tensors where tensor.dimensions.count > 1 {
        for weight in stride(from: tensor.offset, to: tensor.byteRange.upperBound, by: 4) {
          bytes[weight] = 0
          bytes[weight + 1] = 0
          bytes[weight + 2] &= 0xC0
        }
      }
      try bytes.write(to: URL(filePath: path))
      return try await model(path)
    }
  }

  /// The log-probabilities of all positions of a window, in double precision.
  private func logProbabilities(
    _ tokens: [Int32],
    _ model: LanguageModel
  ) async throws -> [[Double]] {
    let rows = Collected<[Double]>()
    try await InferenceEngine(model: model).forEachLogits(of: tokens) { _, logits in
      let total = log(logits.reduce(0.0) { $0 + exp(Double($1)) })
      rows.append(logits.map { Double($0) - total })
    }
    return rows.all
  }

  @Test func `figures are those computed by hand from both models' logits`() async throws {
    let parent = try await model(Self.parentPath)
    let child = try await child()
    let tokenizer = try parent.requireTokenizer()
    let found = try await Divergence.measure(
      Self.text,
      of: child,
      against: parent,
      options: options
    )
    let all = tokenizer.encode(utf8: Self.text, addSpecialTokens: true, parseSpecialTokens: false)
    var (sums, same, count) = ((parent: 0.0, child: 0.0, divergence: 0.0), 0, 0)
    for window in 0..<3 {
      let targets = Array(all[window * 64..<window * 64 + 64])
      var tokens = targets
      if tokenizer.addsBOS, let bos = tokenizer.special.bos { tokens[0] = bos }
      let (p, q) = (
        try await logProbabilities(tokens, parent), try await logProbabilities(tokens, child)
      )
      for position in 32..<63 {
        let (one, other) = (p[position], q[position])
        sums.parent -= one[Int(targets[position + 1])]
        sums.child -= other[Int(targets[position + 1])]
        sums.divergence += zip(one, other).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
        same += one.firstIndex(of: one.max() ?? 0) == other.firstIndex(of: other.max() ?? 0) ? 1 : 0
        count += 1
      }
    }
    #expect(found.tokens == count)
    #expect(abs(log(found.perplexity) - sums.child / Double(count)) < 1e-5)
    #expect(abs(log(found.referencePerplexity) - sums.parent / Double(count)) < 1e-5)
    #expect(abs(found.mean - sums.divergence / Double(count)) < 1e-5)
    #expect(found.mean > 0 && found.median > 0 && found.maximum >= found.percentile99)
    #expect(abs(found.agreement - Double(same) / Double(count)) < 1e-12)
    let share = found.agreement
    #expect(
      abs(found.agreementError - (share * (1 - share) / Double(count - 1)).squareRoot()) < 1e-12
    )
  }

  @Test func `a model is at no distance from itself`() async throws {
    let model = try await model(Self.parentPath)
    let found = try await Divergence.measure(Self.text, of: model, against: model, options: options)
    #expect(found.mean == 0 && found.maximum == 0 && found.agreement == 1)
    #expect(found.perplexity == found.referencePerplexity)
  }

  @Test func `a file of logits gives what the model gives that left it`() async throws {
    let parent = try await model(Self.parentPath)
    let child = try await child()
    try await TemporaryLog.with { path in
      let perplexity = try await LogitReferenceWriter.write(
        Self.text,
        of: parent,
        to: path,
        options: options
      )
      let file = try LogitReference(path: path)
      let direct = try await Divergence.measure(
        Self.text,
        of: child,
        against: parent,
        options: options
      )
      let stored = try await Divergence.measure(of: child, against: file, options: options)
      #expect(perplexity == direct.referencePerplexity)
      #expect(stored.perplexity == direct.perplexity)
      #expect(stored.agreement == direct.agreement)
      // Half a step of 16 / 65535.
      #expect(abs(log(stored.referencePerplexity) - log(perplexity)) < 1.3e-4)
      #expect(abs(stored.mean - direct.mean) < 1.3e-4)
      let mismatch = try await model(
        Shared.url("fixtures/e2e/llama-spm/llama-spm-f16.gguf").path
      )
      await #expect(throws: EvaluationError.self) {
        try await Divergence.measure(of: mismatch, against: file, options: options)
      }
      await #expect(throws: EvaluationError.self) {
        try await Divergence.measure(Self.text, of: mismatch, against: child, options: options)
      }
    }
  }

  @Test func `a token that the reference left out has the least probability that it holds`()
    async throws
  {
    let model = try await model(Self.parentPath)
    // Text that this model does not expect at all: some of its tokens are below e^-16.
    let text = Array(String(repeating: "qz Xj 7#K ~^ vvQ \u{7} ", count: 60).utf8)
    try await TemporaryLog.with { path in
      let perplexity = try await LogitReferenceWriter.write(
        text,
        of: model,
        to: path,
        options: options
      )
      let file = try LogitReference(path: path)
      let found = try await Divergence.measure(of: model, against: file, options: options)
      #expect(found.perplexity == perplexity)
      // Less is left out than 16 nats allow, never more.
      #expect(found.referencePerplexity <= perplexity * exp(1.3e-4))
      #expect(found.referencePerplexity > 1 && found.referencePerplexity.isFinite)
      #expect(abs(found.mean) < 1.3e-4)
    }
  }
}
