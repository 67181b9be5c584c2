// Owns: telling the figures of every request that passes a gate.

import ChaskiGeneration
package import ChaskiTenants

/// A gate that notes what passes another one.
package struct MeteredGate: Gate {
  private let base: any Gate
  private let figures: ServerFigures

  /// A gate that lets in whom `base` lets in, and tells `figures`.
  package init(_ base: any Gate, figures: ServerFigures) {
    self.base = base
    self.figures = figures
  }

  package var hasKeys: Bool {
    get async { await base.hasKeys }
  }

  package func caller(secret: String?, for scope: Scope) async throws -> Caller {
    try await base.caller(secret: secret, for: scope)
  }

  package func admit(_ caller: Caller, _ demand: TokenDemand) async throws -> (any Permit)? {
    do {
      let permit = try await base.admit(caller, demand)
      return MeteredPermit(base: permit, figures: figures, team: caller.party.team)
    } catch {
      figures.noteRefusal(team: caller.party.team)
      throw error
    }
  }
}

/// A permit whose end is noted.
private struct MeteredPermit: Permit {
  let base: (any Permit)?
  let figures: ServerFigures
  let team: String

  var tokenCount: Int? { base?.tokenCount }

  func finish(_ usage: RequestUsage) async {
    figures.note(usage, team: team)
    await base?.finish(usage)
  }
}
