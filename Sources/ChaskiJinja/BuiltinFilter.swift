// Owns: the names of filters and which function applies each.
// Source: the template designer documentation of Jinja 3.1, "List of Builtin Filters"; `tojson`
// is that of chat templates.

/// The filters.
enum BuiltinFilter: String {
  case abs, attr, batch, capitalize, center, count, d, `default`, dictsort, e, escape
  case filesizeformat, first, float, forceescape, format, groupby, indent, int, items, join, last
  case length, list, lower, map, max, min, reject, rejectattr, replace, reverse, round, safe
  case select, selectattr, slice, sort, string, sum, title, tojson, trim, truncate, unique, upper
  case urlencode, wordcount, xmlattr
}

extension Renderer {
  /// Applies a filter by its name, which the template may have computed.
  func applyFilter(
    named name: String,
    to value: Value,
    _ arguments: Arguments
  ) throws(JinjaError) -> Value {
    guard let filter = BuiltinFilter(rawValue: name) else {
      throw typeError("No filter named '\(name)'.")
    }
    try charge()
    // `map` applies filters in its turn, and among them itself.
    try enter()
    defer { leave() }
    switch filter {
    case .attr, .batch, .count, .default, .d, .dictsort, .first, .groupby, .items, .join, .last,
      .length, .list, .map, .max, .min, .reject, .rejectattr, .reverse, .select, .selectattr,
      .slice, .sort, .sum, .unique:
      return try applySequenceFilter(filter, to: value, arguments)
    case .abs, .filesizeformat, .float, .int, .round:
      return try applyNumberFilter(filter, to: value, arguments)
    case .tojson: return try toJSON(value, arguments)
    default: return try applyTextFilter(filter, to: value, arguments)
    }
  }
}
