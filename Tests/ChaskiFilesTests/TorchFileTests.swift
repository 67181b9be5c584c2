import ChaskiTestSupport
import ChaskiFiles
import Foundation
import Testing

/// Files of torch.save: the tensors of honest ones, and the refusal of all others.
struct TorchFileTests {
  private func open(_ sample: ZipSample) throws -> TorchFile {
    try withTemporaryFolder { folder in
      try TorchFile(path: folder.write(sample.bytes, as: "pytorch_model.bin"))
    }
  }

  @Test(.enabled(if: Shared.isPresent, Shared.reason))
  func `a checkpoint of torch has the tensors of its safetensors file`() throws {
    let folder = Shared.url("fixtures/models/opt-350m").path
    let torch = try TorchFile(path: folder + "/pytorch_model.bin")
    let safetensors = try SafetensorsFile(path: folder + "/model.safetensors")
    #expect(Set(torch.tensors.map(\.name)) == Set(safetensors.tensors.map(\.name)))
    for tensor in torch.tensors {
      let expected = try safetensors.requireTensor(tensor.name)
      #expect(tensor.shape == expected.shape && tensor.type == expected.type)
      #expect(tensor.floats(0..<tensor.elementCount) == (try safetensors.floats(tensor.name)))
    }
  }

  @Test(arguments: [false, true])
  func `sizes of 32 and of 64 bits are read`(isLarge: Bool) throws {
    var sample = ZipSample.model()
    sample.isLarge = isLarge
    let tensor = try #require(try open(sample).tensors.first)
    #expect(tensor.name == "w" && tensor.shape == [2])
    #expect(tensor.floats(0..<2) == [1, -2])
  }

  @Test(arguments: [
    ("os\nsystem\n", "os.system"), ("builtins\neval\n", "builtins.eval"),
    ("torch._utils\n_rebuild_tensor\n", "torch._utils._rebuild_tensor"),
  ])
  func `a pickle that calls anything else is refused by its name`(call: String, name: String) throws
  {
    let pickle = ZipSample.pickle(call: call)
    let error = try #require(throws: FileError.self) {
      try open(.model(pickle: pickle))
    }
    guard case .refusedPickle(_, let offset, let found) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found.contains(name) && offset > 0)
    #expect(error.description.contains(name))
  }

  @Test(
    arguments: [
      // INST, OBJ, NEWOBJ, EXT1, POP, DUP, BYTEARRAY8, NEXT_BUFFER, an opcode that does not exist
      0x69, 0x6F, 0x81, 0x82, 0x30, 0x32, 0x96, 0x97, 0xFF,
    ] as [UInt8]
  )
  func `an opcode that tensors do not need is refused`(opcode: UInt8) throws {
    let error = try #require(throws: FileError.self) {
      try open(.model(pickle: [0x80, 2, opcode, 0x2E]))
    }
    guard case .refusedPickle(_, _, let found) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found == "opcode 0x" + String(opcode, radix: 16))
  }

  @Test func `tensors that leave their storage, or skip in it, are refused`() throws {
    let pickles = [
      ZipSample.pickle(shape: [3]), ZipSample.pickle(first: 1), ZipSample.pickle(count: 1),
      ZipSample.pickle(strides: [2]), ZipSample.pickle(shape: [1, 2], strides: [1]),
      ZipSample.pickle(count: 200, shape: [200]), ZipSample.pickle(key: "1"),
      ZipSample.pickle(storage: "torch\nQInt8Storage\n"),
      ZipSample.pickle(storage: "torch\nDoubleStorage\n"),
    ]
    for (index, pickle) in pickles.enumerated() {
      #expect(throws: FileError.self, "\(index)") { try open(.model(pickle: pickle)) }
    }
    #expect(try open(.model(pickle: ZipSample.pickle(first: 1, shape: [1]))).tensors.count == 1)
  }

  @Test func `what is no archive of stored little-endian tensors is refused`() throws {
    #expect(throws: FileError.self) { try open(.model(byteOrder: "big")) }
    var compressed = ZipSample.model()
    compressed.method = 8
    #expect(throws: FileError.self) { try open(compressed) }
    var twice = ZipSample.model()
    twice.entries.append(("m/data/0", [1]))
    #expect(throws: FileError.self) { try open(twice) }
    var none = ZipSample.model()
    none.entries.removeFirst()
    #expect(throws: FileError.self) { try open(none) }
  }

  @Test func `values without end cost little`() throws {
    // A million marks, tuples in tuples, a number of 255 bytes, a name without end.
    let marks = [0x80, 2] + [UInt8](repeating: 0x28, count: 3 << 20)
    let nested = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 1 << 20)
    for pickle in [
      marks, nested, [0x80, 2, 0x8A, 255, 1],
      [0x80, 2, 0x63] + [UInt8](repeating: 65, count: 4096),
    ] {
      #expect(throws: FileError.self) { try open(.model(pickle: pickle)) }
    }
  }

  @Test func `every broken copy of a small file loads or throws`() throws {
    for isLarge in [false, true] {
      var sample = ZipSample.model()
      sample.isLarge = isLarge
      let bytes = sample.bytes
      var random = SplitMix(state: 7)
      try withTemporaryFolder { folder in
        let copy = try WorkingCopy(bytes, byteCount: bytes.count, at: folder.path("m.bin"))
        var corruptions = (0..<bytes.count).map { Corruption.truncate($0) }
        for offset in bytes.indices {
          for byte in [0, 1, 0x28, 0x2E, 0x52, 0x74, 0x7F, 0x80, 0xFF] as [UInt8] {
            corruptions.append(.patch(offset, [byte]))
          }
          corruptions.append(.patch(offset, [UInt8(truncatingIfNeeded: random.next())]))
        }
        var loaded = 0
        for corruption in corruptions {
          try copy.with(corruption) {
            do {
              for tensor in try TorchFile(path: copy.path).tensors where tensor.elementType != nil {
                _ = tensor.floats(0..<tensor.elementCount)
              }
              loaded += 1
            } catch let error as FileError {
              #expect(error.description.count > 20)
            }
          }
        }
        #expect(loaded > 0 && loaded < corruptions.count / 2)
      }
    }
  }
}
