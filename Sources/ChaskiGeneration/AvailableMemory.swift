// Owns: how much memory this process may still take. Does not own: what is done where it is too little.

import Foundation

/// What bounds the memory of this process, as the system says in text files.
package enum AvailableMemory {
  /// Bytes that can be taken before the system must take some back, or nil if it does not say.
  ///
  /// The least of what is free on the machine, what the process's control groups leave it, and what its
  /// resource limits leave it (`ulimit -d`, `ulimit -v`).
  package static func byteCount() -> Int? {
    let status = text("/proc/self/status").map(fields) ?? [:]
    let limits = text("/proc/self/limits") ?? ""
    let bounds = [
      text("/proc/meminfo").flatMap { fields($0)["MemAvailable"] },
      left(of: limit("Max data size", in: limits), used: status["VmData"]),
      left(of: limit("Max address space", in: limits), used: status["VmSize"]),
      groups(text("/proc/self/cgroup") ?? "").compactMap(leftByGroup).min(),
    ]
    return bounds.compactMap { $0 }.min()
  }

  /// The numbers of lines such as `MemAvailable:  1024 kB`, in bytes.
  package static func fields(_ text: String) -> [String: Int] {
    var result: [String: Int] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 3, words[0].hasSuffix(":"), words[2] == "kB", let count = Int(words[1])
      else { continue }
      let (bytes, overflow) = count.multipliedReportingOverflow(by: 1024)
      result[String(words[0].dropLast())] = overflow ? .max : bytes
    }
    return result
  }

  /// The soft limit `name` of `/proc/self/limits`; nil if there is none.
  package static func limit(_ name: String, in text: String) -> Int? {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + " ") }) else {
      return nil
    }
    return line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first.flatMap {
      Int($0)
    }
  }

  /// The folders of the control groups of `/proc/self/cgroup` that may limit memory, innermost first.
  package static func groups(_ text: String) -> [String] {
    text.split(separator: "\n").flatMap { line -> [String] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty || parts[1].split(separator: ",").contains("memory")
      else { return [] }
      let root = "/sys/fs/cgroup" + (parts[1].isEmpty ? "" : "/memory")
      var names = parts[2].split(separator: "/")
      var result: [String] = []
      while !names.isEmpty {
        result.append(root + "/" + names.joined(separator: "/"))
        names.removeLast()
      }
      return result + [root]
    }
  }

  /// What the group in `folder` leaves, of either version; pages of files count as free.
  private static func leftByGroup(_ folder: String) -> Int? {
    let limit = text(folder + "/memory.max") ?? text(folder + "/memory.limit_in_bytes")
    let used = text(folder + "/memory.current") ?? text(folder + "/memory.usage_in_bytes")
    guard let limit = limit.flatMap(number), let used = used.flatMap(number) else { return nil }
    var files = 0
    for line in (text(folder + "/memory.stat") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let count = Int(words[1]) else { continue }
      if ["inactive_file", "active_file"].contains(words[0]) { files &+= count }
    }
    return left(of: limit, used: max(used - max(files, 0), 0))
  }

  private static func left(of limit: Int?, used: Int?) -> Int? {
    limit.map { max($0 - (used ?? 0), 0) }
  }

  /// The number in a file of one word; nil for `max`, and for the huge number that means no limit.
  private static func number(_ text: String) -> Int? { Int(text.filter { !$0.isWhitespace }) }

  private static func text(_ path: String) -> String? {
    try? String(contentsOfFile: path, encoding: .utf8)
  }
}
