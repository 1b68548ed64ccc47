-- A Wireshark dissector for the testbed's datagrams.
--
--   tshark -X lua_script:Scripts/tools/gensemcom.lua -r run.pcapng
--   wireshark -X lua_script:Scripts/tools/gensemcom.lua run.pcapng      (or copy it to ~/.local/lib/wireshark/plugins)
--
-- Sealed datagrams, as captured from a network: the 16 bytes in the clear, the rest as ciphertext and tag.
-- Recorded datagrams, as written by `testbed export --pcapng`: the heading of an opened data datagram.

local gensemcom = Proto("gensemcom", "Generative semantic communication")

local kinds = { [0x47] = "sealed", [0x67] = "recorded" }
local sections = { [0] = "preamble", [1] = "slice" }

local f = gensemcom.fields
f.kind = ProtoField.uint8("gensemcom.kind", "Kind", base.HEX, kinds)
f.version = ProtoField.uint8("gensemcom.version", "Version")
f.epoch = ProtoField.uint16("gensemcom.epoch", "Sender's incarnation")
f.lane = ProtoField.uint32("gensemcom.lane", "Lane", base.HEX)
f.counter = ProtoField.uint64("gensemcom.counter", "Counter")
f.ciphertext = ProtoField.bytes("gensemcom.ciphertext", "Ciphertext")
f.tag = ProtoField.bytes("gensemcom.tag", "Tag")
f.image = ProtoField.uint32("gensemcom.image", "Image")
f.section = ProtoField.uint8("gensemcom.section", "Section", base.DEC, sections)
f.index = ProtoField.uint16("gensemcom.index", "Index")
f.count = ProtoField.uint16("gensemcom.count", "Count (0: not recorded)")
f.last = ProtoField.bool("gensemcom.last", "Last of the image")
f.moment = ProtoField.uint32("gensemcom.moment", "Ready, µs after the image's first (4294967295: not stated)")

local malformed = ProtoExpert.new("gensemcom.malformed", "Not a datagram of the testbed",
    expert.group.MALFORMED, expert.severity.ERROR)
gensemcom.experts = { malformed }

local function looks_right(buffer)
    if buffer:len() < 16 then return false end
    local mark, version = buffer(0, 1):uint(), buffer(1, 1):uint()
    return version == 1
        and ((mark == 0x47 and buffer:reported_len() >= 32 and buffer:reported_len() <= 1200) or mark == 0x67)
end

function gensemcom.dissector(buffer, packet, root)
    packet.cols.protocol = "GenSemCom"
    local tree = root:add(gensemcom, buffer())
    if not looks_right(buffer) then
        tree:add_proto_expert_info(malformed)
        return 0
    end
    tree:add(f.kind, buffer(0, 1))
    tree:add(f.version, buffer(1, 1))
    if buffer(0, 1):uint() == 0x67 then
        tree:add_le(f.image, buffer(2, 4))
        tree:add(f.section, buffer(6, 1))
        tree:add_le(f.index, buffer(7, 2))
        tree:add_le(f.count, buffer(9, 2))
        tree:add(f.last, buffer(11, 1))
        tree:add_le(f.moment, buffer(12, 4))
        packet.cols.info = string.format("image %u, %s %u", buffer(2, 4):le_uint(),
            sections[buffer(6, 1):uint()] or "?", buffer(7, 2):le_uint())
    else
        tree:add_le(f.epoch, buffer(2, 2))
        tree:add_le(f.lane, buffer(4, 4))
        tree:add_le(f.counter, buffer(8, 8))
        if buffer:len() >= 32 then
            tree:add(f.ciphertext, buffer(16, buffer:len() - 32))
            tree:add(f.tag, buffer(buffer:len() - 16, 16))
        end
        packet.cols.info = string.format("sealed, lane %08x, epoch %u, counter %s, %u bytes",
            buffer(4, 4):le_uint(), buffer(2, 2):le_uint(), tostring(buffer(8, 8):le_uint64()), buffer:reported_len())
    end
    return buffer:len()
end

-- Exports use ports from 47000 on; live traffic is on ports the system chose, hence the heuristic.
local ports = DissectorTable.get("udp.port")
for port = 47000, 47999 do ports:add(port, gensemcom) end
gensemcom:register_heuristic("udp", function(buffer, packet, root)
    if not looks_right(buffer) or buffer(0, 1):uint() ~= 0x47 then return false end
    gensemcom.dissector(buffer, packet, root)
    return true
end)
