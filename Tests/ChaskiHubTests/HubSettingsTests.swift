// Owns: what environment variables set.

import ChaskiHub
import Foundation
import Testing

@Suite struct HubSettingsTests {
  private func settings(_ environment: [String: String]) throws -> HubSettings {
    try HubSettings(environment: environment, homeDirectory: URL(filePath: "/home/ada"))
  }

  @Test(arguments: [
    (["CHASKI_HOME": "/data/chaski"], "/data/chaski/models", "/data/chaski/catalogue.json"),
    (["CHASKI_HOME": "~/c"], "/home/ada/c/models", "/home/ada/c/catalogue.json"),
    (
      ["CHASKI_HOME": "/c", "XDG_DATA_HOME": "/x", "XDG_CONFIG_HOME": "/y"], "/c/models",
      "/c/catalogue.json"
    ),
  ])
  func `one variable sets the folder of everything`(
    _ environment: [String: String],
    _ models: String,
    _ catalogue: String
  ) throws {
    let settings = try settings(environment)
    #expect(settings.modelsDirectory.path == models)
    #expect(settings.catalogueFile?.path == catalogue)
  }

  #if !os(macOS)
  @Test(arguments: [
    ([:], "/home/ada/.local/share/chaski/models", "/home/ada/.config/chaski/catalogue.json"),
    (
      ["XDG_DATA_HOME": "/x", "XDG_CONFIG_HOME": "/y"], "/x/chaski/models",
      "/y/chaski/catalogue.json"
    ),
    (
      ["XDG_DATA_HOME": "relative", "XDG_CONFIG_HOME": "", "CHASKI_HOME": ""],
      "/home/ada/.local/share/chaski/models", "/home/ada/.config/chaski/catalogue.json"
    ),
  ])
  func `else the desktop's folders count, where they are absolute`(
    _ environment: [String: String],
    _ models: String,
    _ catalogue: String
  ) throws {
    let settings = try settings(environment)
    #expect(settings.modelsDirectory.path == models)
    #expect(settings.catalogueFile?.path == catalogue)
  }
  #endif

  @Test(arguments: [
    ([:], "https://huggingface.co", nil),
    (["HF_TOKEN": " t\n"], "https://huggingface.co", "t"),
    (["HF_ENDPOINT": "https://m.example/", "HF_TOKEN": "t"], "https://m.example", "t"),
    (["CHASKI_HUB": "https://m.example", "HF_TOKEN": "t"], "https://m.example", nil),
    (
      ["CHASKI_HUB": "https://m.example", "HF_TOKEN": "t", "CHASKI_HUB_TOKEN": "u"],
      "https://m.example", "u"
    ),
    (["CHASKI_HUB": "https://huggingface.co", "HF_TOKEN": "t"], "https://huggingface.co", "t"),
  ])
  func `the hub and its token are set, and a token stays with its hub`(
    _ environment: [String: String],
    _ hub: String,
    _ token: String?
  ) throws {
    let settings = try settings(environment)
    #expect(settings.hub.text == hub)
    #expect(settings.token == token)
  }

  @Test(arguments: [
    "hub.example", "ftp://hub.example", "https://", "https://user:pw@hub.example",
    "https://hub.example?x=1", "https://hub.example#x", "file:///x", "https://hub\u{1B}.example",
    "",
  ])
  func `an address that is none is refused, and a password in it is not repeated`(_ text: String) {
    #expect {
      try HubAddress(text)
    } throws: { error in
      guard case .invalidAddress = error as? HubError else { return false }
      return !"\(error)".contains("pw@")
    }
  }

  @Test func `a Python of one's own is used alone`() throws {
    #expect(try settings([:]).pythons == ["python3", "python"])
    #expect(try settings(["CHASKI_PYTHON": "/opt/py"]).pythons == ["/opt/py"])
  }
}
