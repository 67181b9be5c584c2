// Owns: how an installed model is described in JSON.

import ChaskiHub
import Foundation

/// An installed model, for `--json`.
struct ListedModel: Encodable {
  let name: String
  let files: [String]
  let byteCount: Int64
  let sha256: [String]
  let source: String
  let licence: String?
  let installed: Date

  init(_ model: InstalledModel) {
    name = model.name
    files = model.files.map(\.path)
    byteCount = model.manifest.byteCount
    sha256 = model.manifest.files.map(\.sha256)
    source = model.manifest.source.description
    licence = model.manifest.licence
    installed = model.manifest.installed
  }
}
