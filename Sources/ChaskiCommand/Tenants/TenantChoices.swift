// Owns: scopes and groupings as values of options.

import ArgumentParser
import ChaskiTenants

extension Scope: ExpressibleByArgument {}

extension UsageGrouping: ExpressibleByArgument {}
