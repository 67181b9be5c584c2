// Owns: the program's entry and its list of commands.

import ArgumentParser

/// The program.
@main
struct ChaskiCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chaski",
    abstract: "Run open language models on this machine.",
    discussion: """
      Examples:
        chaski run smollm2 "What is the capital of France?"
        chaski chat smollm2
        chaski bench smollm2 -p 512 -n 128 -t 2

      A MODEL is a name (`smollm2`, see `chaski list --available`), a GGUF file, a Hugging Face folder, or \
      a repository on a Hugging Face-style hub (`hf:OWNER/REPO[/FILE]`). A model that is not there is brought when it is \
      first used.
      """,
    version: version,
    subcommands: [
      RunCommand.self, ChatCommand.self, ServeCommand.self, PullCommand.self, ListCommand.self,
      ShowCommand.self,
      RemoveCommand.self, BenchCommand.self, TokenizeCommand.self, PerplexityCommand.self,
      EvalCommand.self, LogitsCommand.self, ConvertCommand.self, QuantizeCommand.self,
      ImatrixCommand.self, TeamsCommand.self, KeysCommand.self, UsageCommand.self,
      AuditCommand.self,
    ]
  )

  /// The version, until there are releases.
  static let version = "0.1.0-dev"
}
