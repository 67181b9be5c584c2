// Owns: writing a model anew. Does not own: the blocks (QuantizeBlocksTests), the types (MixTests).

import ChaskiCheckpoints
import ChaskiFiles
import ChaskiQuantization
import ChaskiTensors
import Foundation
import Testing

struct QuantizerTests {
  private func plans(
    _ source: any Checkpoint,
    _ mix: QuantizationMix
  ) throws -> [TensorPlan] {
    TypePlanner(mix: mix).plan(
      source.tensors.map { TensorDescription($0) },
      facts: try ModelFacts(source, hasImportance: false)
    )
  }

  @Test func `keys and tensors are kept, and the file says its type`() throws {
    let model = try SmallModel()
    let source = try openCheckpoint(model.path)
    let quantizer = Quantizer(
      source: source,
      plans: try plans(source, .q4_K_M),
      fileType: QuantizationMix.q4_K_M.fileType
    )
    let output = model.file("q4.gguf")
    _ = try quantizer.write(to: output, on: try CPUBackend(threadCount: 2))
    let result = try GGUFFile(path: output)
    #expect(result.tensors.map(\.name) == source.tensors.map(\.name))
    #expect(result.tensors.map(\.dimensions) == source.tensors.map(\.dimensions))
    #expect(result.tensors.map(\.type) == quantizer.plans.map(\.type))
    #expect(result.tensors.map(\.type).contains(.q4_K))
    #expect(try result.metadata.string("general.name") == "small")
    #expect(try result.metadata.int("general.file_type") == 15)
    #expect(try result.metadata.int("general.quantization_version") == 2)
    #expect(try result.metadata.stringArray("tokenizer.ggml.tokens")?.ends == [1, 2])
    #expect(!result.metadata.contains("split.count"))
  }

  @Test(arguments: [QuantizationMix.q8_0, .q6_K, .q4_K_M, .f16, .bf16])
  func `what is read back is what the error says`(mix: QuantizationMix) throws {
    let model = try SmallModel()
    let source = try openCheckpoint(model.path)
    var quantizer = Quantizer(
      source: source,
      plans: try plans(source, mix),
      fileType: mix.fileType
    )
    quantizer.isMeasured = true
    let output = model.file("out.gguf")
    let outcomes = try quantizer.write(to: output, on: try CPUBackend(threadCount: 2))
    for (outcome, tensor) in zip(outcomes, source.tensors) {
      let before = try SmallModel.weights(tensor.name, in: model.path)
      let after = try SmallModel.weights(tensor.name, in: output)
      let error = zip(before, after).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
      if outcome.plan.isConverted {
        let found = try #require(outcome.error)
        #expect(found.weightCount == before.count)
        #expect(abs(found.squaredError - error) <= 1e-9 + 1e-6 * error)
        #expect(found.relative < 0.02)
      } else {
        #expect(error == 0)
        #expect(outcome.error == nil)
      }
    }
  }

  @Test(arguments: [1, 2, 3])
  func `the file is the same for every number of threads`(threads: Int) throws {
    let model = try SmallModel()
    let source = try openCheckpoint(model.path)
    let quantizer = Quantizer(source: source, plans: try plans(source, .q3_K_M), fileType: 12)
    var files: [Data] = []
    for count in [1, threads] {
      let output = model.file("out\(count).gguf")
      _ = try quantizer.write(to: output, on: try CPUBackend(threadCount: count))
      files.append(try Data(contentsOf: URL(filePath: output)))
    }
    #expect(files[0] == files[1])
  }

  @Test func `each expert has its own importance`() throws {
    let model = try SmallModel()
    let source = try openCheckpoint(model.path)
    let name = "blk.0.ffn_down_exps.weight"
    var importance = ImportanceMatrix()
    var sums = [Float](repeating: 1, count: 3 * 256)
    // The second expert's first columns are all that counts.
    for column in 0..<32 { sums[256 + column] = 1000 }
    importance.entries[name] = .init(sums: sums, counts: [10, 10, 10])
    var planner = TypePlanner(mix: .q4_K_M)
    planner.isPure = true
    let plans = planner.plan(
      source.tensors.map { TensorDescription($0) },
      facts: try ModelFacts(source, hasImportance: true)
    )
    var quantizer = Quantizer(source: source, plans: plans, fileType: 15)
    let backend = try CPUBackend(threadCount: 1)
    _ = try quantizer.write(to: model.file("plain.gguf"), on: backend)
    quantizer.importance = importance
    _ = try quantizer.write(to: model.file("weighted.gguf"), on: backend)
    let before = try SmallModel.weights(name, in: model.path)
    let plain = try SmallModel.weights(name, in: model.file("plain.gguf"))
    let weighted = try SmallModel.weights(name, in: model.file("weighted.gguf"))
    let matrix = 4 * 256
    #expect(plain[..<matrix] == weighted[..<matrix])
    #expect(plain[matrix..<2 * matrix] != weighted[matrix..<2 * matrix])
    #expect(plain[(2 * matrix)...] == weighted[(2 * matrix)...])
    func error(_ values: [Float]) -> Double {
      (0..<4).reduce(0.0) { sum, row in
        (0..<32).reduce(sum) {
          let place = matrix + row * 256 + $1
          let rest = Double(values[place] - before[place])
          return $0 + rest * rest
        }
      }
    }
    #expect(error(weighted) < error(plain))
  }

