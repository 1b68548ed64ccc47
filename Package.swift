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
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .target(name: "CImaging", dependencies: ["CPNG", "CJPEG", "COpenJPEG", "CWebP"]),
        .target(name: "CPlatform"),
        .target(name: "CKernels"),

        // MARK: what people's folders hold: text, listings, files that stand whole
        .target(name: "Files", swiftSettings: strict),

        // MARK: values, randomness and time passed in
        .target(name: "Determinism", swiftSettings: strict),
        .target(name: "Imaging", dependencies: ["CImaging", "Files"], swiftSettings: strict),
        .target(name: "Neural", dependencies: ["COpenBLAS", "CKernels", "Files"], swiftSettings: strict),
        .target(name: "FeatureMaps", dependencies: ["Neural", "CKernels"], swiftSettings: strict),

        // MARK: the stages of one image; none imports another
        .target(
            name: "Semantics", dependencies: ["FeatureMaps", "Neural", "Imaging", "Files"],
            resources: [.copy("Resources")],
            swiftSettings: strict),
        .target(name: "EntropyCoding", swiftSettings: strict),
        .target(name: "SideInformation", dependencies: ["EntropyCoding", "Imaging"], swiftSettings: strict),
        .target(
            name: "HyperpriorCodec",
            dependencies: ["SideInformation", "EntropyCoding", "FeatureMaps", "Neural", "Imaging", "Files"],
            resources: [.copy("Resources")],
            swiftSettings: strict),
        .target(name: "ModelFolders", dependencies: ["Neural"], swiftSettings: strict),
        .target(
            name: "PromptEncoding", dependencies: ["ModelFolders", "Neural", "Files"], swiftSettings: strict),
        .target(
            name: "Inpainting",
            dependencies: ["ModelFolders", "PromptEncoding", "Neural", "Imaging", "Determinism", "Files"],
            resources: [.copy("Resources")], swiftSettings: strict),
        .target(name: "Fidelity", dependencies: ["Neural", "Imaging"], swiftSettings: strict),
        .target(name: "Channels", dependencies: ["Determinism", "Files"], swiftSettings: strict),
        .target(name: "Wire", dependencies: ["CSodium", "Determinism"], swiftSettings: strict),
        .target(name: "Adaptation", swiftSettings: strict),
        .target(name: "Datagrams", dependencies: ["CPlatform", "Determinism"], swiftSettings: strict),
        .target(name: "Processes", dependencies: ["CPlatform", "Files"], swiftSettings: strict),

        // MARK: what a run is asked to be, and what it writes down
        .target(
            name: "Records", dependencies: ["Files", "Determinism", "Channels", "EntropyCoding"],
            swiftSettings: strict),
        .target(
            name: "Declarations", dependencies: ["Files", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(
            name: "Topologies",
            dependencies: [
                "Declarations", "Files", "Determinism", "Channels", "Adaptation",
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict),

        // MARK: decisions without I/O, and the way of one image
        .target(
            name: "Roles",
            dependencies: [
                "Declarations", "Files", "Records", "Topologies", "Wire", "Channels", "Adaptation", "Determinism",
                "Imaging", "HyperpriorCodec", "EntropyCoding",
            ],
            swiftSettings: strict),
        .target(
            name: "ImagePipeline",
            dependencies: [
                "SideInformation", "Declarations", "Files", "Roles", "Records", "Topologies", "Wire", "Adaptation",
                "Channels", "EntropyCoding", "Determinism", "Datagrams", "Processes", "Semantics", "HyperpriorCodec",
                "Inpainting", "Fidelity", "Imaging", "Neural", "CSodium",
            ],
            swiftSettings: strict),

        // MARK: the roles driven: by sockets and the clock, or by a virtual clock
        .target(
            name: "Nodes",
            dependencies: [
                "Declarations", "Files", "ImagePipeline", "Roles", "Records", "Topologies", "Wire", "Channels",
                "Datagrams", "Processes", "Determinism", "HyperpriorCodec",
            ],
            swiftSettings: strict),
        .target(
            name: "Launching",
            dependencies: [
                "Declarations", "Files", "Nodes", "ImagePipeline", "Roles", "Records", "Topologies", "Wire",
                "Adaptation", "Datagrams", "Processes", "Determinism", "Semantics",
            ],
            swiftSettings: strict),
        .target(
            name: "VirtualTime",
            dependencies: [
                "ImagePipeline", "Roles", "Records", "Topologies", "Wire", "Channels", "Adaptation", "Determinism",
            ],
            swiftSettings: strict),

        // MARK: what a run leaves, as tables and pages
        .target(
            name: "Results",
            dependencies: [
                "Channels", "EntropyCoding", "Files", "Records", "Topologies", "Wire", "Determinism",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),
        .target(
            name: "Report",
            dependencies: [
                "Channels", "Files", "Results", "Records", "Adaptation", "Determinism", "Imaging",
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            resources: [.copy("Resources")],
            swiftSettings: strict),
        .target(
            name: "LiveDashboard",
            dependencies: [
                "Files", "Report", "Launching", "Topologies", "Datagrams", "Processes",
                .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
            ],
            resources: [.copy("Resources")],
            swiftSettings: strict),

        // MARK: the composition
        .target(
            name: "Runs",
            dependencies: [
                "Inpainting", "Declarations", "Files", "Launching", "VirtualTime", "ImagePipeline", "Roles", "Results",
                "Report", "Records", "Topologies", "Adaptation", "Channels", "Datagrams", "Processes", "Determinism",
                "Fidelity", "HyperpriorCodec", "Imaging", "Neural", "Semantics", "Wire",
            ],
            swiftSettings: strict),
        .target(
            name: "Experiments",
            dependencies: [
                "Declarations", "Files", "ImagePipeline", "Results", "Report", "Records", "Topologies", "Adaptation",
                "Determinism", "Fidelity", "HyperpriorCodec", "Imaging", "Inpainting", "Neural", "Processes",
                "Semantics", .product(name: "Mustache", package: "swift-mustache"),
            ],
            swiftSettings: strict),
        .target(
            name: "CommandLineTools",
            dependencies: [
                "SideInformation", "EntropyCoding", "Declarations", "Files", "Runs", "Experiments", "LiveDashboard",
                "Launching", "Nodes", "ImagePipeline", "Roles", "Results", "Report", "Records", "Topologies",
                "Determinism", "Imaging", "Neural", "Semantics", "HyperpriorCodec", "Inpainting", "Fidelity",
                "Channels", "Adaptation", "Datagrams", "Processes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "TestbedCommand", dependencies: ["CommandLineTools"], swiftSettings: strict),
        .executableTarget(name: "tx-node", dependencies: ["CommandLineTools"], swiftSettings: strict),
        .executableTarget(name: "channel-node", dependencies: ["CommandLineTools"], swiftSettings: strict),
        .executableTarget(name: "rx-node", dependencies: ["CommandLineTools"], swiftSettings: strict),

        // MARK: tests
        .testTarget(name: "FilesTests", dependencies: ["Files"], swiftSettings: strict),
        .testTarget(
            name: "ReaderTests",
            dependencies: ["Files", "Channels", "Semantics", "Inpainting", "PromptEncoding", "Imaging", "Adaptation"],
            swiftSettings: strict),
        .testTarget(name: "DeterminismTests", dependencies: ["Determinism"], swiftSettings: strict),
        .testTarget(
            name: "ImagingTests", dependencies: ["Imaging"], resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(
            name: "NeuralTests", dependencies: ["FeatureMaps", "Neural", "CKernels"], resources: [.copy("Golden")],
            swiftSettings: strict),
        .testTarget(name: "FeatureMapsTests", dependencies: ["FeatureMaps", "Neural"], swiftSettings: strict),
        .testTarget(
            name: "SemanticsTests", dependencies: ["Files", "Neural", "Imaging", "Semantics"],
            resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(
            name: "HyperpriorCodecTests",
            dependencies: [
                "TestSupport", "SideInformation", "EntropyCoding", "FeatureMaps", "Neural", "Imaging",
                "HyperpriorCodec",
            ],
            resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(
            name: "InpaintingTests",
            dependencies: [
                "Files", "ModelFolders", "PromptEncoding", "Neural", "Imaging", "Determinism", "Inpainting",
            ],
            resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(
            name: "FidelityTests", dependencies: ["Neural", "Imaging", "Fidelity", "HyperpriorCodec", "Semantics"],
            resources: [.copy("Golden")], swiftSettings: strict),
        .testTarget(name: "ChannelsTests", dependencies: ["Determinism", "Channels"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Determinism", "Wire"], swiftSettings: strict),
        .testTarget(name: "AdaptationTests", dependencies: ["Adaptation"], swiftSettings: strict),
        .testTarget(
            name: "DatagramsTests", dependencies: ["CPlatform", "Determinism", "Datagrams"], swiftSettings: strict),
        .testTarget(name: "ProcessesTests", dependencies: ["Processes"], swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Records", "Determinism", "EntropyCoding", "Channels"],
            path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(name: "DeclarationsTests", dependencies: ["TestSupport", "Declarations"], swiftSettings: strict),
        .testTarget(
            name: "TopologiesTests",
            dependencies: ["Determinism", "Declarations", "Adaptation", "Channels", "TestSupport", "Topologies"],
            swiftSettings: strict),
        .testTarget(
            name: "RolesTests",
            dependencies: [
                "Adaptation", "TestSupport", "Roles", "Records", "Topologies", "Channels", "Wire", "Determinism",
                "HyperpriorCodec", "Imaging", "EntropyCoding",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ImagePipelineTests",
            dependencies: ["TestSupport", "ImagePipeline", "Imaging", "Roles", "Topologies", "Records"],
            swiftSettings: strict),
        .testTarget(
            name: "NodesTests",
            dependencies: [
                "Files", "TestSupport", "Nodes", "Roles", "Records", "Channels", "Datagrams", "Wire", "Determinism",
                "Processes",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "LaunchingTests",
            dependencies: [
                "Files", "TestSupport", "Launching", "Topologies", "Datagrams", "Wire", "Determinism",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ResultsTests", dependencies: ["TestSupport", "Results", "Records"], swiftSettings: strict),
        .testTarget(
            name: "ReportTests",
            dependencies: ["TestSupport", "Report", "Results", "Records", "Imaging", "Runs", "Determinism"],
            swiftSettings: strict),
        .testTarget(
            name: "LiveDashboardTests",
            dependencies: ["TestSupport", "LiveDashboard", "Launching", "Nodes", "Processes", "Topologies"],
            swiftSettings: strict),
        .testTarget(
            name: "ExperimentsTests",
            dependencies: [
                "Launching", .product(name: "GRDB", package: "GRDB.swift"), "ImagePipeline", "TestSupport",
                "Experiments", "Nodes", "Records", "Results", "Report", "Runs", "Topologies", "Adaptation",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RunsTests",
            dependencies: [
                "Launching", "Declarations", "Files", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"), "TestSupport", "Runs", "Roles",
                "Results", "Report", "Nodes", "ImagePipeline", "VirtualTime", "Adaptation", "Channels", "Records",
                "Topologies", "Wire", "Determinism", "Imaging", "CommandLineTools",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandLineToolsTests",
            dependencies: [
                "TestSupport", "Declarations", "Channels", "CommandLineTools", "Nodes", "Processes", "Experiments",
                "ImagePipeline", "Results", "Records", "Roles", "Topologies", "Wire", "Adaptation", "Determinism",
                "HyperpriorCodec", "Imaging", "Datagrams", "EntropyCoding",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
    ]
)

// Tests run once: FilesTests takes 23 s to compile when optimised, 11 s without. Those that count much are optimised
// all the same, and so is all that is tested.
let counting: Set = ["ChannelsTests", "FeatureMapsTests", "FidelityTests", "HyperpriorCodecTests", "InpaintingTests"]
for target in package.targets where target.type == .test && !counting.contains(target.name) {
    target.swiftSettings?.append(.unsafeFlags(["-Onone"]))
}
