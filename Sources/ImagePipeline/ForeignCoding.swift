import Channels
import EntropyCoding
import Files
import HyperpriorCodec
import Imaging
import Records
import Roles
import Topologies
import Wire

/// Other codecs than ours, which get a photo and C·T_max and fill it with one file: JPEG 2000, and external programs.
extension TransmitterPipeline {
    /// Bytes of a file that fit a budget beside the preamble, and beside each datagram's own headers where they count.
    func foreignBytes(budgetBits: Int) -> Int {
        let bytes = budgetBits / 8 - ForeignStream.preambleLength
        // An image has no more datagrams than that.
        let most = scheme.slicePayload * Int(UInt16.max)
        guard scheme.accounting == .wire else { return min(bytes, most) }
        let overhead = overheadBits / 8
        let left = bytes - overhead
        return min(
            most, left - (left + scheme.slicePayload + overhead - 1) / (scheme.slicePayload + overhead) * overhead)
    }

    /// The codec's file within the budget, in datagrams.
    func encodeForeign(_ prepared: PreparedImage, _ setting: RateDecision) -> JobResult<EncodedImage> {
        JobResult {
            guard let picture = prepared.picture else {
                throw InputError(
                    "image \(prepared.image): \(prepared.kind.rawValue) needs the picture, which a preencoded "
                        + "run does not keep"
                )
            }
            let bytes = foreignBytes(budgetBits: scheme.firstBits(of: Int(clamping: setting.budgetBits)))
            var stages = StageClock(clock)
            let (file, ending): ([UInt8], String)
            if let codec = prepared.kind.codec {
                (file, ending) = (try bytes > 0 ? codec.encode(picture, bytes) ?? [] : [], codec.ending)
            } else if let codec = scheme.codec {
                let program = CodecProgram(codec, .encode, programs: programs, subject: prepared.photo)
                file = try program.encode(picture, bytes: bytes) { stages = StageClock(clock) }
                ending = "bin"
            } else {
                throw ForeignStream.Failure.nothing(prepared.kind)
            }
            let stream = ForeignStream(
                prepared.kind, width: picture.width, height: picture.height, file: file,
                slicePayload: scheme.slicePayload)
            let datagrams = try ImagePacketiser.datagrams(
                image: prepared.image, preamble: stream.preamble, slices: stream.slices)
            stages.mark(.encode)
            var encoded = EncodedImage(
                image: prepared.image, alpha: 0, rate: 0, datagrams: datagrams, sliceCount: stream.slices.count,
                bits: SectionBits(header: ForeignStream.preambleLength * 8, features: stream.length * 8),
                theoreticalBits: Double((ForeignStream.preambleLength + stream.length) * 8))
            (encoded.overheadBits, encoded.stages) = (overheadBits, stages.timings)
            if !file.isEmpty {
                (encoded.streamFile, encoded.file) = ("\(base(prepared.image)).\(ending)", file)
            }
            return encoded
        }
    }
}

extension ReceiverPipeline {
    /// Another codec's file, as far as it came without a gap.
    func decodeForeign(_ received: ReceivedImage, _ scheme: Scheme) -> DecodedImage {
        var result = DecodedImage(image: received.image, link: received.link)
        result.gvif = nil
        var stages = StageClock(clock)
        do {
            guard let preamble = received.preamble else { return result }
            let stream = try ForeignStream(scheme.kind, preamble: preamble, slices: received.slices)
            guard !stream.slices.isEmpty else { throw ForeignStream.Failure.nothing(scheme.kind) }
            let picture: Image
            if let codec = scheme.kind.codec {
                picture = try codec.decode(stream.file, stream.share < 1)
            } else if let codec = scheme.codec {
                let subject = "image \(received.image) of \(received.transmitter)"
                picture = try CodecProgram(codec, .decode, programs: programs, subject: subject).decode(stream.file)
            } else {
                throw ForeignStream.Failure.nothing(scheme.kind)
            }
            guard picture.width == stream.width, picture.height == stream.height else {
                throw ForeignStream.Failure.size(scheme.kind, width: picture.width, height: picture.height)
            }
            stages.mark(.decode)
            (result.requestedShare, result.receivedShare) = (1, stream.share)
            let base = base(received)
            try picture.write(to: "\(folder)/\(base)-decoded.png")
            try Mask(width: picture.width, height: picture.height, repeating: true).image.write(
                to: "\(folder)/\(base)-mask.png")
            (result.decodedFile, result.maskFile) = ("\(base)-decoded.png", "\(base)-mask.png")
            stages.mark(.save)
        } catch { result.failure = "\(error)" }
        result.stages = stages.timings
        return result
    }
}
