// Owns: `strftime` in the C locale. Source: POSIX.1-2024, strftime, and the flags of the GNU C
// library (`-`, `_`, `0`, `^`), which templates written on Linux use.

extension CivilTime {
  private static let dayNames = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  /// How a number is filled up to its width.
  private enum Padding {
    case zero, blank, none
  }

  /// The time in `format`; what is not a conversion stands for itself.
  func formatted(_ format: String) -> String {
    var result = ""
    var rest = format.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "%" else {
        result.unicodeScalars.append(scalar)
        continue
      }
      let start = rest
      var padding: Padding?
      var isUpper = false
      while let flag = rest.first, "-_0^".unicodeScalars.contains(flag) {
        rest.removeFirst()
        switch flag {
        case "-": padding = Padding.none
        case "_": padding = .blank
        case "0": padding = .zero
        default: isUpper = true
        }
      }
      if let letter = rest.first, let text = conversion(letter, padding: padding) {
        rest.removeFirst()
        result += isUpper ? text.uppercased() : text
      } else {
        result += "%"
        rest = start
      }
    }
    return result
  }

  private func conversion(_ letter: Unicode.Scalar, padding: Padding?) -> String? {
    if let composite = Self.composite(letter) { return formatted(composite) }
    switch letter {
    case "a": return String(Self.dayNames[weekday].prefix(3))
    case "A": return Self.dayNames[weekday]
    case "b", "h": return String(Self.monthNames[month - 1].prefix(3))
    case "B": return Self.monthNames[month - 1]
    case "p": return hour < 12 ? "AM" : "PM"
    case "P": return hour < 12 ? "am" : "pm"
    case "n": return "\n"
    case "t": return "\t"
    case "%": return "%"
    // A time without a zone prints none.
    case "z", "Z": return ""
    case "s": return String(secondsSince1970)
    case "f": return "000000"
    default: return number(letter, padding: padding)
    }
  }

  private static func composite(_ letter: Unicode.Scalar) -> String? {
    switch letter {
    case "c": "%a %b %e %H:%M:%S %Y"
    case "D", "x": "%m/%d/%y"
    case "F": "%Y-%m-%d"
    case "R": "%H:%M"
    case "r": "%I:%M:%S %p"
    case "T", "X": "%H:%M:%S"
    default: nil
    }
  }

  private func number(_ letter: Unicode.Scalar, padding: Padding?) -> String? {
    let twelve = (hour + 11) % 12 + 1
    switch letter {
    case "C": return Self.pad(year / 100, 2, padding ?? .zero)
    case "d": return Self.pad(day, 2, padding ?? .zero)
    case "e": return Self.pad(day, 2, padding ?? .blank)
    case "G": return Self.pad(isoWeek.year, 1, padding ?? .zero)
    case "g": return Self.pad(isoWeek.year % 100, 2, padding ?? .zero)
    case "H": return Self.pad(hour, 2, padding ?? .zero)
    case "I": return Self.pad(twelve, 2, padding ?? .zero)
    case "j": return Self.pad(dayOfYear, 3, padding ?? .zero)
    case "k": return Self.pad(hour, 2, padding ?? .blank)
    case "l": return Self.pad(twelve, 2, padding ?? .blank)
    case "M": return Self.pad(minute, 2, padding ?? .zero)
    case "m": return Self.pad(month, 2, padding ?? .zero)
    case "S": return Self.pad(second, 2, padding ?? .zero)
    case "U": return Self.pad((dayOfYear + 6 - weekday) / 7, 2, padding ?? .zero)
    case "u": return String(weekday == 0 ? 7 : weekday)
    case "V": return Self.pad(isoWeek.week, 2, padding ?? .zero)
    case "W": return Self.pad((dayOfYear + 6 - (weekday + 6) % 7) / 7, 2, padding ?? .zero)
    case "w": return String(weekday)
    case "Y": return Self.pad(year, 1, padding ?? .zero)
    case "y": return Self.pad(year % 100, 2, padding ?? .zero)
    default: return nil
    }
  }

  private static func pad(_ number: Int, _ width: Int, _ padding: Padding) -> String {
    let digits = String(number)
    let missing = max(0, width - digits.count)
    switch padding {
    case .none: return digits
    case .zero: return String(repeating: "0", count: missing) + digits
    case .blank: return String(repeating: " ", count: missing) + digits
    }
  }
}
