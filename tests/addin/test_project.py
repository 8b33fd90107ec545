"""A VBA project from text: packed and unpacked, read back by olevba, the same bytes each time."""

from __future__ import annotations

import io
import random
from pathlib import Path

import olefile
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from oletools.olevba import VBA_Parser, decompress_stream

from cvsb_xl.addin.build import build_addin, code_modules, with_ribbon
from cvsb_xl.addin.compound import compound_file
from cvsb_xl.addin.compression import compress, decompress
from cvsb_xl.addin.project import Module, vba_project
from cvsb_xl.cli import cvsb


def source(size: int, seed: int = 1) -> bytes:
    """Text as source is: words that come back, over many chunks."""
    dice = random.Random(seed)
    words = [bytes(dice.choices(range(97, 123), k=dice.randint(1, 9))) for _ in range(300)]
    made = bytearray()
    while len(made) < size:
        made += b" ".join(dice.choices(words, k=8)) + b"\r\n"
    return bytes(made[:size])


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4095, 4096, 4097, 8192, 46_514, 300_000])
def test_source_of_any_size_comes_back_whole_by_our_reader_and_by_olevbas(size: int) -> None:
    data = source(size)
    packed = compress(data)
    assert decompress(packed) == data
    if data:
        assert bytes(decompress_stream(bytearray(packed))) == data


@given(st.text(alphabet=st.characters(min_codepoint=9, max_codepoint=126), max_size=9000))
def test_any_text_comes_back_whole(text: str) -> None:
    assert decompress(compress(text.encode("ascii"))) == text.encode("ascii")


@given(st.integers(0, 9000), st.integers())
def test_noise_comes_back_whole_or_is_refused(size: int, seed: int) -> None:
    data = random.Random(seed).randbytes(size)
    try:
        packed = compress(data)
    except ValueError as error:
        assert "noise" in str(error)
        assert size % 4096 > 3640
    else:
        assert decompress(packed) == data


@given(st.binary(max_size=300))
def test_bytes_that_are_no_container_are_refused_or_unpacked_but_never_crash(data: bytes) -> None:
    try:
        decompress(data)
    except ValueError as error:
        assert "VBA source" in str(error)


@given(
    st.dictionaries(st.from_regex(r"[A-Za-z]{1,20}", fullmatch=True), st.binary(max_size=9000), max_size=30)
)
def test_a_compound_file_holds_every_stream(streams: dict[str, bytes]) -> None:
    folded = {name.upper(): (name, data) for name, data in streams.items()}
    tree = dict(folded.values())
    made = compound_file({"VBA": tree, "PROJECT": b"p" * 5000})
    with olefile.OleFileIO(io.BytesIO(made), raise_defects=olefile.DEFECT_INCORRECT) as file:
        assert file.openstream("PROJECT").read() == b"p" * 5000
        for name, data in tree.items():
            assert file.openstream(f"VBA/{name}").read() == data


@pytest.mark.parametrize("name", ["cvsb.xlam", "Tracker.xlsm"])
def test_olevba_gives_back_each_module_byte_for_byte(name: str, tmp_path: Path) -> None:
    if name == "cvsb.xlam":
        data = build_addin("1.2.3")
    else:
        plain = tmp_path / "Tracker.xlsx"
        assert CliRunner().invoke(cvsb, ["new", str(plain)]).exit_code == 0
        data = with_ribbon(plain.read_bytes())
    parser = VBA_Parser(name, data=data)
    found = {module.rpartition(".")[0]: code for _, _, module, code in parser.extract_macros()}
    ours = {module.name: module.source() for module in code_modules()}
    assert len(ours) == 3
    for module, text in ours.items():
        assert found[module].encode("cp1252") == text
    assert {"ThisWorkbook", "Sheet1"} <= found.keys()


def test_the_same_text_makes_the_same_bytes_and_another_text_others() -> None:
    modules = [Module("ThisWorkbook", kind="workbook"), Module("One", "Public Sub A()\nEnd Sub\n")]
    assert vba_project("CVSB", modules) == vba_project("CVSB", modules)
    assert vba_project("CVSB", modules) != vba_project(
        "CVSB", [modules[0], Module("One", "Public Sub B()\nEnd Sub\n")]
    )
    assert build_addin("1.0") == build_addin("1.0")


def test_the_project_says_that_it_is_not_protected_and_has_no_password() -> None:
    made = vba_project("CVSB", [Module("ThisWorkbook", kind="workbook")])
    with olefile.OleFileIO(io.BytesIO(made)) as file:
        listing = file.openstream("PROJECT").read().decode("cp1252")
    said = dict(line.split("=", 1) for line in listing.splitlines() if "=" in line)
    key = sum(said["ID"].strip('"').encode()) & 0xFF
    assert decrypted(said["CMG"], key) == bytes(4)
    assert decrypted(said["DPB"], key) == bytes(1)
    assert decrypted(said["GC"], key) == b"\xff"


def decrypted(text: str, key: int) -> bytes:
    """[MS-OVBA] 2.4.3.3, written the other way round than the product's."""
    data = bytes.fromhex(text.strip('"'))
    seed, version, own = data[0], data[0] ^ data[1], data[0] ^ data[2]
    assert (version, own) == (2, key)
    plain, one, two, out = own, data[2], data[1], []
    for byte in data[3:]:
        value = byte ^ ((two + plain) & 0xFF)
        two, one, plain = one, byte, value
        out.append(value)
    skip = (seed & 6) // 2
    length = int.from_bytes(bytes(out[skip : skip + 4]), "little")
    assert len(out) == skip + 4 + length
    return bytes(out[skip + 4 :])


def test_a_letter_that_windows_1252_lacks_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"Welsh.*Windows-1252"):
        Module("Welsh", "' dŵr\n").source()
