// Owns: what the program may expect of its input and outputs.
// Not here: the system calls that find it out (TerminalDevice).

/// What stands behind the three standard streams.
package struct TerminalCapabilities: Sendable, Equatable {
  /// Whether a person types into standard input.
  package let inputIsTerminal: Bool
  /// Whether a person reads standard output.
  package let outputIsTerminal: Bool
  /// Whether a person reads standard error.
  package let errorIsTerminal: Bool
  /// The columns of the window; 80 where nothing tells.
  package let width: Int
  /// Whether standard output should be coloured.
  package let usesColor: Bool
  /// Whether standard error should be coloured.
  package let errorUsesColor: Bool
  /// Whether the terminal understands cursor movement, which the line editor needs.
  package let movesCursor: Bool

  /// What the facts and the user's wishes in `environment` allow.
  ///
  /// `NO_COLOR` (not empty) and `CLICOLOR=0` turn colours off, `CLICOLOR_FORCE` (not empty nor 0)
  /// turns them on for pipes too, and `NO_COLOR` wins; `TERM=dumb` means no escape sequences. See
  /// <https://no-color.org> and <https://bixense.com/clicolors/>. `COLUMNS` gives the width where
  /// the window does not.
  package init(
    inputIsTerminal: Bool,
    outputIsTerminal: Bool,
    errorIsTerminal: Bool,
    windowWidth: Int?,
    environment: [String: String]
  ) {
    self.inputIsTerminal = inputIsTerminal
    self.outputIsTerminal = outputIsTerminal
    self.errorIsTerminal = errorIsTerminal
    let columns = environment["COLUMNS"].flatMap { Int($0) }
    width = min(max(windowWidth ?? columns ?? 80, 10), 10_000)
    let isDumb = environment["TERM"] == "dumb"
    let isForbidden =
      environment["NO_COLOR", default: ""] != "" || environment["CLICOLOR"] == "0" || isDumb
    let forced = !["", "0"].contains(environment["CLICOLOR_FORCE", default: ""])
    let isOff = environment["NO_COLOR", default: ""] != "" || (isForbidden && !forced)
    usesColor = !isOff && (outputIsTerminal || forced)
    errorUsesColor = !isOff && (errorIsTerminal || forced)
    movesCursor = inputIsTerminal && outputIsTerminal && !isDumb
  }
}
