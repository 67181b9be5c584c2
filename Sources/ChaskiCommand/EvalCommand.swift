// Owns: `chaski eval` and its list of tasks.

import ArgumentParser
import ChaskiEvaluation

/// Measures how good a model is.
struct EvalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval",
    abstract: "Measure how good a model is, on tasks and texts.",
    discussion: """
      Tasks are scored as lm-evaluation-harness defines them. Their data is not part of Chaski: give a file \
      with --data, or set CHASKI_DATA to a folder that has it.

      Examples:
        chaski eval hellaswag smollm2 --data hellaswag_val.jsonl --limit 400
        chaski eval gsm8k model.gguf --few-shot 5 --resume gsm8k.results.jsonl
        chaski eval choices model.gguf --data my-questions.jsonl --json
        chaski eval kl small.gguf --against large.gguf --file wiki.test.raw --chunks 20
        chaski eval perplexity smollm2 --file wiki.test.raw
      """,
    subcommands: [
      EvalTaskCommand<HellaSwag>.self, EvalTaskCommand<Lambada>.self, EvalTaskCommand<PIQA>.self,
      EvalTaskCommand<ARCEasy>.self, EvalTaskCommand<ARCChallenge>.self,
      EvalTaskCommand<GSM8K>.self, EvalTaskCommand<MultipleChoice>.self, PerplexityCommand.self,
      EvalDivergenceCommand.self,
    ]
  )
}