  @Test func `a broken number is refused by tensor and row, and nothing is left behind`() throws {
    let model = try SmallModel()
    var writer = GGUFWriter()
    writer.add("general.architecture", .text("llama"))
    writer.addTensor("blk.0.attn_q.weight", .f32, dimensions: [256, 3])
    let broken = model.file("broken.gguf")
    try writer.write(to: broken) { _ throws(FileError) in
      var bytes = [UInt8](repeating: 0, count: 3 * 1024)
      bytes.replaceSubrange(2 * 1024..<2 * 1024 + 4, with: [0, 0, 0xc0, 0x7f])
      return bytes
    }
    let source = try openCheckpoint(broken)
    let quantizer = Quantizer(source: source, plans: try plans(source, .q4_K_M), fileType: 15)
    #expect(
      throws: TensorError.weightOutOfRange(tensor: "blk.0.attn_q.weight", row: 2, type: "Q4_K")
    ) {
      try quantizer.write(to: model.file("never.gguf"), on: try CPUBackend(threadCount: 1))
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: model.folder.path)
    #expect(!names.contains { $0.hasPrefix("never") })
  }

  @Test func `a size in bits a weight is kept, and more bits leave less error`() throws {
    let model = try SmallModel()
    let source = try openCheckpoint(model.path)
    let tensors = source.tensors.map { TensorDescription($0) }
    let backend = try CPUBackend(threadCount: 1)
    var before = Double.infinity
    for bits in [4.0, 5.0, 7.0, 9.0] {
      let plans = try SizePlanner(bitsPerWeight: bits).plan(source, tensors, on: backend)
      let bytes = plans.reduce(0) { $0 + $1.byteCount }
      let weights = tensors.reduce(0) { $0 + $1.elementCount }
      #expect(Double(bytes * 8) <= bits * Double(weights))
      var quantizer = Quantizer(source: source, plans: plans, fileType: 15)
      quantizer.isMeasured = true
      let outcomes = try quantizer.write(to: model.file("out.gguf"), on: backend)
      let error = outcomes.reduce(0.0) { $0 + ($1.error?.relative ?? 0) }
      #expect(error < before)
      before = error
    }
  }

  @Test func `a receipt is filled into the file in place`() throws {
    let model = try SmallModel()
    let source = try openCheckpoint(model.path)
    var receipt = QualityReceipt(parent: "small.gguf", text: "a text", window: 256)
    var quantizer = Quantizer(source: source, plans: try plans(source, .q8_0), fileType: 7)
    quantizer.extraKeys = receipt.keys
    let output = model.file("out.gguf")
    _ = try quantizer.write(to: output, on: try CPUBackend(threadCount: 1))
    #expect(try QualityReceipt(openCheckpoint(output)) == nil)
    let size = try GGUFFile(path: output).parts[0].byteCount
    let weights = try SmallModel.weights("output.weight", in: output)
    receipt.tokens = 77
    receipt.perplexity = 12.5
    receipt.parentPerplexity = 12.25
    receipt.divergence = 0.001
    receipt.agreement = 0.96875
    try receipt.fill(in: output)
    #expect(try QualityReceipt(openCheckpoint(output)) == receipt)
    #expect(try GGUFFile(path: output).parts[0].byteCount == size)
    #expect(try SmallModel.weights("output.weight", in: output) == weights)
    // Made again from it, a model does not inherit it.
    let again = try openCheckpoint(output)
    let copy = Quantizer(source: again, plans: try plans(again, .q4_0), fileType: 2)
    _ = try copy.write(to: model.file("again.gguf"), on: try CPUBackend(threadCount: 1))
    #expect(try QualityReceipt(openCheckpoint(model.file("again.gguf"))) == nil)
    #expect(throws: FileError.self) { try receipt.fill(in: model.path) }
  }
}
