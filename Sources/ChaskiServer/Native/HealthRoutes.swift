// Owns: what monitors and load balancers ask.

import ChaskiChat
import ChaskiTenants
import HTTPTypes
import Hummingbird
import NIOCore

/// Whether the server lives, whether it takes work, its figures.
struct HealthRoutes: Sendable {
  /// What the paths begin with that everyone may ask at any time.
  static let prefix = "/health"
  let service: ServerService

  /// The routes.
  var routes: [Route] {
    let service = service
    var routes = [
      Route(.get, "/health/live", scope: nil, "Whether the process lives") { _, _ in
        Response(json: ["status": "ok"])
      },
      Route(.get, "/health/ready", scope: nil, "Whether requests are taken") { _, _ in
        service.readiness.phase == .ready
          ? Response(json: ["status": "ok"])
          : Response(json: ["status": "leaving"], status: .serviceUnavailable)
      },
      Route(.get, "/health", scope: nil, "As /health/ready, where llama-server has it") { _, _ in
        service.readiness.phase == .ready
          ? Response(json: ["status": "ok"])
          : Response(json: ["status": "leaving"], status: .serviceUnavailable)
      },
    ]
    if let text = service.metricsText {
      routes.append(
        Route(
          .get,
          "/metrics",
          scope: .metrics,
          "Figures as Prometheus reads them",
          replyType: "text/plain"
        ) { _, _ in
          Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text()))
          )
        }
      )
    }
    return routes
  }
}
