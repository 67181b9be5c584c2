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
    let object: JSONValue = ["application/json": ["schema": ["type": "object"]]]
    var operation = JSONObject()
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
      operation["requestBody"] = ["required": true, "content": object]
    }
    operation["responses"] = [
      "200": ["description": "The answer", "content": object],
      "default": ["description": "An error, in the words of the API", "content": object],
    ]
    return .object(operation)
  }
}
