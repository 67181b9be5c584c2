// Owns: where the data of tasks lies.

import ChaskiEvaluation
import Foundation

/// Finds data files: the one that the user names, or one in the folder `CHASKI_DATA`.
struct EvalData {
  private let folders: [String]

  /// A finder that goes by `environment`.
  init(_ environment: [String: String]) {
    guard let folder = environment["CHASKI_DATA"], !folder.isEmpty else {
      folders = []
      return
    }
    folders = [folder, URL(filePath: folder).appending(path: "eval").path]
  }

  /// The file at `path`, or the first of `names` that is there.
  ///
  /// - Throws: `EvaluationError.noData`; `EvaluationError.unreadable` where only a packed file is there.
  func file(
    _ path: String?,
    _ names: [String],
    for purpose: String,
    option: String = "--data"
  ) throws -> String {
    if let path { return UserFile.expanded(path) }
    var packed: String?
    for folder in folders {
      for name in names {
        let path = URL(filePath: folder).appending(path: name).path
        if FileManager.default.fileExists(atPath: path) { return path }
        packed =
          packed
          ?? [".bz2", ".gz", ".xz", ".zst"].map { path + $0 }
          .first(where: FileManager.default.fileExists(atPath:))
      }
    }
    // Reading it says how to unpack it.
    if let packed { return packed }
    throw EvaluationError.noData(
      task: purpose,
      option: option,
      names: names,
      folders: Array(folders.prefix(1))
    )
  }

  /// The file of labels beside the data at `path`, if there is one.
  func labels(beside path: String) -> String? {
    let labels = URL(filePath: path).deletingPathExtension().path + "-labels.lst"
    return FileManager.default.fileExists(atPath: labels) ? labels : nil
  }
}
