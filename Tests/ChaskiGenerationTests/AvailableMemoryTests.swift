import ChaskiGeneration
import Testing

/// Reading what bounds this process's memory.
struct AvailableMemoryTests {
  @Test func `sizes are read in bytes`() {
    let text = "MemTotal:       24684092 kB\nMemAvailable:   20439136 kB\nHugePages_Total:   0\n"
    #expect(
      AvailableMemory.fields(text) == [
        "MemTotal": 24_684_092 << 10, "MemAvailable": 20_439_136 << 10,
      ]
    )
    #expect(AvailableMemory.fields("MemAvailable: 99999999999999999999 kB\nx\n: kB") == [:])
    #expect(AvailableMemory.fields("A: 9223372036854775807 kB") == ["A": .max])
  }

  @Test func `limits are read, and none is none`() {
    let text = """
      Limit                     Soft Limit           Hard Limit           Units
      Max data size             419430400            unlimited            bytes
      Max address space         unlimited            unlimited            bytes
      """
    #expect(AvailableMemory.limit("Max data size", in: text) == 419_430_400)
    #expect(AvailableMemory.limit("Max address space", in: text) == nil)
    #expect(AvailableMemory.limit("Max stack size", in: text) == nil)
  }

  @Test func `groups of both versions are found, with those around them`() {
    #expect(
      AvailableMemory.groups("4:memory:/a/b\n2:cpu,cpuacct:/c\n0::/user.slice\n") == [
        "/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/memory/a", "/sys/fs/cgroup/memory",
        "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup",
      ]
    )
    #expect(AvailableMemory.groups("0::/\n") == ["/sys/fs/cgroup"])
    #expect(AvailableMemory.groups("") == [])
  }
}
