// Owns: which file, or which parts of a split file, of a repository is meant.

extension RepositoryListing {
  /// Element types by how well they suit a machine without a large accelerator, best first.
  ///
  /// Four bits with super-blocks lose least for their size; then the simple four-bit types that every engine
  /// computes; then eight bits, then the rest by how common they are.
  static let preferredTypes = [
    "Q4_K_M", "Q4_0", "Q4_1", "Q8_0", "Q4_K_S", "Q5_K_M", "Q5_K_S", "Q6_K", "Q5_0", "Q5_1",
    "IQ4_XS",
    "IQ4_NL", "MXFP4", "Q3_K_M", "Q3_K_L", "Q3_K_S", "Q2_K", "F16", "BF16", "F32",
  ]

  /// The files that make the model: one, all parts in order, or, where there is no GGUF file, a folder's.
  ///
  /// - Parameter model: The repository; where it names a file, that one (any part stands for all).
  /// - Returns: The files, parts in order; never none.
  /// - Throws: `HubError` when there is no such model or no obvious one.
  package func choose(for model: HubModel) throws(HubError) -> [File] {
    if let wanted = model.file {
      guard let file = files.first(where: { $0.path == wanted }) else {
        throw .noSuchHubFile(
          repository: model.repositoryPath,
          file: wanted,
          choices: candidates.map(\.path)
        )
      }
      return try parts(of: file)
    }
    if candidates.isEmpty { return try folder(for: model) }
    return try parts(of: preferred(in: model))
  }

  // The configuration, what texts there are, and the weights in the best form that is there.
  private func folder(for model: HubModel) throws(HubError) -> [File] {
    func file(_ name: String) -> File? { folderFiles.first { $0.path == name } }
    guard let configuration = file(FolderFileNames.configuration) else {
      throw .noModelFile(repository: model.repositoryPath)
    }
    let texts = FolderFileNames.texts.compactMap(file)
    for (stem, ending) in FolderFileNames.weights {
      if let index = file(FolderFileNames.index(stem, ending)) {
        return [configuration] + texts + [index] + (try weights(stem, ending, index: index))
      }
      if let weights = file("\(stem).\(ending)") { return [configuration] + texts + [weights] }
    }
    throw .noModelFile(repository: model.repositoryPath)
  }

  // All parts of weights in several files, in order; the repository holds one set of them.
  private func weights(
    _ stem: String,
    _ ending: String,
    index: File
  ) throws(HubError) -> [File] {
    var parts: [Int: File] = [:]
    var expected = 1
    for file in folderFiles {
      guard let (number, count) = FolderFileNames.part(file.path, stem, ending) else { continue }
      expected = max(expected, count)
      parts[number] = file
    }
    guard parts.count == expected else {
      throw .incompleteSplit(file: index.path, found: parts.count, expected: expected)
    }
    return parts.sorted { $0.key < $1.key }.map(\.value)
  }

  // The first part stands for all; what is not a language model of its own does not count.
  private var candidates: [File] {
    files.filter { file in
      let name = Self.lastComponent(file.path).lowercased()
      guard !name.hasPrefix("mmproj"), !name.contains("imatrix") else { return false }
      return SplitFileName(file.path).map { $0.part == 1 } ?? true
    }
  }

  private func preferred(in model: HubModel) throws(HubError) -> File {
    let candidates = self.candidates
    guard let first = candidates.first else {
      throw .noModelFile(repository: model.repositoryPath)
    }
    if candidates.count == 1 { return first }
    for type in Self.preferredTypes {
      let matching = candidates.filter { Self.names($0.path, type: type) }
      if matching.count == 1 { return matching[0] }
      if matching.count > 1 { break }
    }
    throw .ambiguousFile(
      repository: model.repositoryPath,
      choices: candidates.map(\.path)
    )
  }

  // Whether the name holds the type as a word of its own: Q4_0 is not in Q4_0_4_4.
  private static func names(_ path: String, type: String) -> Bool {
    let name = lastComponent(path).uppercased()
    return name.ranges(of: type).contains { range in
      let before =
        range.lowerBound == name.startIndex
        ? nil : name[name.index(before: range.lowerBound)]
      let after = range.upperBound == name.endIndex ? nil : name[range.upperBound]
      return [before, after].allSatisfy { $0.map { $0 == "." || $0 == "-" } ?? true }
        || (before == "_" && (after == "." || after == "-"))
    }
  }

  private func parts(of file: File) throws(HubError) -> [File] {
    guard let split = SplitFileName(file.path) else { return [file] }
    var parts: [Int: File] = [:]
    for other in files {
      guard let name = SplitFileName(other.path), name.stem == split.stem,
        name.count == split.count
      else { continue }
      parts[name.part] = other
    }
    guard parts.count == split.count else {
      throw .incompleteSplit(file: file.path, found: parts.count, expected: split.count)
    }
    return parts.sorted { $0.key < $1.key }.map(\.value)
  }

  /// What follows the last slash.
  static func lastComponent(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
