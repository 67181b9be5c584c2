// Owns: what a client is told of the errors of the modules below.

import ChaskiChat
import ChaskiGeneration
import ChaskiModels
import ChaskiSampling
import HTTPTypes
import Hummingbird
import NIOCore

extension ServerError {
  /// What a client is told of `error`.
  package init(cause error: any Error) {
    switch error {
    case let error as ServerError: self = error
    case let error as SamplingError: self = ServerError(error)
    case let error as ChatError: self = .conversation(error.description)
    case let error as GenerationError: self = ServerError(error)
    case let error as ModelError: self = .failed(error.description)
    case is CancellationError: self = .clientGone
    default: self = .failed("The server could not answer: an internal error, told in its log.")
    }
  }

  private init(_ error: GenerationError) {
    switch error {
    case .promptTooLong(let count, let length):
      self = .promptTooLong(tokenCount: count, contextLength: length)
    case .unusableEmbedding: self = .failed(error.description)
    case .emptyPrompt: self = .field("prompt", expected: "a text, not nothing")
    case .queueFull: self = .overloaded(retryAfter: .seconds(5))
    case .draining: self = .draining
    case .invalidOption(let name, _, let allowed): self = .field(name, expected: allowed)
    default: self = .failed(error.description)
    }
  }
}
