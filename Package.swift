// swift-tools-version: 6.1
import PackageDescription

// The rooms of the house, lowest first; arrows run only downwards (README, "The rooms").
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "GenSemCom",
    products: [
        .executable(name: "testbed", targets: ["TestbedCommand"]),
        .executable(name: "tx-node", targets: ["tx-node"]),
        .executable(name: "channel-node", targets: ["channel-node"]),
        .executable(name: "rx-node", targets: ["rx-node"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.0"),
    ],
    targets: [
        // MARK: C libraries and the few system calls Swift cannot make by itself
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "COpenJPEG", pkgConfig: "libopenjp2", providers: [.apt(["libopenjp2-7-dev"])]),
        .target(name: "CImaging", dependencies: ["CPNG", "CJPEG", "COpenJPEG"]),
        .target(name: "CPlatform"),
        .target(name: "CKernels"),

        // MARK: what people's folders hold: text, listings, files that stand whole
        .target(name: "Files", swiftSettings: strict),

        // MARK: values, randomness and time passed in
        .target(name: "Determinism", swiftSettings: strict),
        .target(name: "Imaging", dependencies: ["CImaging", "Files"], swiftSettings: strict),
        .target(name: "Neural", dependencies: ["COpenBLAS", "CKernels", "Files"], swiftSettings: strict),

        // MARK: the stages of one image; none imports another
        .target(name: "Semantics", dependencies: ["Neural", "Imaging", "Files"], resources: [.copy("Resources")], swiftSettings: strict),
        .target(name: "HyperpriorCodec", dependencies: ["Neural", "Imaging", "Files"], resources: [.copy("Resources")], swiftSettings: strict),
        .target(name: "Inpainting", dependencies: ["Neural", "Imaging", "Determinism", "Files"], resources: [.copy("Resources")], swiftSettings: strict),
        .target(name: "Fidelity", dependencies: ["Neural", "Imaging"], swiftSettings: strict),
        .target(name: "Channels", dependencies: ["Determinism", "Files"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["CSodium", "Determinism"], swiftSettings: strict),
        .target(name: "Adaptation", swiftSettings: strict),
        .target(name: "Datagrams", dependencies: ["CPlatform", "Wire", "Determinism"], swiftSettings: strict),

        // MARK: the composition
        .target(
            name: "Testbed",
            dependencies: [
                "Determinism", "Imaging", "Neural", "Semantics", "HyperpriorCodec", "Inpainting", "Fidelity",
                "Channels", "Wire", "Adaptation", "Datagrams", "Files",
                .product(name: "Yams", package: "Yams"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "FlyingFox", package: "FlyingFox"),
                .product(name: "FlyingSocks", package: "FlyingFox"),
            ],
            resources: [.copy("Resources")],
            swiftSettings: strict),
        .target(
            name: "CommandLineTools",
            dependencies: [
                "Testbed", "Determinism", "Imaging", "Neural", "Semantics", "HyperpriorCodec", "Inpainting", "Fidelity", "Channels",
                "Wire", "Adaptation", "Datagrams", "Files", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "TestbedCommand", dependencies: ["CommandLineTools"], swiftSettings: strict),
        .executableTarget(name: "tx-node", dependencies: ["CommandLineTools"], swiftSettings: strict),
        .executableTarget(name: "channel-node", dependencies: ["CommandLineTools"], swiftSettings: strict),
        .executableTarget(name: "rx-node", dependencies: ["CommandLineTools"], swiftSettings: strict),

        // MARK: tests
        .testTarget(name: "FilesTests", dependencies: ["Files"], swiftSettings: strict),
        .testTarget(
            name: "ReaderTests", dependencies: ["Files", "Channels", "Semantics", "Inpainting", "Imaging", "Adaptation", "Testbed"], swiftSettings: strict),
        .testTarget(name: "DeterminismTests", dependencies: ["Determinism"], swiftSettings: strict),
        .testTarget(name: "ImagingTests", dependencies: ["Imaging"], resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "NeuralTests", dependencies: ["Neural", "CKernels"], resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "SemanticsTests", dependencies: ["Semantics", "Files"], resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "HyperpriorCodecTests", dependencies: ["HyperpriorCodec"], resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "InpaintingTests", dependencies: ["Inpainting"], resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "FidelityTests", dependencies: ["Fidelity", "HyperpriorCodec", "Semantics"], resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "ChannelsTests", dependencies: ["Channels"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: strict),
        .testTarget(name: "AdaptationTests", dependencies: ["Adaptation"], swiftSettings: strict),
        .testTarget(name: "DatagramsTests", dependencies: ["Datagrams", "CPlatform"], swiftSettings: strict),
        .testTarget(name: "TestbedTests", dependencies: ["Testbed", "CommandLineTools", "Files"], swiftSettings: strict),
    ]
)
