import Testing

/// The web page's files as they are served; what the page does is for Tests/Page.
struct PageTests {
  @Test(arguments: [
    ("/", "text/html; charset=utf-8", "<!doctype html>"),
    ("/style.css", "text/css; charset=utf-8", ":root"),
    ("/app.js", "text/javascript; charset=utf-8", "import"),
    ("/answers.js", "text/javascript; charset=utf-8", "export"),
    ("/api.js", "text/javascript; charset=utf-8", "export"),
    ("/conversations.js", "text/javascript; charset=utf-8", "export"),
    ("/copy.js", "text/javascript; charset=utf-8", "export"),
    ("/messages.js", "text/javascript; charset=utf-8", "export"),
    ("/markdown.js", "text/javascript; charset=utf-8", "export"),
    ("/store.js", "text/javascript; charset=utf-8", "export"),
    ("/dashboard", "text/html; charset=utf-8", "<!doctype html>"),
    ("/dashboard.css", "text/css; charset=utf-8", ":root"),
    ("/dashboard.js", "text/javascript; charset=utf-8", "import"),
    ("/charts.js", "text/javascript; charset=utf-8", "export"),
    ("/live.js", "text/javascript; charset=utf-8", "export"),
    ("/usage.js", "text/javascript; charset=utf-8", "export"),
    ("/tenants.js", "text/javascript; charset=utf-8", "export"),
    ("/icon.svg", "image/svg+xml", "<svg"),
  ])
  func `each file comes with its type and a policy that allows nothing inline or from elsewhere`(
    path: String,
    mediaType: String,
    content: String
  ) async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let reply = try await server.get(path, headers: ["Accept": "text/html,*/*"])
      #expect(reply.status == 200)
      #expect(reply.header("content-type") == mediaType)
      #expect(reply.header("x-content-type-options") == "nosniff")
      #expect(reply.body.contains(content))
      let policy = try #require(reply.header("content-security-policy"))
      #expect(policy.hasPrefix("default-src 'none'"))
      #expect(!policy.contains("unsafe") && !policy.contains("http"))
      #expect(policy.contains("frame-ancestors 'none'") && policy.contains("trusted-types 'none'"))
      #expect(!reply.body.contains(" style=\"") && !reply.body.contains(" onclick"))
    }
  }

  @Test(arguments: [
    ("/", ["app.js", "dashboard", "icon.svg", "style.css"]),
    ("/dashboard", ["./", "dashboard.css", "dashboard.js", "icon.svg", "style.css"]),
  ])
  func `a page names only files that are served`(path: String, expected: [String]) async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let page = try await server.get(path, headers: ["Accept": "text/html"]).body
      let names = page.matches(of: /(?:href|src)="([^"#]+)"/).map { String($0.1) }
      #expect(names.sorted() == expected)
      for name in names {
        let path = name == "./" ? "/" : "/" + name
        #expect(try await server.get(path).status == 200)
      }
    }
  }

  @Test(arguments: ["/app.js", "/dashboard.js"])
  func `a program imports only files that are served`(path: String) async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      var (waiting, known) = ([path], Set<String>())
      while let path = waiting.popLast() {
        guard known.insert(path).inserted else { continue }
        let reply = try await server.get(path)
        #expect(reply.status == 200, "\(path)")
        waiting += reply.body.matches(of: /from "\.(\/[^"]+)"/).map { String($0.1) }
      }
    }
  }

  @Test func `who does not want a page reads that the server runs`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let reply = try await server.get("/")
      #expect(reply.body == "Chaski is running\n")
    }
  }

  @Test func `a file that is known is not sent again`() async throws {
    try await TestServer.run(ScriptedEngine(saying: "a")) { server in
      let tag = try #require(try await server.get("/app.js").header("etag"))
      let again = try await server.get("/app.js", headers: ["If-None-Match": tag])
      #expect(again.status == 304 && again.body.isEmpty)
    }
  }
}
