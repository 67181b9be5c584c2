// Owns: replies of JSON, and reading a request's JSON.

import ChaskiChat
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
  /// A reply of `json`.
  init(json: JSONValue, status: HTTPResponse.Status = .ok) {
    // What we write is ours: it nests little and has no numbers that JSON lacks.
    let text = (try? json.jsonText()) ?? "{}"
    self.init(
      status: status,
      headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text))
    )
  }
}

extension Request {
  /// The fields of the request's JSON.
  ///
  /// - Throws: `ServerError`, `NIOTooManyBytesError`.
  func fields(_ limits: ServerLimits) async throws -> RequestFields {
    if let coding = headers[.contentEncoding], coding.lowercased() != "identity" {
      throw ServerError.encodedBody(String(coding.prefix(40)))
    }
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > limits.bodyByteCount {
      throw ServerError.bodyTooLarge(limit: limits.bodyByteCount)
    }
    let buffer: ByteBuffer
    do {
      buffer = try await body.collect(upTo: limits.bodyByteCount)
    } catch let error as ServerError {
      throw error
    } catch let error as NIOTooManyBytesError {
      throw error
    } catch {
      // What breaks while a body arrives is the sender's: a connection that ends, an encoding of no kind.
      throw ServerError.brokenBody
    }
    return try RequestFields(body: buffer.readableBytesView, depthLimit: limits.nestingDepth)
  }
}
