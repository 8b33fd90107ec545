"""A workbook in a real, headless LibreOffice, asked for in JSON lines on stdin, answered on stdout.

Runs in the system's Python, which alone can import Debian's python3-uno. Ends, and ends LibreOffice, when stdin ends: no
orphan is left to lock the next run's files. Started by tests/live/libreoffice.py; not part of the product.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.table import CellRangeAddress

DATE, LOGICAL, TEXT = 2, 1024, 256
FILTERS = {
    ".xlsx": "Calc MS Excel 2007 XML",
    ".xlsm": "Calc MS Excel 2007 VBA XML",
    ".xlam": "Calc MS Excel 2007 VBA XML",
}
# Saving asks whether to keep the file's format, and nobody is there to answer.
KEEP_THE_FORMAT = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Common/Save/Document">
<prop oor:name="WarnAlienFormat" oor:op="fuse"><value>false</value></prop></item></oor:items>"""


def prop(name, value):
    found = PropertyValue()
    found.Name, found.Value = name, value
    return found


class Office:
    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="cvsb-lo-")
        Path(self.profile, "user").mkdir()
        Path(self.profile, "user", "registrymodifications.xcu").write_text(KEEP_THE_FORMAT)
        pipe = f"cvsb{os.getpid()}"
        self.process = subprocess.Popen(
            [
                "soffice",
                "-env:UserInstallation=file://" + self.profile,
                "--headless",
                "--norestore",
                "--nologo",
                "--nodefault",
                f"--accept=pipe,name={pipe};urp;",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        for _ in range(600):
            try:
                self.context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except Exception:
                if self.process.poll() is not None:
                    raise SystemExit("soffice ended") from None
                time.sleep(0.1)
        self.desktop = self.context.ServiceManager.createInstanceWithContext(
            "com.sun.star.frame.Desktop", self.context
        )
        self.doc = None

    def quit(self):
        try:
            if self.doc is not None:
                self.doc.close(True)
            self.desktop.terminate()
        except Exception:
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(
                self.process.pid, signal.SIGKILL
            )  # its own session: the splash process and the office itself
        shutil.rmtree(self.profile, ignore_errors=True)

    def where(self):
        return self.profile

    # --- the workbook

    def open(self, path):
        options = [prop("MacroExecutionMode", 4), prop("FilterName", FILTERS[Path(path).suffix])]
        self.doc = self.desktop.loadComponentFromURL(
            uno.systemPathToFileUrl(path), "_blank", 0, tuple(options)
        )
        if self.doc is None:
            raise RuntimeError("LibreOffice does not load " + path)
        return [sheet.Name for sheet in self.doc.Sheets]

    def close(self):
        self.doc.close(True)
        self.doc = None

    def save(self, path):
        kind = FILTERS[Path(path).suffix]
        self.doc.storeToURL(uno.systemPathToFileUrl(path), (prop("FilterName", kind),))

    def location(self):
        return uno.fileUrlToSystemPath(self.doc.URL)

    def sheets(self):
        return [[sheet.Name, sheet.IsVisible] for sheet in self.doc.Sheets]

    def show(self, sheet, visible):
        self.doc.Sheets[sheet].IsVisible = visible

    def active(self):
        return self.doc.CurrentController.ActiveSheet.Name

    def activate(self, sheet):
        self.doc.CurrentController.setActiveSheet(self.doc.Sheets[sheet])

    def selection(self):
        chosen = self.doc.CurrentController.Selection.RangeAddress
        return [chosen.Sheet, chosen.StartRow + 1, chosen.StartColumn + 1]

    def select(self, sheet, row, column):
        self.doc.CurrentController.select(self.doc.Sheets[sheet].getCellByPosition(column - 1, row - 1))

    def box(self, sheet, row, column, last_row, last_column):
        return self.doc.Sheets[sheet].getCellRangeByPosition(
            column - 1, row - 1, last_column - 1, last_row - 1
        )

    def used(self, sheet):
        cursor = self.doc.Sheets[sheet].createCursor()
        cursor.gotoEndOfUsedArea(False)
        return [cursor.RangeAddress.EndRow + 1, cursor.RangeAddress.EndColumn + 1]

    def kinds(self, box):
        """Cells whose number means something else: dates, truths (always formulas here) and errors."""
        found, formats = (
            dict.fromkeys(self.places(box, box.queryContentCells(2)), "date"),
            self.doc.NumberFormats,
        )
        for row, column in self.places(box, box.queryFormulaCells(1)):
            kind = formats.getByKey(box.getCellByPosition(column, row).NumberFormat).Type
            if kind & DATE or kind & LOGICAL:
                found[row, column] = "date" if kind & DATE else "bool"
        return found | dict.fromkeys(self.places(box, box.queryFormulaCells(4)), "error")

    def places(self, box, ranges):
        base = box.RangeAddress
        for part in ranges.RangeAddresses:
            for row in range(part.StartRow - base.StartRow, part.EndRow - base.StartRow + 1):
                for column in range(
                    part.StartColumn - base.StartColumn, part.EndColumn - base.StartColumn + 1
                ):
                    yield row, column

    def read(self, sheet, *box):
        ranged = self.box(sheet, *box)
        rows = [list(row) for row in ranged.getDataArray()]
        for (row, column), kind in self.kinds(ranged).items():
            value = rows[row][column]
            if kind == "error":
                rows[row][column] = {"error": ranged.getCellByPosition(column, row).String}
            elif isinstance(value, float):
                rows[row][column] = {"date": value} if kind == "date" else bool(value)
        return [[None if value == "" else value for value in row] for row in rows]

    def formulas(self, sheet, *box):
        return [list(row) for row in self.box(sheet, *box).getFormulaArray()]

    def write(self, sheet, row, column, values):
        """As Excel takes a value: text in a cell that is not text is read as if typed; a leading apostrophe is a mark."""
        box = self.box(sheet, row, column, row + len(values) - 1, column + len(values[0]) - 1)
        for at, line in enumerate(values):
            for across, value in enumerate(line):
                cell = box.getCellByPosition(across, at)
                if value is None or value == "":
                    cell.clearContents(1 | 2 | 4 | 16)
                elif isinstance(value, bool):
                    cell.setFormula("=TRUE()" if value else "=FALSE()")
                elif isinstance(value, dict):
                    cell.Value = value["date"]
                    if not self.doc.NumberFormats.getByKey(cell.NumberFormat).Type & DATE:
                        self.format(sheet, row + at, column + across, row + at, column + across, "dd/mm/yyyy")
                elif isinstance(value, str):
                    if value.startswith("'"):
                        cell.String = value[1:]
                    elif self.doc.NumberFormats.getByKey(cell.NumberFormat).Type & TEXT:
                        cell.String = value
                    else:
                        cell.Formula = value
                else:
                    cell.Value = value

    def format(self, sheet, row, column, last_row, last_column, code):
        formats, locale = self.doc.NumberFormats, uno.createUnoStruct("com.sun.star.lang.Locale")
        locale.Language, locale.Country = "en", "GB"
        key = formats.queryKey(code, locale, False)
        self.box(sheet, row, column, last_row, last_column).NumberFormat = (
            formats.addNew(code, locale) if key == -1 else key
        )

    def format_of(self, sheet, *box):
        formats, found = self.doc.NumberFormats, set()
        for group in self.box(sheet, *box).getUniqueCellFormatRanges():
            found.add(formats.getByKey(group[0].NumberFormat).FormatString)
        return found.pop() if len(found) == 1 else None

    def clear(self, sheet, contents, *box):
        self.box(sheet, *box).clearContents(1 | 2 | 4 | 16 if contents else 32)

    def copy(self, sheet, row, column, last_row, last_column, to_row, to_column, to_last):
        source = self.box(sheet, row, column, last_row, last_column)
        for at in range(to_row, to_last + 1):
            self.doc.Sheets[sheet].copyRange(
                self.box(sheet, at, to_column, at, to_column).getCellByPosition(0, 0).CellAddress,
                source.RangeAddress,
            )

    def link(self, sheet, row, column, target, text):
        cell = self.box(sheet, row, column, row, column).getCellByPosition(0, 0)
        cell.String = ""
        field = self.doc.createInstance("com.sun.star.text.TextField.URL")
        field.URL, field.Representation = target, text
        cell.insertTextContent(cell.createTextCursor(), field, False)

    def link_of(self, sheet, row, column):
        fields = self.box(sheet, row, column, row, column).getCellByPosition(0, 0).TextFields
        return [fields.getByIndex(at).URL for at in range(fields.Count)]

    def tables(self, sheet):
        number = self.doc.Sheets[sheet].RangeAddress.Sheet
        found = []
        for table in self.doc.DatabaseRanges:
            area = table.DataArea
            if area.Sheet == number:
                found.append(
                    [table.Name, area.StartRow + 1, area.StartColumn + 1, area.EndRow + 1, area.EndColumn + 1]
                )
        return found

    def resize(self, name, row, column, last_row, last_column):
        table = self.doc.DatabaseRanges.getByName(name)
        area = CellRangeAddress()
        area.Sheet = table.DataArea.Sheet
        area.StartRow, area.StartColumn, area.EndRow, area.EndColumn = (
            row - 1,
            column - 1,
            last_row - 1,
            last_column - 1,
        )
        table.DataArea = area

    def automatic(self, value=None):
        if value is not None:
            self.doc.enableAutomaticCalculation(value)
        return self.doc.isAutomaticCalculationEnabled()

    def recalculate(self):
        self.doc.calculateAll()

    # --- its macros

    def modules(self):
        return {
            name: {
                module: self.doc.BasicLibraries.getByName(name).getByName(module)
                for module in self.doc.BasicLibraries.getByName(name).ElementNames
            }
            for name in self.doc.BasicLibraries.ElementNames
            if name != "Standard"
        }

    def macro(self, name, *arguments):
        """Run Module.Procedure; the argument "<control>" stands for the button that a ribbon callback gets."""
        library = next(name for name in self.doc.BasicLibraries.ElementNames if name != "Standard")
        script = self.doc.getScriptProvider().getScript(
            f"vnd.sun.star.script:{library}.{name}?language=Basic&location=document"
        )
        given = tuple(self.doc.Sheets[0] if one == "<control>" else one for one in arguments)
        return script.invoke(given, (), ())[0]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that LibreOffice ends too
    office = Office()
    out = sys.stdout
    out.write(json.dumps({"ready": True}) + "\n")
    out.flush()
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                answer = {"answer": getattr(office, asked["do"])(*asked["with"])}
            except Exception:
                answer = {"error": traceback.format_exc()}
            out.write(json.dumps(answer) + "\n")
            out.flush()
    finally:
        office.quit()


main()
