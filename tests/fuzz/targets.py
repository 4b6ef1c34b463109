"""What is fuzzed: each target takes bytes, and may do nothing but return or raise what users can meet."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import formualizer as fz

from crm_xl.collection.collecting.readings import packed, unpacked_head
from crm_xl.collection.collecting.second_count import SecondCount
from crm_xl.collection.reading.returned import read_return
from crm_xl.errors import CrmError
from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless import open_workbook
from crm_xl.hosts.headless.formulas.filled import Pattern, moved_area
from crm_xl.hosts.headless.formulas.rewriter import Rewriter
from crm_xl.hosts.headless.formulas.scratch_sheet import EVALUATE, Scratch
from crm_xl.hosts.headless.formulas.spellings import Spellings
from crm_xl.hosts.headless.formulas.tokens import Uncomputable
from crm_xl.xlsx.package import Package
from crm_xl.xlsx.references import Area, Table, parse_area
from crm_xl.xlsx.sheet import SheetXml
from tests.hostile.corpus import flipped, flipped_inside, rich

Target = Callable[[bytes], None]
SHEETS = ("Costs", "Results 1", "it's")
TABLES = {"costs": Table("Costs", Area("Costs", 1, 1, 5, 3), ("Component", "Unit cost", "Odd]name"), 1, 0)}
NAMES = {(None, "total"): "Costs!$A$1", ("Costs", "total"): "B2", (None, "loop"): "loop+1", (None, "rate"): "1+rates"}
WORDS = (
    "CRM_TOTAL(", "CRM_BREAKDOWN(", "_xldudf_CRM_TOTAL(", "[1]!CRM_TOTAL(", "_xll.CRM.TOTAL(",
    "ORG.CRMXL.ADDIN.CRMTOTAL(",
    "SUM(", "IF(", "_xlfn.SINGLE(", "_xlfn.ANCHORARRAY(", "LET(", "LAMBDA(", "INDIRECT(", "OFFSET(", ")", ",", ";", ":",
    "!",
    "A1", "$B$2", "A1:B3", "B:B", "1:3", "A1#", "@A1", "Costs!A1", "'Results 1'!A1:C3", "'it''s'!A1", "Costs[#All]",
    "Costs[[#All],[Unit cost]]", "Costs[@Component]", "Costs[@[Unit cost]:[Odd']name]]", "[@Component]", "[1]S!A1",
    "'C:\\x\\[y.xlsx]S'!A1", "S1:S3!A1", "total", "Total", "loop", "rate", "XFD1048576", "ZZZ9", "A0", "{1,2;3}",
    '"a""b"',
    '"', "'", "1E308", "1.5", "-", "+", "*", "/", "^", "&", "=", "<>", "%", " ", "#REF!", "#N/A", "TRUE",
    "，", "（", "\u200b",
)  # fmt: skip


def package(data: bytes) -> None:
    Package.open(data, "fuzz.xlsx").to_bytes()


def workbook(data: bytes) -> None:
    """Open, calculate, write, and open again what was written."""
    book = open_workbook(data)
    book.recalculate()
    for problem in book.recalculate().problems:
        problem.text("zh")
    again = open_workbook(book.to_bytes())
    again.recalculate()


def sheet(data: bytes) -> None:
    read = SheetXml(data, "fuzz.xlsx", "xl/worksheets/sheet1.xml")
    for cell in read.cells.values():
        try:
            read.value(cell, ("a", "b"))
        except (ValueError, IndexError, TypeError):
            continue


class ReturnTarget:
    """Files that a department sent back; whatever is wrong with one is a finding and not an exception."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "fuzz.xlsx"

    def __call__(self, data: bytes) -> None:
        self.path.write_bytes(data)
        found = read_return(self.path)
        broken = [f for f in found.findings if str(dict(f.details).get("reason", "")).endswith("Error")]
        assert not broken, f"a fault that nobody foresaw: {broken[0].text('en')}"
        for finding in found.everything:
            finding.text("en"), finding.text("zh"), finding.advice("zh")
        unpacked_head(packed(found, SecondCount()).head)


