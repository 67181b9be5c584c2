// Owns: which stages each known pre-tokenizer has. Not the stages themselves.

extension PreTokenizer {
  /// A pre-tokenizer that files only name, with the habits that go with the name.
  struct Named {
    var preTokenizer: PreTokenizer
    /// Whether a piece that is itself a token is that token, whatever its merges.
    var wholePieceFirst = false
    /// Whether a text begins with `bos`, if the file does not say.
    var addsBOS = false

    private init(_ stages: [SplitStage]) { preTokenizer = PreTokenizer(stages: stages) }

    /// What `tokenizer.ggml.pre` names, or nil for an unknown name.
    ///
    /// Source: llama.cpp's `llama-vocab.cpp`. Where it approximates a pattern (tekken, gpt-4o), the model's own
    /// pattern is used.
    init?(gguf name: String) {
      switch name {
      case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2",
        "jina-v5-nano":
        self.init(.llama3)
        wholePieceFirst = true
        addsBOS = true
      case "tekken":
        self.init(.tekken)
        wholePieceFirst = true
        addsBOS = true
      case "glm4", "glm5":
        self.init(.llama3)
        wholePieceFirst = true
      case "youtu": return nil
      default:
        guard let stages = Self.plainStages(name) else { return nil }
        self.init(stages)
      }
    }

    private static func plainStages(_ name: String) -> [SplitStage]? {
      switch name {
      case "gpt-2", "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de",
        "jina-v1-en", "jina-v2-code", "roberta-bpe", "a.x-4.0", "mellum", "modern-bert", "mpt",
        "olmo", "jais", "trillion", "granite-docling", "exaone4":
        .gpt2
      case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b",
        "mellum2":
        .digitsThenGPT2
      case "qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "megrez", "hunyuan",
        "solar-open", "grok-2":
        .qwen2
      case "qwen35": [.markedWords]
      case "ufakzeka": [.words(maximumDigits: 1, contractions: false)]
      case "dbrx", "smaug-bpe", "chatglm-bpe": .llama3
      case "gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2": .o200k
      case "deepseek-llm": .deepSeekLLM
      case "deepseek-coder": .deepSeekCoder
      case "deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4": .deepSeekV3
      case "falcon": .falcon
      case "default": .ggufDefault
      default: nil
      }
    }
  }
}

extension [SplitStage] {
  static let gpt2: Self = [.gpt2]
  static let digitsThenGPT2: Self = [.run(CodePointSet(.number), minimum: 1, maximum: 1), .gpt2]
  static let llama3: Self = [.words(maximumDigits: 3, contractions: true)]
  static let qwen2: Self = [.words(maximumDigits: 1, contractions: true)]
  static let o200k: Self = [.casedWords(maximumDigits: 3, contractions: true)]
  static let tekken: Self = [.casedWords(maximumDigits: 1, contractions: false)]
  static let deepSeekLLM: Self = [
    .run(.lineEnds, minimum: 1, maximum: 1), .spacedRun(.deepSeekLetters),
    .spacedRun(.deepSeekPunctuation), .trailingSpace, .run(.deepSeekCJK, minimum: 1, maximum: .max),
    .run(CodePointSet(.number), minimum: 1, maximum: .max),
  ]
  static let deepSeekCoder: Self = [
    .run(.lineEnds, minimum: 1, maximum: 1), .spacedRun(CodePointSet(.letter)),
    .spacedRun(CodePointSet(.punctuation)), .run(.deepSeekCJK, minimum: 1, maximum: .max),
    .run(CodePointSet(.number), minimum: 1, maximum: 1),
  ]
  static let deepSeekV3: Self = [
    .run(CodePointSet(.number), minimum: 1, maximum: 3),
    .run(.deepSeekV3CJK, minimum: 1, maximum: .max), .deepSeekWords,
  ]
  static let falcon: Self = [
    .run(.falconPunctuation, minimum: 1, maximum: .max), .gpt2,
    .run(.asciiDigits, minimum: 3, maximum: 3),
  ]
  static let ggufDefault: Self = [
    .run(.defaultPunctuation, minimum: 1, maximum: .max), .gpt2,
    .run(CodePointSet(.number), minimum: 1, maximum: .max),
    .run(.asciiDigits, minimum: 3, maximum: 3),
  ]
}
