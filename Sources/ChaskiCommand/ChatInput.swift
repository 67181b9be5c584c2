// Owns: what a line typed in a chat means. Pure, so that it is tested without a terminal.

/// A message for the model, or a command for the program.
enum ChatInput: Equatable {
  case message(String)
  case nothing
  case help
  case clear
  case save(String)
  case load(String)
  case system(String?)
  case set(option: String, value: String)
  case showSettings
  case stats
  case retry
  case bye
  case mistake(String)

  /// Reads one input.
  init(_ text: String) {
    let trimmed = text.trimmingWhitespace()
    guard trimmed.hasPrefix("/") else {
      self = trimmed.isEmpty ? .nothing : .message(text)
      return
    }
    let parts = trimmed.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
    let rest = parts.count > 1 ? parts[1].trimmingWhitespace() : ""
    switch parts[0] {
    case "/help", "/?": self = .help
    case "/clear": self = .clear
    case "/save": self = rest.isEmpty ? .mistake("/save FILE") : .save(rest)
    case "/load": self = rest.isEmpty ? .mistake("/load FILE") : .load(rest)
    case "/system": self = .system(rest.isEmpty ? nil : rest)
    case "/set": self = Self.setting(rest)
    case "/stats": self = .stats
    case "/retry": self = .retry
    case "/bye", "/exit", "/quit": self = .bye
    default: self = .mistake("\(parts[0]) is not a command; /help lists them")
    }
  }

  private static func setting(_ text: String) -> ChatInput {
    if text.isEmpty { return .showSettings }
    let parts = text.split(maxSplits: 1) { $0.isWhitespace || $0 == "=" }.map(String.init)
    guard parts.count == 2 else {
      return .mistake("/set OPTION VALUE, such as /set temperature 0.5")
    }
    return .set(option: parts[0], value: parts[1].trimmingWhitespace())
  }

  /// What `/help` prints.
  static let helpText = """
    /clear            forget the conversation
    /system [TEXT]    set the system prompt, or take it away; the conversation begins anew
    /set [OPT VALUE]  set an option (temperature, top-k, top-p, min-p, seed, repeat-penalty, max-tokens, ...)
    /retry            answer the last message again
    /save FILE        write the conversation as JSON
    /load FILE        go on with a saved conversation
    /stats            tell what the last answer cost
    /bye              end

    A line ending in \\ goes on. \"\"\" begins and ends a text of several lines.
    Ctrl-C stops an answer; Ctrl-D ends.
    """
}

extension String {
  fileprivate func trimmingWhitespace() -> String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
