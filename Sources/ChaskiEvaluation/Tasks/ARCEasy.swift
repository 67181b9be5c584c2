// Owns: ARC's easy set, which is read as the hard one is.

/// ARC's easy set.
package enum ARCEasy: EvaluationTask {
  package static let name = "arc_easy"
  package static let summary = "science questions of schools, the easy set"
  package static let fileNames = ["arc_easy_test.jsonl", "ARC-Easy-Test.jsonl"]
  package static let exampleFileNames = ["arc_easy_train.jsonl"]

  package static func items(
    of file: TaskFile,
    limit: Int?
  ) throws(EvaluationError) -> [EvaluationItem] {
    try ARCChallenge.items(of: file, limit: limit)
  }
}
