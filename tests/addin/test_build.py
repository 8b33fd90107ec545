"""The add-in and trackers with their own ribbon: what Excel needs is there, and nothing else is touched."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from cvsb_xl.addin.build import build_addin, code_modules, ribbon_xml, with_ribbon
from cvsb_xl.addin.ribbon import NAMESPACE, callbacks, faults
from cvsb_xl.books.tracker_book import build_tracker
from cvsb_xl.cli import COMMANDS, cvsb
from cvsb_xl.commands.pressing import BUTTONS
from cvsb_xl.errors import CannotDo
from cvsb_xl.framework.load import load_framework
from cvsb_xl.hosts.file import open_tracker, save_edits
from cvsb_xl.tracker.edits import set_cell
from cvsb_xl.verbs.new import new_tracker
from cvsb_xl.verbs.outcome import Context

SOURCES = [module.text for module in code_modules()]
CODE_NAME = re.compile(rb' codeName="[^"]+"')


def plain_tracker() -> bytes:
    context = Context(datetime(2027, 3, 31, 9, tzinfo=UTC), "tester", lambda: "TESTTEST")
    return build_tracker(new_tracker(load_framework(), context), context.today)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def test_the_ribbon_has_no_fault() -> None:
    assert faults(ribbon_xml(), SOURCES) == []


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('onAction="CvsbUpdate"', 'onAction="CvsbUpdat"', "which no module has"),
        ('onAction="CvsbUpdate"', 'onAction="CvsbSay"', "which no module has"),
        ('size="large"', 'size="huge"', "neither normal nor large"),
        ('id="CvsbCheckButton"', 'id="CvsbUpdateButton"', "two elements have the id"),
        ('id="CvsbCheckButton"', 'id="1st"', "this is no id"),
        ('keytip="K"', 'keytip="U"', "two elements have the keytip"),
        ('keytip="K"', 'keytip="KKKK"', "one to three"),
        ('keytip="K"', 'keytip="U1"', "begins U1"),
        ('label="Check"', 'label="Update"', "two elements have the label"),
        ("<tab ", "<tab colour='red' ", "no attribute colour"),
        ("<ribbon>", "<ribbon startFromScratch='true'>", "no attribute startFromScratch"),
        (' screentip="Check', ' x="Check', "lacks screentip"),
        ('screentip="Work out every due date"', 'screentip=" "', "lacks screentip"),
        ('screentip="Work out', f'screentip="{"x" * 1100}', "longer than 1,024"),
        ('imageMso="RefreshAll"', 'imageMso="RefreshNone"', "no picture that is known"),
        ('insertAfterMso="TabHome"', 'insertAfterMso="TabHom"', "no tab of Excel"),
        ("<group ", "words <group ", "holds words"),
        ("<tabs>", "<tabs/><tabs>", "holds 2 <tabs>"),
        (
            '<group id="CvsbPlanGroup" label="Plan">',
            '<group id="G" label="G"/><group id="H" label="H">',
            "holds 0 <button>",
        ),
        ("<group ", "<separator id='s'/><group ", "cannot stand in <tab>"),
        ("<customUI ", "<!DOCTYPE customUI><customUI ", "no DOCTYPE"),
        ("2009/07", "2006/01", "not the customUI of 2009/07"),
        ("</customUI>", "", "well-formed"),
    ],
)
def test_each_mistake_that_hides_the_tab_is_told(before: str, after: str, says: str) -> None:
    broken = re.sub(r"\n\s+", " ", ribbon_xml().decode()).replace(before, after, 1)
    assert any(says in fault for fault in faults(broken.encode(), SOURCES))


def test_a_callback_that_two_modules_have_is_none() -> None:
    assert "CvsbUpdate" not in callbacks([*SOURCES, "Public Sub cvsbupdate(control As Object)\nEnd Sub\n"])


def test_there_is_one_tab_with_the_five_groups() -> None:
    text = ribbon_xml().decode()
    assert NAMESPACE.endswith("2009/07/customui")
    assert re.findall(r'<tab [^>]*label="([^"]+)"', text) == ["CVSB"]
    assert re.findall(r'<group [^>]*label="([^"]+)"', text) == [
        "Plan",
        "Agencies",
        "Meetings",
        "Reports",
        "Help",
    ]


def test_every_verb_that_a_button_asks_for_is_a_command_and_every_callback_has_a_button() -> None:
    asked = {verb for source in SOURCES for verb in re.findall(r'CvsbPress "(\w+)"', source)}
    assert asked == {*BUTTONS, "doctor"}
    assert {verb if verb != "record" else "ratify" for verb in asked} <= COMMANDS.keys()
    assert callbacks(SOURCES) == set(re.findall(r'onAction="(\w+)"', ribbon_xml().decode()))


def test_no_procedure_has_the_name_of_a_module_or_of_a_statement() -> None:
    """Either makes a project that Excel does not compile, and LibreOffice silently runs nothing of."""
    names = {
        name.casefold() for source in SOURCES for name in re.findall(r"(?:Sub|Function) (\w+)\(", source)
    }
    assert not names & {module.name.casefold() for module in code_modules()}
    assert not names & {
        "put",
        "get",
        "open",
        "close",
        "print",
        "write",
        "line",
        "input",
        "name",
        "seek",
        "lock",
        "stop",
    }
    for source in SOURCES:
        own = [
            name.casefold()
            for name in re.findall(r"^(?:Public|Private) (?:Sub|Function) (\w+)", source, re.MULTILINE)
        ]
        assert len(own) == len(set(own))


def test_the_add_in_is_an_add_in_with_its_ribbon_and_macros_related() -> None:
    found = parts(build_addin("1.2.3"))
    assert next(iter(found)) == "[Content_Types].xml"
    assert b"application/vnd.ms-excel.addin.macroEnabled.main+xml" in found["[Content_Types].xml"]
    assert b"2007/relationships/ui/extensibility" in found["_rels/.rels"]
    assert b"2006/relationships/vbaProject" in found["xl/_rels/workbook.xml.rels"]
    assert b'codeName="ThisWorkbook"' in found["xl/workbook.xml"]
    assert found["customUI/customUI14.xml"] == ribbon_xml()


def test_a_tracker_that_carries_its_ribbon_is_else_the_same_byte_for_byte() -> None:
    before = plain_tracker()
    old, new = parts(before), parts(with_ribbon(before))
    assert new.keys() - old.keys() == {"xl/vbaProject.bin", "customUI/customUI14.xml"}
    named = {"[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels"}
    for name in old.keys() - named:
        changed = CODE_NAME.sub(b"", new[name]).replace(b"<sheetPr/>", b"")
        assert changed == CODE_NAME.sub(b"", old[name]).replace(b"<sheetPr/>", b""), name
    names = [CODE_NAME.findall(data) for name, data in new.items() if name.startswith("xl/worksheets/sheet")]
    assert all(len(one) == 1 for one in names)
    assert len({one[0] for one in names}) == len(names)


def test_openpyxl_reads_the_tracker_and_its_macros(tmp_path: Path) -> None:
    path = tmp_path / "Tracker.xlsm"
    path.write_bytes(with_ribbon(plain_tracker()))
    book = load_workbook(path, keep_vba=True)
    assert book.code_name == "ThisWorkbook"
    assert book.vba_archive.read("xl/vbaProject.bin") == parts(path.read_bytes())["xl/vbaProject.bin"]


def test_saving_the_tracker_keeps_its_ribbon_and_macros(tmp_path: Path) -> None:
    path = tmp_path / "Tracker.xlsm"
    path.write_bytes(with_ribbon(plain_tracker()))
    before = parts(path.read_bytes())
    opened = open_tracker(path)
    row = opened.tracker["settings"].by_key["returns_folder"]
    save_edits(opened, [set_cell(opened.tracker["settings"], row, "value", "D:/Returns")])
    after = parts(path.read_bytes())
    for name in ("xl/vbaProject.bin", "customUI/customUI14.xml", "_rels/.rels", "[Content_Types].xml"):
        assert after[name] == before[name]


def test_a_workbook_with_macros_of_its_own_is_refused_in_words() -> None:
    with pytest.raises(CannotDo, match="macros or a ribbon of its own"):
        with_ribbon(with_ribbon(plain_tracker()))


def test_the_command_makes_the_add_in_and_a_tracker_beside_the_plain_one(tmp_path: Path) -> None:
    plain = tmp_path / "Tracker.xlsx"
    plain.write_bytes(plain_tracker())
    runner = CliRunner()
    assert runner.invoke(cvsb, ["addin", "build", "--out", str(tmp_path / "made")]).exit_code == 0
    assert parts((tmp_path / "made" / "cvsb.xlam").read_bytes())
    before = plain.read_bytes()
    result = runner.invoke(cvsb, ["addin", "build", "--into", str(tmp_path / "Tracker.xlsm")])
    assert result.exit_code == 0, result.output
    assert plain.read_bytes() == before
    assert open_tracker(tmp_path / "Tracker.xlsm").tracker["settings"].rows
