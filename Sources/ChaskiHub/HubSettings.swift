// Owns: folders, addresses, tokens and patience, and which environment variables set them.

package import Foundation

/// What a model library needs to know of its surroundings.
package struct HubSettings: Sendable {
  /// The folder that holds the models.
  package var modelsDirectory: URL
  /// The folder beside it where weights are kept that are ready to be mapped; it need not exist.
  package var weightsDirectory: URL {
    modelsDirectory.deletingLastPathComponent()
      .appending(path: "weights", directoryHint: .isDirectory)
  }
  /// The database of teams, keys and usage beside it; it need not exist.
  package var tenantDatabase: URL {
    modelsDirectory.deletingLastPathComponent().appending(path: "tenants.sqlite")
  }
  /// The user's own catalogue; it need not exist.
  package var catalogueFile: URL?
  /// The hub that `hf:` names refer to.
  package var hub: HubAddress
  /// The token that is sent to the hub, and only there.
  package var token: String?
  /// Python interpreters to try, by name or path, first to last.
  package var pythons: [String]
  /// How failed transfers are repeated.
  package var retries: RetryPolicy
  /// How long making a connection may take.
  package var connectTimeout: Duration
  /// How long a connection may be silent.
  package var idleTimeout: Duration
  /// What tells how long to sleep; tests bring their own.
  package var clock: any Clock<Duration>

  /// Settings with usual values.
  package init(modelsDirectory: URL, catalogueFile: URL?, hub: HubAddress, token: String?) {
    self.modelsDirectory = modelsDirectory
    self.catalogueFile = catalogueFile
    self.hub = hub
    self.token = token
    pythons = ["python3", "python"]
    retries = RetryPolicy()
    connectTimeout = .seconds(15)
    idleTimeout = .seconds(30)
    clock = ContinuousClock()
  }

  /// Settings from environment variables.
  ///
  /// `CHASKI_HOME` is the folder for everything; else `XDG_DATA_HOME` and `XDG_CONFIG_HOME` count, or on macOS
  /// Application Support. `CHASKI_HUB` or `HF_ENDPOINT` is the hub's address. `CHASKI_HUB_TOKEN` is sent to
  /// whichever hub that is; `HF_TOKEN` only when `CHASKI_HUB` does not point elsewhere. `CHASKI_PYTHON` is the
  /// Python to use.
  /// - Throws: `HubError.invalidAddress` for a hub's address that is none.
  package init(environment: [String: String], homeDirectory: URL) throws(HubError) {
    let set = environment.filter { !$0.value.isEmpty }
    let folders = Self.folders(set, home: homeDirectory)
    let publicHub = set["HF_ENDPOINT"] ?? HubAddress.standard
    let hub = try HubAddress(set["CHASKI_HUB"] ?? publicHub)
    // A mirror that only Chaski was told of is not the party that HF_TOKEN was issued by.
    let isPublicHub = try HubAddress(publicHub) == hub
    let token = set["CHASKI_HUB_TOKEN"] ?? (isPublicHub ? set["HF_TOKEN"] : nil)
    self.init(
      modelsDirectory: folders.data.appending(path: "models", directoryHint: .isDirectory),
      catalogueFile: folders.configuration.appending(path: "catalogue.json"),
      hub: hub,
      token: token?.trimmingCharacters(in: .whitespacesAndNewlines)
    )
    if let python = set["CHASKI_PYTHON"] { pythons = [python] }
  }

  private static func folders(
    _ environment: [String: String],
    home: URL
  ) -> (data: URL, configuration: URL) {
    if let root = environment["CHASKI_HOME"] {
      let folder = absolute(root, home: home)
      return (folder, folder)
    }
    #if os(macOS)
    let folder = home.appending(path: "Library/Application Support/Chaski")
    return (folder, folder)
    #else
    // The XDG base directory specification (0.8) says that relative values are to be ignored.
    let data = environment["XDG_DATA_HOME"].flatMap { $0.hasPrefix("/") ? URL(filePath: $0) : nil }
    let configuration = environment["XDG_CONFIG_HOME"].flatMap {
      $0.hasPrefix("/") ? URL(filePath: $0) : nil
    }
    return (
      (data ?? home.appending(path: ".local/share")).appending(path: "chaski"),
      (configuration ?? home.appending(path: ".config")).appending(path: "chaski")
    )
    #endif
  }

  private static func absolute(_ path: String, home: URL) -> URL {
    if path == "~" || path.hasPrefix("~/") {
      return home.appending(path: String(path.dropFirst(2)))
    }
    return URL(filePath: path).absoluteURL
  }
}
