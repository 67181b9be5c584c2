// Owns: the messages of a SentencePiece model file. Not what a tokenizer makes of them.

/// A SentencePiece model as its file says it.
///
/// Source: `sentencepiece_model.proto` of https://github.com/google/sentencepiece.
struct SentencePieceFile {
  var pieces = StringTable()
  var scores: [Float] = []
  var kinds: [TokenKind] = []
  /// 1 unigram, 2 byte-pair, 3 word, 4 character.
  var modelType = 1
  var treatsSpaceAsSuffix = false
  var unknownID = 0
  var bosID = 1
  var eosID = 2
  var paddingID = -1
  var addsDummyPrefix = true
  var removesExtraSpaces = true
  var escapesSpaces = true
  var characterMap: [UInt8] = []

  /// The content of `file`.
  ///
  /// - Throws: `malformedProtobuf`, `invalidScore`, `unknownTokenType`.
  init(_ file: [UInt8]) throws(TokenizerError) {
    var reader = ProtobufReader(file, 0..<file.count)
    while let (field, value) = try reader.next() {
      guard case .bytes(let range) = value else { continue }
      switch field {
      case 1: try readPiece(file, range)
      case 2: try readTrainer(file, range)
      case 3: try readNormalizer(file, range)
      default: break
      }
    }
  }

  private mutating func readPiece(_ file: [UInt8], _ range: Range<Int>) throws(TokenizerError) {
    var text = 0..<0
    var score: Float = 0
    var type: UInt64 = 1
    var reader = ProtobufReader(file, range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (1, .bytes(let range)): text = range
      case (2, .fixed32(let bits)): score = Float(bitPattern: bits)
      case (3, .number(let number)): type = number
      default: break
      }
    }
    let id = kinds.count
    guard !score.isNaN else { throw .invalidScore(id: id) }
    guard let code = UInt8(exactly: type), let kind = TokenKind(rawValue: code) else {
      throw .unknownTokenType(id: id, type: Int(truncatingIfNeeded: type))
    }
    pieces.append(file[text])
    scores.append(score)
    kinds.append(kind)
  }

  private mutating func readTrainer(_ file: [UInt8], _ range: Range<Int>) throws(TokenizerError) {
    var reader = ProtobufReader(file, range)
    while let (field, value) = try reader.next() {
      guard case .number(let bits) = value else { continue }
      // Ids are 32-bit and may be -1, which the format writes as 64 bits.
      let number = Int(Int32(truncatingIfNeeded: bits))
      switch field {
      case 3: modelType = number
      case 24: treatsSpaceAsSuffix = number != 0
      case 40: unknownID = number
      case 41: bosID = number
      case 42: eosID = number
      case 43: paddingID = number
      default: break
      }
    }
  }

  private mutating func readNormalizer(
    _ file: [UInt8],
    _ range: Range<Int>
  ) throws(TokenizerError) {
    var reader = ProtobufReader(file, range)
    while let (field, value) = try reader.next() {
      switch (field, value) {
      case (2, .bytes(let range)): characterMap = Array(file[range])
      case (3, .number(let number)): addsDummyPrefix = number != 0
      case (4, .number(let number)): removesExtraSpaces = number != 0
      case (5, .number(let number)): escapesSpaces = number != 0
      default: break
      }
    }
  }
}
