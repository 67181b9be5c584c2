// Owns: the web page's files, with headers that let it load nothing from elsewhere and run nothing inline.
// Does not own: what the page does (Files/).

import HTTPTypes
import Hummingbird
import NIOCore

/// The chat page and the dashboard.
struct PageRoutes: Sendable {
  /// The routes: the page for everyone, because it holds no secrets and asks for a key where one is needed.
  var routes: [Route] {
    Self.files.map { file in
      Route(.get, file.path, scope: nil, "A file of the web page") { request, _ in
        Self.reply(file, to: request)
      }
    }
  }

  private static let files = [
    PageFile("/", PackageResources.index_html, "text/html; charset=utf-8"),
    PageFile("/style.css", PackageResources.style_css, "text/css; charset=utf-8"),
    PageFile("/icon.svg", PackageResources.icon_svg, "image/svg+xml"),
    PageFile("/app.js", PackageResources.app_js, "text/javascript; charset=utf-8"),
    PageFile("/answers.js", PackageResources.answers_js, "text/javascript; charset=utf-8"),
    PageFile("/api.js", PackageResources.api_js, "text/javascript; charset=utf-8"),
    PageFile(
      "/conversations.js",
      PackageResources.conversations_js,
      "text/javascript; charset=utf-8"
    ),
    PageFile("/copy.js", PackageResources.copy_js, "text/javascript; charset=utf-8"),
    PageFile("/markdown.js", PackageResources.markdown_js, "text/javascript; charset=utf-8"),
    PageFile("/messages.js", PackageResources.messages_js, "text/javascript; charset=utf-8"),
    PageFile("/dashboard", PackageResources.dashboard_html, "text/html; charset=utf-8"),
    PageFile("/dashboard.css", PackageResources.dashboard_css, "text/css; charset=utf-8"),
    PageFile("/dashboard.js", PackageResources.dashboard_js, "text/javascript; charset=utf-8"),
    PageFile("/charts.js", PackageResources.charts_js, "text/javascript; charset=utf-8"),
    PageFile("/live.js", PackageResources.live_js, "text/javascript; charset=utf-8"),
    PageFile("/usage.js", PackageResources.usage_js, "text/javascript; charset=utf-8"),
    PageFile("/tenants.js", PackageResources.tenants_js, "text/javascript; charset=utf-8"),
    PageFile("/store.js", PackageResources.store_js, "text/javascript; charset=utf-8"),
  ]

  private static func reply(_ file: PageFile, to request: Request) -> Response {
    // Ollama's clients and people with curl ask there whether a server runs.
    if file.path == "/", request.headers[.accept]?.contains("text/html") != true {
      return Response(
        status: .ok,
        headers: [.contentType: "text/plain; charset=utf-8", .vary: "Accept"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: "Chaski is running\n"))
      )
    }
    let isKnown = request.headers[.ifNoneMatch]?.contains(file.tag) == true
    var headers = securityHeaders
    headers[.contentType] = file.mediaType
    // Another version of the program has other files under the same names.
    headers[.cacheControl] = "no-cache"
    if file.path == "/" { headers[.vary] = "Accept" }
    headers[.eTag] = file.tag
    return Response(
      status: isKnown ? .notModified : .ok,
      headers: headers,
      body: isKnown ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes))
    )
  }

  /// Content Security Policy Level 3, https://www.w3.org/TR/CSP3/: nothing inline, nothing from elsewhere.
  private static let securityHeaders: HTTPFields = {
    var headers = HTTPFields()
    let fields = [
      "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        + "require-trusted-types-for 'script'; trusted-types 'none'",
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    ]
    for (name, value) in fields {
      if let name = HTTPField.Name(name) { headers[name] = value }
    }
    return headers
  }()
}
