// Owns: what tiktoken's rank files leave out: pattern, special tokens, normalisation. Not reading the files.

/// A tiktoken encoding but for its ranks.
package struct TiktokenEncoding: Sendable {
  var preTokenizer: PreTokenizer
  /// Special tokens, the first with the id after the last rank.
  var specialTokens: [String]
  var form: NormalizationForm?
  var bos: String?
  var eos: String?
  var eot: String?
  var eom: String?

  private init(_ stages: [SplitStage], specialTokens: [String]) {
    preTokenizer = PreTokenizer(stages: stages)
    self.specialTokens = specialTokens
  }

  /// Meta's Llama 3.
  ///
  /// Source: `llama3/tokenizer.py` of https://github.com/meta-llama/llama-models.
  package static let llama3: TiktokenEncoding = {
    let named = [
      "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>",
      "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>", "<|step_id|>",
      "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
      "<|image|>",
    ]
    var encoding = TiktokenEncoding(
      .llama3,
      specialTokens: named + numbered("reserved_special_token", 2..<246)
    )
    encoding.bos = "<|begin_of_text|>"
    encoding.eos = "<|end_of_text|>"
    encoding.eot = "<|eot_id|>"
    encoding.eom = "<|eom_id|>"
    return encoding
  }()

  /// Meta's Llama 4.
  ///
  /// Source: `llama4/tokenizer.py` of https://github.com/meta-llama/llama-models.
  package static let llama4: TiktokenEncoding = {
    let post = "text_post_train_reserved_special_token"
    let vision = "vision_reserved_special_token"
    let reasoning = "reasoning_reserved_special_token"
    var named = [
      "<|begin_of_text|>", "<|end_of_text|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
      "<|header_start|>", "<|header_end|>", "<|eom|>", "<|eot|>", "<|step|>",
    ]
    named +=
      numbered(post, 0..<6) + ["<|python_start|>", "<|python_end|>", "<|finetune_right_pad|>"]
    named += numbered(post, 8..<69) + ["<|image_start|>", "<|image_end|>"]
    named += numbered(vision, 0..<2) + ["<|tile_x_separator|>", "<|tile_y_separator|>"]
    named += numbered(vision, 2..<6) + ["<|image|>"] + numbered(vision, 6..<7) + ["<|patch|>"]
    named += numbered(vision, 7..<1048) + numbered(reasoning, 0..<8)
    named += ["<|reasoning_thinking_start|>", "<|reasoning_thinking_end|>"]
    named += numbered("reserved_special_token", 0..<(2048 - named.count))
    var encoding = TiktokenEncoding(.o200k, specialTokens: named)
    encoding.bos = "<|begin_of_text|>"
    encoding.eos = "<|end_of_text|>"
    encoding.eot = "<|eot|>"
    encoding.eom = "<|eom|>"
    return encoding
  }()

  /// Qwen 1 to 3, whose texts are in form NFC.
  ///
  /// Source: `tokenization_qwen.py` of https://huggingface.co/Qwen/Qwen-7B.
  package static let qwen: TiktokenEncoding = {
    var encoding = TiktokenEncoding(
      .qwen2,
      specialTokens: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    )
    encoding.form = .nfc
    encoding.eos = "<|endoftext|>"
    encoding.eot = "<|im_end|>"
    return encoding
  }()

  /// OpenAI's cl100k_base, which leaves one id unused after its ranks.
  ///
  /// Source: `tiktoken_ext/openai_public.py` of https://github.com/openai/tiktoken.
  package static let cl100k: TiktokenEncoding = {
    var encoding = TiktokenEncoding(
      .llama3,
      specialTokens: [
        "", "<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
      ]
    )
    encoding.eos = "<|endoftext|>"
    return encoding
  }()

  private static func numbered(_ name: String, _ range: Range<Int>) -> [String] {
    range.map { "<|\(name)_\($0)|>" }
  }
}
