// Owns: a run of bytes in a mapped file, with the file. Does not own: what the bytes mean.

package import ChaskiFiles

/// Some bytes of a mapped file.
package struct MappedBytes: Sendable {
  /// The file, which keeps the bytes mapped as long as it lives.
  package let file: MappedFile
  /// The bytes, counted from the start of the file.
  package let range: Range<Int>
}
