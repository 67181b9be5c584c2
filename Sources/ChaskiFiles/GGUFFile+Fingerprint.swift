// Owns: what tells one model file, in one state, from every other. Does not own: who asks (weight cache).

extension GGUFFile {
  /// A number that stays the same as long as the model's files are not touched, and hardly any longer.
  ///
  /// Of each part it takes the file's number, its size, when its content was last changed as programs may
  /// say (`mtime`) and as the file system itself noted (`ctime`, which nobody can set back), all of the
  /// header, and 256 spots of the tensors' bytes. The device's number is left out, because some file
  /// systems get another one at every start. Costs a few milliseconds, mostly the vocabulary's bytes.
  package func fingerprint() -> UInt64 {
    var hash = ContentHash()
    hash.add(parts.count)
    for (number, part) in parts.enumerated() {
      hash.add(part.identity.inode)
      hash.add(part.byteCount)
      hash.add(part.identity.modifiedSeconds)
      hash.add(part.identity.modifiedNanoseconds)
      hash.add(part.identity.changedSeconds)
      hash.add(part.identity.changedNanoseconds)
      let starts = tensors.lazy.filter { $0.part == number }.map(\.offset)
      let headerEnd = starts.min() ?? part.byteCount
      hash.add(part.bytes.extracting(0..<headerEnd))
      for (index, range) in ContentSamples.ranges(256, over: headerEnd..<part.byteCount)
        .enumerated()
      {
        hash.add(part.bytes.extracting(range))
        // A spot may bring a huge page into view; few at a time keep the peak of memory low.
        if index % 16 == 15 { part.adviseDropped(headerEnd..<part.byteCount) }
      }
      part.adviseDropped(headerEnd..<part.byteCount)
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
