// Owns: the bodies of the routes, as /openapi.json tells them. Sampling options as docs/server.md lists them.

import ChaskiChat

extension BodySchema {
  private static let events = "text/event-stream"
  private static let lines = "application/x-ndjson"
  private static let question: JSONValue = [["role": "user", "content": "Hello"]]

  private static let sampling: [Field] =
    [
      "temperature", "top_p", "min_p", "typical_p", "top_n_sigma", "dynatemp_range",
      "dynatemp_exponent", "xtc_probability", "xtc_threshold", "repeat_penalty",
      "presence_penalty", "frequency_penalty", "dry_multiplier", "dry_base", "mirostat_tau",
      "mirostat_eta",
    ].map { .optional($0, .number) } + [
      .optional("top_k", .whole(from: -1)), .optional("repeat_last_n", .whole(from: -1)),
      .optional("dry_allowed_length", .whole(from: 1)),
      .optional("dry_penalty_last_n", .whole(from: -1)),
      .optional("dry_sequence_breakers", .texts), .optional("mirostat", .whole(from: 0)),
      .optional("samplers", .texts), .optional("seed", .whole(from: .min)),
      .optional("logit_bias", .object),
    ]

  private static let conversation: [Field] =
    [
      .required("messages", .list), .optional("tools", .list),
      .optional("tool_choice", .either("string", "object")),
      .optional("chat_template_kwargs", .object), .optional("reasoning_effort", .text),
      .optional("continue_final_message", .flag), .optional("n", .whole(from: 1)),
      .optional("max_completion_tokens", .whole(from: 1)),
      .optional("max_tokens", .whole(from: 1)), .optional("stop", .texts),
      .optional("ignore_eos", .flag), .optional("logprobs", .flag),
      .optional("top_logprobs", .whole(from: 0)), .optional("response_format", .object),
      .optional("stream", .flag), .optional("stream_options", .object), truncation,
    ] + sampling

  private static let truncation = Field.optional("truncation", .word(["auto", "disabled"]))

  /// /v1/chat/completions.
  static let chatCompletion = BodySchema(
    fields: [.required("model", .text)] + conversation,
    example: ["model": "smollm2", "messages": question, "max_tokens": 16],
    streamType: events
  )

  /// /apply-template.
  static let template = BodySchema(
    fields: [.optional("model", .text)] + conversation,
    example: ["messages": question]
  )

  /// /v1/completions.
  static let completion = BodySchema(
    fields: [
      .required("model", .text), .required("prompt", .prompts), .optional("suffix", .text),
      .optional("n", .whole(from: 1)), .optional("best_of", .whole(from: 1)),
      .optional("max_tokens", .whole(from: 0)), .optional("echo", .flag),
      .optional("logprobs", .whole(from: 0)), .optional("stop", .texts),
      .optional("ignore_eos", .flag), .optional("stream", .flag),
      .optional("stream_options", .object),
    ] + sampling,
    example: ["model": "smollm2", "prompt": "The capital of France is", "max_tokens": 4],
    streamType: events
  )

  /// /v1/responses.
  static let response = BodySchema(
    fields: [
      .required("model", .text), .required("input", .either("string", "array")),
      .optional("instructions", .text),
      .optional("max_output_tokens", .whole(from: 1)), .optional("include", .list),
      .optional("top_logprobs", .whole(from: 0)), .optional("reasoning", .object),
      .optional("text", .object), .optional("tools", .list), .optional("background", .flag),
      .optional("stream", .flag), truncation,
    ] + sampling,
    example: ["model": "smollm2", "input": "Hello", "max_output_tokens": 16],
    streamType: events
  )

  /// /v1/embeddings.
  static let embedding = BodySchema(
    fields: [
      .required("model", .text), .required("input", .prompts),
      .optional("encoding_format", .word(["float", "base64"])),
      .optional("dimensions", .whole(from: 1)),
    ],
    example: ["model": "smollm2", "input": ["a cat", "a kitten"]]
  )

  /// /v1/messages.
  static let message = messages(.required("max_tokens", .whole(from: 1)), streamType: events)
  /// /v1/messages/count_tokens.
  static let messageCount = messages(.optional("max_tokens", .whole(from: 1)))

  private static func messages(_ limit: Field, streamType: String? = nil) -> BodySchema {
    BodySchema(
      fields: [
        .required("model", .text), .required("messages", .list), limit,
        .optional("system", .either("string", "array")), .optional("stop_sequences", .texts),
        .optional("thinking", .object), .optional("output_config", .object),
        .optional("tools", .list), .optional("stream", .flag), truncation,
      ] + sampling,
      example: ["model": "smollm2", "messages": question, "max_tokens": 16],
      streamType: streamType
    )
  }

  private static let ollama: [Field] = [
    .required("model", .text), .optional("options", .object), .optional("logprobs", .flag),
    .optional("top_logprobs", .whole(from: 0)), .optional("stream", .flag),
    .optional("think", .either("boolean", "string")),
    .optional("keep_alive", .either("number", "string")),
  ]

  /// /api/chat.
  static let ollamaChat = BodySchema(
    fields: ollama + [
      .optional("messages", .list), .optional("tools", .list), .optional("truncate", .flag),
    ],
    example: ["model": "smollm2", "messages": question, "options": ["num_predict": 16]],
    streamType: lines
  )

  /// /api/generate.
  static let ollamaGenerate = BodySchema(
    fields: ollama + [
      .optional("prompt", .text), .optional("suffix", .text), .optional("system", .text),
      .optional("raw", .flag), .optional("template", .text), .optional("images", .list),
      .optional("context", .list),
    ],
    example: ["model": "smollm2", "prompt": "Hello", "options": ["num_predict": 16]],
    streamType: lines
  )

  /// /api/show.
  static let ollamaShow = BodySchema(
    fields: [.required("model", .text)],
    example: ["model": "smollm2"]
  )

  /// /api/embed.
  static let ollamaEmbed = BodySchema(
    fields: [
      .required("model", .text), .optional("input", .texts), .optional("truncate", .flag),
      .optional("dimensions", .whole(from: 1)), .optional("options", .object),
    ],
    example: ["model": "smollm2", "input": ["a cat", "a kitten"]]
  )

  /// /api/embeddings.
  static let ollamaEmbedding = BodySchema(
    fields: [
      .required("model", .text), .optional("prompt", .text), .optional("truncate", .flag),
      .optional("options", .object),
    ],
    example: ["model": "smollm2", "prompt": "a cat"]
  )

  /// /tokenize.
  static let text = BodySchema(
    fields: [
      .required("content", .text), .optional("model", .text), .optional("add_special", .flag),
      .optional("parse_special", .flag), .optional("with_pieces", .flag),
    ],
    example: ["content": "Hello world"]
  )

  /// /detokenize.
  static let tokens = BodySchema(
    fields: [.required("tokens", .list), .optional("model", .text)],
    example: ["tokens": [72, 105]]
  )

  /// /infill.
  static let gap = BodySchema(
    fields: [
      .required("input_prefix", .text), .required("input_suffix", .text),
      .optional("model", .text), .optional("prompt", .text), .optional("input_extra", .list),
      .optional("n_predict", .whole(from: -1)), .optional("max_tokens", .whole(from: -1)),
      .optional("stop", .texts), .optional("ignore_eos", .flag), .optional("stream", .flag),
      .optional("response_fields", .texts),
    ] + sampling,
    example: ["input_prefix": "def add(a, b):\n    ", "input_suffix": "\n", "n_predict": 16],
    streamType: events
  )
}
