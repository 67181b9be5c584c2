// Owns: the list of routes as OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.1.

import ChaskiChat
import ChaskiTenants
import HTTPTypes

/// The server's routes as an OpenAPI document.
struct OpenAPIDocument: Sendable {
  let routes: [Route]
  let version: String

  /// The document.
  var json: JSONValue {
    var paths = JSONObject()
    for route in routes {
      let path = route.path.replacing("**", with: "{name}")
      var entry = paths[path]?.object ?? JSONObject()
      entry[route.method.rawValue.lowercased()] = operation(route, hasName: path != route.path)
      paths[path] = .object(entry)
    }
    return [
      "openapi": "3.1.0",
      "info": ["title": "Chaski", "version": .string(version)],
      "paths": .object(paths),
      "components": [
        "securitySchemes": [
          "bearer": ["type": "http", "scheme": "bearer"],
          "key": ["type": "apiKey", "in": "header", "name": "x-api-key"],
        ]
      ],
    ]
  }

  private func operation(_ route: Route, hasName: Bool) -> JSONValue {
    let object: JSONValue = ["schema": ["type": "object"]]
    var operation = JSONObject()
    operation["operationId"] = .string(Self.name(of: route))
    operation["summary"] = .string(route.summary)
    operation["tags"] = [.string(APIDialect(path: route.path).rawValue)]
    if let scope = route.scope {
      operation["security"] = [
        ["bearer": [.string(scope.rawValue)]], ["key": [.string(scope.rawValue)]],
      ]
    }
    if hasName {
      operation["parameters"] = [
        ["name": "name", "in": "path", "required": true, "schema": ["type": "string"]]
      ]
    }
    if route.method == .post || route.method == .patch {
      let body = route.body.map { JSONValue.object(["schema": $0.json, "example": $0.example]) }
      operation["requestBody"] = [
        "required": true, "content": ["application/json": body ?? object],
      ]
    }
    var replies = JSONObject()
    replies[route.replyType] = route.replyType == "application/json" ? object : Self.plainText
    if let type = route.body?.streamType { replies[type] = Self.plainText }
    operation["responses"] = [
      "200": ["description": "The answer", "content": .object(replies)],
      "default": [
        "description": "An error, in the words of the API",
        "content": ["application/json": object],
      ],
    ]
    return .object(operation)
  }

  private static let plainText: JSONValue = ["schema": ["type": "string"]]

  /// A name of the operation's own, for programs that make clients of the document.
  private static func name(of route: Route) -> String {
    let words = route.path.replacing("**", with: "name").split { !$0.isLetter && !$0.isNumber }
      .map { String($0) }
    return ([route.method.rawValue.lowercased()] + words).joined(separator: "_")
  }
}