def formula(data: bytes) -> None:
    """Bring a formula into the engine's form; what is brought there must be read by the engine's parser."""
    text = data.decode("utf-8", "replace")
    rewriter = Rewriter(Spellings(REGISTRY), SHEETS, NAMES, TABLES, Scratch("crm_xl ranges"))
    for place, array in ((("Costs", 3, 2), False), (("it's", 1_048_576, 16_384), True)):
        try:
            rewritten = rewriter.rewrite(text, *place, array=array, caller=("Costs", 3, 2))
            pattern = rewriter.pattern(text, *place, array=array)
        except Uncomputable:
            continue
        assert len(rewritten.text) < 50 * len(text) + 70_000
        row, column = place[1] + 1, place[2] - 1
        if pattern.within.contains(row, column):
            filled = pattern.source(row, column)
            alone = rewriter.pattern(filled, place[0], row, column, array=array)
            assert _called(pattern, rewriter.scratch, row, column) == _called(alone, rewriter.scratch, row, column)
    parse_area(text, "Costs")


def _called(pattern: Pattern, scratch: Scratch, row: int, column: int) -> tuple[str, list[list[Area | None]]]:
    """Return what the engine is given for a cell, and what programs in it read: each is entered under a new number."""
    text = pattern.text(row, column, "1")
    programs = [scratch.programs[int(number)] for number in _PROGRAM.findall(text)]
    reads = [
        [None if s.area is None else moved_area(s, row - p.row, column - p.column) for s in p.slots] for p in programs
    ]
    return _PROGRAM.sub(f"{EVALUATE}(", text), reads


_PROGRAM = re.compile(rf"{EVALUATE}\(([0-9]+)")


def reference(data: bytes) -> None:
    """Ask a workbook for whatever a user may type between the brackets."""
    book = _BOOK[0] if _BOOK else _BOOK.append(open_workbook(rich())) or _BOOK[0]
    text = data.decode("utf-8", "replace")
    for ask in (book.__getitem__, book.table, book.evaluate):
        try:
            ask(text)
        except (KeyError, CrmError):
            continue


_BOOK: list = []
ALLOWED = (CrmError, Uncomputable, fz.TokenizerError)


def targets(folder: Path, forms: list[bytes]) -> dict[str, tuple[Target, Callable[[random.Random], bytes]]]:
    """Return the targets with what makes bytes for each; `forms` are workbooks as departments return them."""
    base = rich()

    def changed(chance: random.Random) -> bytes:
        make = chance.choice((flipped, flipped_inside, flipped_inside, flipped_inside))
        return next(make(base, 1, chance.getrandbits(64)))[1]

    def changed_form(chance: random.Random) -> bytes:
        return next(flipped_inside(chance.choice(forms), 1, chance.getrandbits(64)))[1]

    def changed_sheet(chance: random.Random) -> bytes:
        from tests.headless.books import parts_of

        parts = parts_of(next(flipped_inside(base, 1, chance.getrandbits(64)))[1])
        return parts[chance.choice([name for name in parts if "sheet" in name])]

    def words(chance: random.Random) -> bytes:
        text = "".join(chance.choice(WORDS) for _ in range(chance.randint(1, 12)))
        if chance.random() < 0.2:
            at = chance.randrange(len(text) + 1)
            text = text[:at] + chr(chance.choice((0, 9, 10, 34, 39, 91, 93, 0xE000, 0xFF08, 0x1F600))) + text[at:]
        return text.encode()

    return {
        "package": (package, changed),
        "workbook": (workbook, changed),
        "sheet": (sheet, changed_sheet),
        "return": (ReturnTarget(folder), changed_form),
        "formula": (formula, words),
        "reference": (reference, words),
    }
