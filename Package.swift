// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// The modules that own memory may return spans of it.
let ownerSettings = settings + [.enableExperimentalFeature("Lifetimes")]

/// One library module of ours; `scripts/check-layers` proves that it imports what it names here.
func module(
  _ name: String,
  _ dependencies: [Target.Dependency] = [],
  ownsMemory: Bool = false,
  resources: [Resource]? = nil
) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    resources: resources,
    swiftSettings: ownsMemory ? ownerSettings : settings
  )
}

/// The tests of one module, which mirror its sources; `ChaskiTestSupport` says where they find what they share.
func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: module + "Tests",
    dependencies: [.byName(name: module), "ChaskiTestSupport"] + dependencies,
    exclude: [
      "ChaskiJinja", "ChaskiEvaluation", "ChaskiGeneration", "ChaskiQuantization",
    ].contains(module) ? ["Fixtures"] : [],
    swiftSettings: settings
  )
}

let package = Package(
  name: "chaski",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Chaski", targets: ["Chaski"]),
    .library(name: "ChaskiJinja", targets: ["ChaskiJinja"]),
    .executable(name: "chaski", targets: ["ChaskiCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
    .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    .target(name: "ChaskiKernels"),
    module("ChaskiTensors", ["ChaskiKernels"], ownsMemory: true),
    module("ChaskiFiles", ["ChaskiTensors"], ownsMemory: true),
    module("ChaskiCheckpoints", ["ChaskiFiles", "ChaskiTensors"]),
    module("ChaskiQuantization", ["ChaskiCheckpoints", "ChaskiFiles", "ChaskiTensors"]),
    module("ChaskiTokenizers"),
    module("ChaskiSampling"),
    module("ChaskiJinja"),
    module("ChaskiTerminal"),
    module("ChaskiLayers", ["ChaskiTensors"]),
    module(
      "ChaskiModels",
      ["ChaskiLayers", "ChaskiCheckpoints", "ChaskiFiles", "ChaskiTensors"]
    ),
    module("ChaskiChat", ["ChaskiJinja"]),
    module(
      "ChaskiGeneration",
      [
        "ChaskiModels", "ChaskiLayers", "ChaskiCheckpoints", "ChaskiTokenizers", "ChaskiSampling",
        "ChaskiFiles", "ChaskiTensors",
      ]
    ),
    module(
      "ChaskiEvaluation",
      [
        "ChaskiGeneration", "ChaskiModels", "ChaskiLayers", "ChaskiCheckpoints", "ChaskiTokenizers",
        "ChaskiSampling", "ChaskiFiles", "ChaskiTensors",
      ]
    ),
    module(
      "ChaskiHub",
      [
        "ChaskiSampling",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]
    ),
    module(
      "Chaski",
      [
        "ChaskiGeneration", "ChaskiCheckpoints", "ChaskiChat", "ChaskiSampling", "ChaskiTokenizers",
        "ChaskiHub",
      ]
    ),
    module("ChaskiMetrics", [.product(name: "CoreMetrics", package: "swift-metrics")]),
    module(
      "ChaskiTenants",
      [
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]
    ),
    module(
      "ChaskiServer",
      [
        "Chaski", "ChaskiGeneration", "ChaskiModels", "ChaskiCheckpoints", "ChaskiChat",
        "ChaskiMetrics", "ChaskiSampling", "ChaskiTenants", "ChaskiTokenizers", "ChaskiFiles",
        "ChaskiTensors",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      resources: [.embedInCode("Page/Files")]
    ),
    module(
      "ChaskiConversion",
      [
        "ChaskiGeneration", "ChaskiCheckpoints", "ChaskiTokenizers", "ChaskiFiles", "ChaskiTensors",
      ]
    ),
    .executableTarget(
      name: "ChaskiCommand",
      dependencies: [
        "Chaski", "ChaskiConversion", "ChaskiGeneration", "ChaskiEvaluation", "ChaskiQuantization",
        "ChaskiChat", "ChaskiSampling", "ChaskiTokenizers", "ChaskiCheckpoints", "ChaskiFiles",
        "ChaskiTensors", "ChaskiHub", "ChaskiServer", "ChaskiTenants", "ChaskiTerminal",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings
    ),

    .target(
      name: "ChaskiTestSupport",
      path: "Tests/ChaskiTestSupport",
      swiftSettings: settings
    ),
    tests("ChaskiKernels"),
    tests("ChaskiTensors"),
    tests("ChaskiFiles", ["ChaskiTensors"]),
    tests("ChaskiCheckpoints", ["ChaskiFiles", "ChaskiTensors"]),
    tests(
      "ChaskiQuantization",
      ["ChaskiCheckpoints", "ChaskiFiles", "ChaskiTensors"]
    ),
    tests("ChaskiTokenizers"),
    tests("ChaskiSampling"),
    tests("ChaskiJinja"),
    tests("ChaskiTerminal"),
    tests("ChaskiLayers", ["ChaskiTensors"]),
    tests("ChaskiModels", ["ChaskiLayers", "ChaskiCheckpoints", "ChaskiFiles", "ChaskiTensors"]),
    tests("ChaskiChat"),
    tests(
      "ChaskiGeneration",
      [
        "ChaskiModels", "ChaskiCheckpoints", "ChaskiSampling", "ChaskiTensors", "ChaskiTokenizers",
        "ChaskiFiles",
      ]
    ),
    tests(
      "ChaskiEvaluation",
      ["ChaskiGeneration", "ChaskiModels", "ChaskiTensors", "ChaskiTokenizers", "ChaskiFiles"]
    ),
    tests(
      "ChaskiHub",
      [
        "ChaskiSampling",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]
    ),
    tests("ChaskiMetrics", [.product(name: "CoreMetrics", package: "swift-metrics")]),
    tests("ChaskiTenants", [.product(name: "GRDB", package: "GRDB.swift")]),
    tests("Chaski", ["ChaskiGeneration", "ChaskiChat", "ChaskiSampling", "ChaskiTensors"]),
    tests(
      "ChaskiServer",
      [
        "Chaski", "ChaskiChat", "ChaskiGeneration", "ChaskiMetrics", "ChaskiSampling",
        "ChaskiTenants", "ChaskiTensors", "ChaskiTokenizers",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
      ]
    ),
    tests(
      "ChaskiConversion",
      [
        "ChaskiCheckpoints", "ChaskiGeneration", "ChaskiTokenizers", "ChaskiFiles", "ChaskiTensors",
      ]
    ),
    tests("ChaskiCommand"),
  ]
)
