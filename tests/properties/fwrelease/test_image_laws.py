"""Laws of images: whatever the bytes, an image or one of our errors; what is written is read."""

import io
import struct
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from intelhex import IntelHex

from fwrelease.errors import IntegrityFault, UsageFault
from fwrelease.evidence.image import Format, flat, recognise

IMAGES = Path(__file__).parents[3] / "rigs" / "firmware" / "images"
ELF = (IMAGES / "boot-nano-v2.elf").read_bytes()
MCUBOOT = (IMAGES / "nano-v2-1.1.0.bin").read_bytes()
settings.register_profile("images", deadline=None)
settings.load_profile("images")

hex_lines = st.lists(
    st.text("0123456789abcdefABCDEF:; \t", max_size=30).map(lambda text: f":{text}"), max_size=20
).map(lambda lines: "\n".join(lines).encode())


def never_surprises(data: bytes) -> None:
    """Demand answers or our errors, the name of the file first."""
    for ask in (recognise, flat):
        fault = None
        try:
            ask(data, name="fuzzed")
        except (IntegrityFault, UsageFault) as raised:
            fault = raised
        assert fault is None or fault.message.startswith("fuzzed:")


@given(data=st.binary(max_size=400) | hex_lines)
def test_any_bytes_are_an_image_or_refused(data: bytes) -> None:
    never_surprises(data)


@given(
    at=st.integers(0, 51 + 64) | st.integers(0, len(ELF) - 9),
    value=st.sampled_from([0, 1, 0xFF, 0xFFFF, 1 << 31, (1 << 32) - 1, (1 << 64) - 1]),
    cut=st.integers(0, len(ELF)),
    wide=st.sampled_from([1, 2]),
)
def test_a_hostile_elf_file_is_read_or_refused(at: int, value: int, cut: int, wide: int) -> None:
    data = bytearray(ELF)
    data[4] = wide
    struct.pack_into("<Q" if value >> 32 else "<I", data, at, value)
    never_surprises(bytes(data[:cut] if at % 2 else data))


@given(at=st.integers(0, 700) | st.integers(0, len(MCUBOOT) - 2), value=st.binary(max_size=4))
def test_an_mcuboot_image_with_other_bytes_is_refused(at: int, value: bytes) -> None:
    data = MCUBOOT[:at] + value + MCUBOOT[at + len(value) :]
    never_surprises(data)
    try:
        image = recognise(data, name="fuzzed")
    except (IntegrityFault, UsageFault):
        return
    # What no digest covers are the signature and key behind it, and the magic.
    assert data == MCUBOOT or image.format is Format.RAW or data[:12000] == MCUBOOT[:12000]


@given(
    pieces=st.lists(
        st.tuples(st.integers(0, 0x30000), st.binary(min_size=1, max_size=60)), min_size=1
    )
)
def test_what_another_library_writes_as_hex_is_read_back(pieces: list[tuple[int, bytes]]) -> None:
    writer, text = IntelHex(), io.StringIO()
    for address, data in pieces:
        for at, byte in enumerate(data):
            writer[address + at] = byte
    writer.padding = 0xFF
    writer.write_hex_file(text)
    found = flat(text.getvalue().encode(), name="fuzzed")
    assert found.address == writer.minaddr()
    assert found.data == writer.tobinstr()
