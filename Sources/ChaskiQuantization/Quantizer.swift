// Owns: writing a model anew with other types, tensor by tensor.
// Does not own: which types (TypePlanner, SizePlanner), the numbers in the blocks (ChaskiKernels).

package import ChaskiCheckpoints
package import ChaskiFiles
package import ChaskiTensors

/// Writes a model as GGUF, each tensor with the type that its plan says.
///
/// Rows are read, converted and written a few megabytes at a time. Tensors whose type stays are copied.
package struct Quantizer: Sendable {
  /// How far the work has come.
  package struct Progress: Sendable {
    /// The tensor at work.
    package let plan: TensorPlan
    /// Its number, from 0, and how many there are.
    package let index: Int
    package let count: Int
    /// Bytes read so far, of all tensors.
    package let byteCount: Int
  }

  /// What became of a tensor.
  package struct Outcome: Sendable {
    package let plan: TensorPlan
    /// The error of its weights, if it was converted and measured.
    package let error: ConversionError?
  }

  /// The model as it is.
  package let source: any Checkpoint
  /// What becomes of each of its tensors, in their order.
  package let plans: [TensorPlan]
  /// The value of `general.file_type`.
  package let fileType: UInt32
  /// How much columns matter, if that is known.
  package var importance: ImportanceMatrix?
  /// Keys to be added, in order; they replace those of the source.
  package var extraKeys: [(name: String, value: GGUFValue)] = []
  /// Whether errors are measured.
  package var isMeasured = false

  /// A quantiser of `source`, whose tensors `plans` are about.
  package init(source: any Checkpoint, plans: [TensorPlan], fileType: UInt32) {
    precondition(plans.count == source.tensors.count, "a plan for each tensor")
    self.source = source
    self.plans = plans
    self.fileType = fileType
  }

  /// Bytes of the result's tensors.
  package var byteCount: Int { plans.reduce(0) { $0 + $1.byteCount } }

  /// About so many bytes of a tensor are in memory at a time, before and after.
  private static let sliceByteCount = 32 << 20

  /// Writes the result to `path`, replacing a file of that name only when all is written.
  ///
  /// - Throws: `FileError`, `TensorError`, `QuantizationError`, or `CancellationError` between two slices.
  package func write(
    to path: String,
    on backend: CPUBackend,
    progress: (Progress) -> Void = { _ in }
  ) throws -> [Outcome] {
    for plan in plans where plan.isConverted && !plan.tensor.type.computes {
      throw QuantizationError.unreadableTensor(
        name: plan.tensor.name,
        type: plan.tensor.type.name
      )
    }
    var output = try GGUFOutput(try header(), path: path)
    var outcomes: [Outcome] = []
    var byteCount = 0
    for (index, plan) in plans.enumerated() {
      let tensor = source.tensors[index]
      let error = try convert(tensor, plan, to: &output, on: backend) { read in
        byteCount += read
        progress(
          Progress(plan: plan, index: index, count: plans.count, byteCount: byteCount)
        )
      }
      outcomes.append(Outcome(plan: plan, error: plan.isConverted && isMeasured ? error : nil))
    }
    try output.finish()
    return outcomes
  }

  /// Converts one tensor, slice by slice; a slice lies in one matrix, because importances are a matrix's.
  private func convert(
    _ tensor: CheckpointTensor,
    _ plan: TensorPlan,
    to output: inout GGUFOutput,
    on backend: CPUBackend,
    didRead: (Int) -> Void
  ) throws -> ConversionError {
    let description = plan.tensor
    var conversion = RowConversion(
      name: tensor.name,
      source: tensor.type,
      target: plan.type,
      columns: description.columns
    )
    conversion.isMeasured = isMeasured
    let rowByteCount = conversion.sourceRowByteCount
    let rowsPerSlice = max(1, Self.sliceByteCount / rowByteCount)
    var error = ConversionError()
    var bytes: [UInt8] = []
    for matrix in 0..<description.rows / description.rowsPerMatrix {
      conversion.importance =
        plan.isConverted ? try importance?.importance(of: description, matrix: matrix) : nil
      let start = matrix * description.rowsPerMatrix
      let end = start + description.rowsPerMatrix
      for first in stride(from: start, to: end, by: rowsPerSlice) {
        try Task.checkCancellation()
        let rows = first..<min(first + rowsPerSlice, end)
        bytes.removeAll(keepingCapacity: true)
        source.append(rows, of: tensor, to: &bytes)
        if plan.isConverted {
          let converted = try backend.convert(bytes, conversion, firstRow: first)
          error += converted.error
          try output.append(converted.rows)
        } else {
          try output.append(bytes)
        }
        source.adviseDropped(rows, of: tensor)
        didRead(bytes.count)
      }
    }
    return error
  }

  // MARK: Metadata

  /// The result's keys and tensors.
  private func header() throws -> GGUFWriter {
    var writer = GGUFWriter()
    let own: [(name: String, value: GGUFValue)] =
      [
        ("general.quantization_version", .uint32(2)),
        ("general.file_type", .uint32(fileType)),
      ] + importanceKeys() + extraKeys
    let replaced = Set(own.map(\.name))
    for key in source.keys where !replaced.contains(key) && !Self.isDropped(key) {
      guard let value = try source.value(key, maximumElements: .max) else { continue }
      writer.add(key, value)
    }
    for key in own { writer.add(key.name, key.value) }
    for plan in plans {
      writer.addTensor(plan.tensor.name, plan.type, dimensions: plan.tensor.dimensions)
    }
    return writer
  }

  /// Keys that are about the source's file and not about the model.
  private static func isDropped(_ key: String) -> Bool {
    key.hasPrefix("split.") || key.hasPrefix("quantize.imatrix.")
      || key.hasPrefix("chaski.receipt.")
  }

  /// What the importance matrix was, by llama.cpp's keys.
  private func importanceKeys() -> [(name: String, value: GGUFValue)] {
    guard let importance else { return [] }
    var keys: [(name: String, value: GGUFValue)] = [
      ("quantize.imatrix.entries_count", .uint32(UInt32(clamping: importance.entries.count)))
    ]
    if let dataset = importance.datasets.first {
      keys.append(("quantize.imatrix.dataset", .text(dataset)))
    }
    if importance.chunkCount > 0 {
      keys.append(
        ("quantize.imatrix.chunks_count", .uint32(UInt32(clamping: importance.chunkCount)))
      )
    }
    return keys
  }
}
