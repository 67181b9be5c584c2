// Owns: which fixtures wait for an architecture. Empty when every family runs.

extension FixtureModel {
  /// Fixtures that do not run yet; a test sees to it that none is forgotten here when it does.
  static let pending: Set<String> = []
}
