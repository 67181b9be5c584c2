// Owns: changes of case, code point by code point, marks kept.

extension Text {
  private func mapped(_ mapping: (Unicode.Scalar.Properties) -> String) -> Text {
    var result = Text()
    result.units.reserveCapacity(units.count)
    for unit in units { result.append(unit, mapping) }
    return result
  }

  private mutating func append(_ unit: UInt32, _ mapping: (Unicode.Scalar.Properties) -> String) {
    let marks = unit & ~Self.scalarMask
    // Digits, blanks and marks of ASCII map to themselves.
    if unit & Self.scalarMask < 0x80, !CodePoint.isAlpha(unit) {
      units.append(unit)
      return
    }
    for scalar in mapping(Self.unicodeScalar(unit).properties).unicodeScalars {
      units.append(scalar.value | marks)
    }
  }

  var uppercased: Text { mapped { $0.uppercaseMapping } }

  var lowercased: Text {
    var result = Text()
    result.units.reserveCapacity(units.count)
    for index in units.indices { result.appendLower(of: self, at: index) }
    return result
  }

  // A capital sigma is lowered to its final form at the end of a word.
  private mutating func appendLower(of text: Text, at index: Int) {
    let unit = text.units[index]
    guard unit & Self.scalarMask == 0x3A3 else {
      append(unit) { $0.lowercaseMapping }
      return
    }
    var before = index - 1
    while before >= 0, Self.isCaseIgnorable(text.units[before]) { before -= 1 }
    var after = index + 1
    while after < text.count, Self.isCaseIgnorable(text.units[after]) { after += 1 }
    let isFinal =
      before >= 0 && CodePoint.isCased(text.units[before])
      && !(after < text.count && CodePoint.isCased(text.units[after]))
    units.append((isFinal ? 0x3C2 : 0x3C3) | (unit & ~Self.scalarMask))
  }

  private static func isCaseIgnorable(_ unit: UInt32) -> Bool {
    unicodeScalar(unit).properties.isCaseIgnorable
  }

  /// The first code point in title case, the others in lower case.
  var capitalized: Text {
    var result = Text()
    for index in units.indices {
      if index == 0 {
        result.append(units[0]) { $0.titlecaseMapping }
      } else {
        result.appendLower(of: self, at: index)
      }
    }
    return result
  }

  /// Python's `str.title`: each run of cased letters begins in title case.
  var titlecased: Text {
    var result = Text()
    var isInWord = false
    for index in units.indices {
      if isInWord {
        result.appendLower(of: self, at: index)
      } else {
        result.append(units[index]) { $0.titlecaseMapping }
      }
      isInWord = CodePoint.isCased(units[index])
    }
    return result
  }

  /// The filter `title`, which begins words after blanks, hyphens and opening brackets only.
  var titledWords: Text {
    var result = Text()
    var isStart = true
    for index in units.indices {
      let unit = units[index]
      if CodePoint.isSpace(unit) || [0x2D, 0x28, 0x7B, 0x5B, 0x3C].contains(scalar(index)) {
        result.units.append(unit)
        isStart = true
      } else if isStart {
        result.append(unit) { $0.uppercaseMapping }
        isStart = false
      } else {
        result.appendLower(of: self, at: index)
      }
    }
    return result
  }

  var swappedCase: Text {
    var result = Text()
    for index in units.indices {
      if CodePoint.isUpper(units[index]) {
        result.appendLower(of: self, at: index)
      } else {
        result.append(units[index]) { $0.uppercaseMapping }
      }
    }
    return result
  }

  /// Lower case of upper case, which is Unicode's full case folding for all but a few scripts.
  var caseFolded: Text {
    var result = Text()
    for unit in uppercased.units { result.append(unit) { $0.lowercaseMapping } }
    return result
  }

  /// Whether there is a cased code point and none of them is upper or title case.
  var isLower: Bool {
    var isCased = false
    for unit in units {
      if CodePoint.isUpper(unit) || CodePoint.isTitle(unit) { return false }
      isCased = isCased || CodePoint.isLower(unit)
    }
    return isCased
  }

  /// Whether there is a cased code point and none of them is lower or title case.
  var isUpper: Bool {
    var isCased = false
    for unit in units {
      if CodePoint.isLower(unit) || CodePoint.isTitle(unit) { return false }
      isCased = isCased || CodePoint.isUpper(unit)
    }
    return isCased
  }

  var isTitle: Bool {
    var isCased = false
    var previousCased = false
    for unit in units {
      if CodePoint.isUpper(unit) || CodePoint.isTitle(unit) {
        if previousCased { return false }
        previousCased = true
        isCased = true
      } else if CodePoint.isLower(unit) {
        if !previousCased { return false }
        isCased = true
      } else {
        previousCased = false
      }
    }
    return isCased
  }

  /// Whether every code point satisfies `predicate`, and there is one.
  func all(_ predicate: (UInt32) -> Bool) -> Bool {
    guard !units.isEmpty else { return false }
    for unit in units where !predicate(unit) { return false }
    return true
  }
}
