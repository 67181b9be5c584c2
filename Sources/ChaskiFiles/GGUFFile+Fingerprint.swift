// Owns: what tells one model file, in one state, from every other. Does not own: who asks (weight cache).

extension GGUFFile {
  /// A number that stays the same as long as the model's files are not touched, and hardly any longer.
  ///
  /// Costs a few milliseconds, mostly the vocabulary's bytes.
  package func fingerprint() -> UInt64 {
    var hash = ContentHash()
    hash.add(parts.count)
    for (number, part) in parts.enumerated() {
      let starts = tensors.lazy.filter { $0.part == number }.map(\.offset)
      hash.add(part, headerEnd: starts.min() ?? part.byteCount)
    }
    return hash.value
  }

  /// Whether all parts are still the files that were opened, unchanged as far as the file system knows.
  package var isUnchanged: Bool {
    parts.allSatisfy { FileIdentity(path: $0.path) == $0.identity }
  }

  /// Bytes of all tensors.
  package var tensorByteCount: Int {
    // Tensors lie apart inside their files, so the sum fits.
    tensors.reduce(0) { $0 + $1.byteCount }
  }
}

extension ContentHash {
  /// Adds what tells `file`, whose first `headerEnd` bytes describe the rest, from every other.
  ///
  /// That is the file's number, its size, when its content was last changed as programs may say (`mtime`)
  /// and as the file system itself noted (`ctime`, which nobody can set back), all of the header, and 256
  /// spots of the rest. The device's number is left out, because some file systems get another one at
  /// every start.
  package mutating func add(_ file: MappedFile, headerEnd: Int) {
    add(file.identity.inode)
    add(file.byteCount)
    add(file.identity.modifiedSeconds)
    add(file.identity.modifiedNanoseconds)
    add(file.identity.changedSeconds)
    add(file.identity.changedNanoseconds)
    add(file.bytes.extracting(0..<headerEnd))
    for (index, range) in ContentSamples.ranges(256, over: headerEnd..<file.byteCount).enumerated()
    {
      add(file.bytes.extracting(range))
      // A spot may bring a huge page into view; few at a time keep the peak of memory low.
      if index % 16 == 15 { file.adviseDropped(headerEnd..<file.byteCount) }
    }
    file.adviseDropped(headerEnd..<file.byteCount)
  }
}
