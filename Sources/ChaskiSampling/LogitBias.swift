// Owns: a fixed change to one token's logit, and its coded form.

/// A number added to one token's logit before anything else happens.
package struct LogitBias: Sendable, Equatable {
  /// The token's id.
  package var token: Int32
  /// What is added to its logit; minus infinity forbids the token.
  package var bias: Float

  /// Adds `bias` to the logit of `token`.
  package init(token: Int32, bias: Float) {
    self.token = token
    self.bias = bias
  }
}

extension LogitBias: Codable {
  private enum CodingKeys: String, CodingKey {
    case token, bias
  }

  /// Reads the bias as a number, or as `null` where it forbids the token.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    token = try container.decode(Int32.self, forKey: .token)
    bias = try container.decode(Float?.self, forKey: .bias) ?? -.infinity
  }

  /// Writes the bias as a number, or as `null` for minus infinity, which JSON cannot say.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(token, forKey: .token)
    try container.encode(bias == -.infinity ? nil : bias, forKey: .bias)
  }
}
