// Owns: reading listings, honest and hostile, and choosing from them.

import ChaskiHub
import Foundation
import Testing

@Suite struct RepositoryListingTests {
  private func listing(_ names: [String]) throws -> RepositoryListing {
    let siblings = names.map { ["rfilename": $0] }
    let json = try JSONSerialization.data(withJSONObject: ["siblings": siblings])
    return try RepositoryListing(json: json, host: "hub.example")
  }

  private func read(_ json: String) throws -> RepositoryListing {
    try RepositoryListing(json: Data(json.utf8), host: "hub.example")
  }

  @Test(arguments: [
    (["readme.md", "a.gguf"], "a.gguf"),
    (["m-Q8_0.gguf", "m-Q4_K_M.gguf", "m-Q4_0.gguf"], "m-Q4_K_M.gguf"),
    (["m-Q8_0.gguf", "m-Q4_1.gguf", "m-Q4_0.gguf"], "m-Q4_0.gguf"),
    (["m.q8_0.gguf", "m.q4_1.gguf", "m.f16.gguf"], "m.q4_1.gguf"),
    (["m-f16.gguf", "m-q8_0.gguf"], "m-q8_0.gguf"),
    (["m-BF16.gguf", "m-F16.gguf"], "m-F16.gguf"),
    (["m-Q4_0_4_4.gguf", "m-Q4_0.gguf"], "m-Q4_0.gguf"),
    (["m-IQ4_XS.gguf", "m-IQ2_M.gguf"], "m-IQ4_XS.gguf"),
    (["mmproj-m-Q4_K_M.gguf", "m-Q8_0.gguf", "m.imatrix.gguf"], "m-Q8_0.gguf"),
    (["Q4_K_M/m-Q4_K_M.gguf", "BF16/m-BF16.gguf"], "Q4_K_M/m-Q4_K_M.gguf"),
  ])
  func `without a file's name the usual type is chosen`(_ names: [String], _ expected: String)
    throws
  {
    let model = try HubModel(parsing: "acme/tiny")
    #expect(try listing(names).choose(for: model).map(\.path) == [expected])
  }

