import ChaskiTestSupport
import ChaskiFiles
import ChaskiLayers
import ChaskiTensors
import Foundation
import Testing

/// Every tiny model of the fixtures against what transformers recorded, and against itself.
@Suite(.enabled(if: Shared.isPresent, Shared.reason))
struct FixtureTests {
  @Test func `there are fixtures`() {
    #expect(FixtureModel.all.count >= 36)
  }

  @Test(arguments: FixtureModel.all)
  func `logits equal the recorded ones`(fixture: FixtureModel) throws {
    let model = try TestModel(fixture)
    let allowed = try fixture.meta().tolerance
    let prompts = try fixture.prompts()
    #expect(prompts.count >= 2)
    for prompt in prompts {
      let found = try model.logits(prompt.tokens)
      let difference = largestDifference(found, prompt.logits)
      #expect(difference <= allowed, "prompt \(prompt.name)")
    }
  }

  /// Hidden states may be as far from the recorded ones as logits: ten times the reference's own noise.
  @Test(arguments: FixtureModel.allFolders)
  func `hidden states equal the recorded ones`(fixture: FixtureModel) throws {
    let prompt = try fixture.prompt("p3")
    let found = try TestModel(fixture).hiddenStates(prompt.tokens)
    let (file, _) = try fixture.reference()
    let noise = try fixture.meta().hiddenNoise
    #expect(noise.count == found.count && found.count >= 3)
    for (name, noise) in noise {
      let state = try #require(found[name], "no \(name)")
      let difference = largestDifference(state, try file.floats("p3.\(name)"))
      #expect(difference <= max(10 * noise, 2e-5), "\(name)")
    }
  }

  @Test(arguments: FixtureModel.allFolders)
  func `greedy tokens equal the recorded ones`(fixture: FixtureModel) throws {
    let model = try TestModel(fixture)
    let meta = try fixture.meta()
    for run in [meta.greedy, meta.greedyLong] {
      let prompt = try fixture.prompt(run.prompt).tokens
      #expect(try model.greedy(after: prompt, count: run.ids.count) == run.ids, "\(run.prompt)")
    }
    if let change = meta.crossSwitch {
      let found = try model.greedy(after: change.prompt, count: change.cachedIDs.count)
      #expect(found == change.cachedIDs, "over the length at which angles change")
    }
  }

  @Test(arguments: FixtureModel.all)
  func `chunks, threads and instruction sets give the same bits`(fixture: FixtureModel) throws {
    let tokens = try fixture.prompt("p4").tokens
    let whole = try TestModel(fixture).logits(tokens)
    for set in InstructionSet.available {
      for threads in 1...3 {
        let model = try TestModel(fixture, threads: threads, instructionSet: set)
        for chunk in [1, 7, 64, 72] {
          #expect(
            try model.logits(tokens, chunkLength: chunk) == whole,
            "\(set) with \(threads) threads in chunks of \(chunk)"
          )
        }
      }
    }
  }

  @Test(arguments: FixtureModel.all)
  func `a batch gives every sequence the bits it has alone`(fixture: FixtureModel) throws {
    let model = try TestModel(fixture, threads: 2)
    let long = try fixture.prompt("p4").tokens
    let short = try fixture.prompt("p3").tokens
    let parts = [long, short, Array(long.prefix(30))]
    let pages = try model.pages(200, sequences: 3)
    let sequences = (0..<3).map { _ in KVSequence(in: pages) }
    let together = try model.logits(
      zip(sequences, parts).map {
        Step.Input(sequence: $0, tokens: $1, logits: 0..<$1.count, promptLength: $1.count)
      }
    )
    let alone = try parts.flatMap { try model.logits($0) }
    #expect(together == alone)
  }

  @Test(arguments: FixtureModel.all)
  func `a fork goes on as the original would`(fixture: FixtureModel) throws {
    let model = try TestModel(fixture)
    let tokens = try fixture.prompt("p4").tokens
    let whole = try model.logits(tokens)
    let pages = try model.pages(200, sequences: 2)
    let sequence = KVSequence(in: pages)
    let half = tokens.count / 2
    _ = try model.logits([
      Step.Input(
        sequence: sequence,
        tokens: Array(tokens[..<half]),
        promptLength: tokens.count
      )
    ])
    let fork = sequence.fork()
    // The original goes another way first: the page they share must be copied, not overwritten.
    _ = try model.logits([Step.Input(sequence: sequence, tokens: [1, 2, 3])])
    let rest = Array(tokens[half...])
    let found = try model.logits([
      Step.Input(
        sequence: fork,
        tokens: rest,
        logits: 0..<rest.count,
        promptLength: tokens.count
      )
    ])
    #expect(found == Array(whole.suffix(found.count)))
  }
}
