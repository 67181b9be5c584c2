// Owns: reading which earlier positions each block's attention sees.

package import ChaskiTensors

extension ModelSource {
  /// The spans of `count` blocks by the file's sliding window, if it has one. [L]
  ///
  /// A file may say block by block which ones slide (`attention.sliding_window_pattern`), or that one in so
  /// many, the last, does not; one that says neither follows `slides`. A window of 0 or none at all means that
  /// every block sees everything, unless `defaultWindow` says otherwise.
  package func spans(
    count: Int,
    defaultWindow: Int = 0,
    slides: (_ block: Int) -> Bool = { _ in true }
  ) throws -> [AttentionSpan] {
    let window = try int(
      "attention.sliding_window",
      in: 0...Int(Int32.max),
      default: defaultWindow
    )
    let pattern = try slidingBlocks(count: count) ?? (0..<count).map(slides)
    return pattern.map { window > 0 && $0 ? .window(window) : .all }
  }

  private func slidingBlocks(count: Int) throws -> [Bool]? {
    let name = "attention.sliding_window_pattern"
    if let list = try boolPerLayer(name, count: count) { return list }
    guard try int(name) != nil else { return nil }
    let period = try int(name, in: 0...65_536)
    return (0..<count).map { period == 0 || $0 % period < period - 1 }
  }
}