  @Test(arguments: [
    ["a-Q4_K_M.gguf", "b-Q4_K_M.gguf"], ["one.gguf", "two.gguf"],
    ["a-Q4_0.gguf", "b-Q4_0.gguf", "a-Q8_0.gguf"],
  ])
  func `without an obvious file the choices are named`(_ names: [String]) throws {
    let model = try HubModel(parsing: "acme/tiny")
    #expect(throws: HubError.ambiguousFile(repository: "acme/tiny", choices: names)) {
      try listing(names).choose(for: model)
    }
  }

  @Test func `a repository without model files says so`() throws {
    let model = try HubModel(parsing: "acme/tiny")
    #expect(throws: HubError.noModelFile(repository: "acme/tiny")) {
      try listing(["README.md", "model.safetensors"]).choose(for: model)
    }
  }

  @Test func `a named file is found, and one that is not there is answered with the others`() throws
  {
    let listing = try listing(["a.gguf", "b/c.gguf"])
    #expect(
      try listing.choose(for: HubModel(parsing: "acme/tiny/b/c.gguf")).map(\.path) == ["b/c.gguf"]
    )
    #expect(
      throws: HubError.noSuchHubFile(
        repository: "acme/tiny",
        file: "c.gguf",
        choices: ["a.gguf", "b/c.gguf"]
      )
    ) {
      try listing.choose(for: HubModel(parsing: "acme/tiny/c.gguf"))
    }
  }

  @Test func `any part of a split model stands for all of them in order`() throws {
    let listing = try listing([
      "m-00002-of-00002.gguf", "m-00001-of-00002.gguf", "n-00001-of-00002.gguf",
      "m-00001-of-00003.gguf",
    ])
    let wanted = ["m-00001-of-00002.gguf", "m-00002-of-00002.gguf"]
    for name in wanted {
      #expect(
        try listing.choose(for: HubModel(parsing: "acme/tiny/\(name)")).map(\.path) == wanted
      )
    }
    #expect(
      throws: HubError.incompleteSplit(file: "m-00001-of-00003.gguf", found: 1, expected: 3)
    ) {
      try listing.choose(for: HubModel(parsing: "acme/tiny/m-00001-of-00003.gguf"))
    }
  }

  @Test func `sizes, checksums, commit and licence are read`() throws {
    let sum = String(repeating: "AB", count: 32)
    let listing = try read(
      """
      {"sha": "abc123", "cardData": {"license": ["mit", "apache-2.0"]}, "siblings": [
        {"rfilename": "a.gguf", "size": 7, "lfs": {"sha256": "\(sum)", "size": 9}},
        {"rfilename": "b.gguf", "size": 7, "lfs": {"oid": "sha256:\(sum)"}},
        {"rfilename": "c.gguf", "lfs": {"sha256": "nonsense"}}, {"rfilename": "d.txt", "size": -1}]}
      """
    )
    #expect(listing.commit == "abc123")
    #expect(listing.licence == "mit, apache-2.0")
    #expect(listing.files.map(\.byteCount) == [9, 7, nil])
    #expect(listing.files.map(\.sha256) == [sum.lowercased(), sum.lowercased(), nil])
  }

  @Test(arguments: [
    #""cardData": {"license": 5}, "tags": ["license:mit"]"#, #""tags": ["license:mit"]"#,
    #""cardData": "x", "tags": ["license:mit"]"#, #""cardData": {"license": "mit"}"#,
    #""cardData": null, "tags": ["gguf", "license:mit"]"#,
  ])
  func `a licence is found wherever it stands, and an odd card harms nothing`(_ json: String) throws
  {
    #expect(try read("{\(json), \"siblings\": []}").licence == "mit")
  }

  @Test(arguments: [
    "../x.gguf", "a/../x.gguf", "/etc/x.gguf", "a//x.gguf", "./x.gguf", "a\\..\\x.gguf",
    "a\u{0}.gguf", "a\u{1B}[2J.gguf", "a\u{202E}fugg.gguf", "\n.gguf",
    String(repeating: "a", count: 300) + ".gguf", String(repeating: "a/", count: 600) + "x.gguf",
  ])
  func `a hostile file name is refused`(_ name: String) throws {
    #expect {
      try listing(["good.gguf", name])
    } throws: {
      guard case .unsafeName = $0 as? HubError else { return false }
      return true
    }
  }

  @Test(arguments: [
    "", "null", "[]", "{}", "{\"siblings\": 5}", "{\"siblings\": [{}]}", "{\"siblings\": [",
    "{\"siblings\": [{\"rfilename\": \"a.gguf\", \"size\": -1}]}",
    "{\"siblings\": [{\"rfilename\": \"a.gguf\", \"size\": 99999999999999999999}]}",
    "{\"siblings\": [{\"rfilename\": \"a.gguf\", \"size\": 1e300}]}",
    String(repeating: "[", count: 100_000),
    "{\"siblings\": " + String(repeating: "[", count: 50_000)
      + String(repeating: "]", count: 50_000) + "}",
    "{\"siblings\": [], \"x\": " + String(repeating: "{\"a\":", count: 50_000) + "1"
      + String(repeating: "}", count: 50_000) + "}",
  ])
  func `a listing that is none is refused`(_ json: String) throws {
    #expect {
      try read(json)
    } throws: {
      guard case .malformedReply(host: "hub.example", _) = $0 as? HubError else { return false }
      return true
    }
  }

  @Test func `a listing of too many files is refused`() throws {
    let count = RepositoryListing.maximumFileCount + 1
    let names = (0..<count).map { "\($0).gguf" }
    #expect(
      throws: HubError.malformedReply(
        host: "hub.example",
        reason: "the listing names \(count) files"
      )
    ) {
      try listing(names)
    }
  }

  @Test(arguments: [
    ("m-00001-of-00003.gguf", 1, 3), ("a/b-m-00003-of-00003.GGUF", 3, 3),
  ])
  func `a part's name tells its place`(_ name: String, _ part: Int, _ count: Int) throws {
    let split = try #require(SplitFileName(name))
    #expect(split.part == part)
    #expect(split.count == count)
  }

  @Test(arguments: [
    "m.gguf", "m-00004-of-00003.gguf", "m-00000-of-00003.gguf", "m-1-of-3.gguf",
    "-00001-of-00003.gguf", "m-00001-of-00003.bin",
  ])
  func `other names are no parts`(_ name: String) {
    #expect(SplitFileName(name) == nil)
  }
}
