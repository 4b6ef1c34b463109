"""The stamp and the layout: what a workbook says of itself, and whether anything but its inputs was changed."""

import datetime as dt
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.styles import Protection

from crm_xl.collection.form.differences import differences
from crm_xl.collection.form.layout import Layout, digest, layout_of
from crm_xl.collection.form.master import Master, master_of, sent_layout, settings_of
from crm_xl.collection.form.stamp import NAME, PROPERTIES_PART, Stamp, StampError, read_stamp, stamp_parts
from crm_xl.collection.sending.departments import Department
from crm_xl.collection.sending.distribute import Cycle
from crm_xl.xlsx.package import Package, WorkbookError

CYCLE = Cycle(cycle="2027 budget", start=dt.date(2027, 1, 1), lines=10, rates=(("USD/CNY", 7.1, None),))
LINES = [
    {"component": "licence", "item": "Seats", "quantity": 10.0, "unit_cost": 100.0, "frequency": "monthly"},
    {"component": "Hardware", "amount": 500.0, "start": dt.date(2027, 3, 1)},
]
# What a department may be called, and what would break a formula or a list of fields.
NASTY = '销售 "A" & <B>; 50%=x%3B\'_x0041_ '


def stamp_for(name: str, contact: str = "Li Wei, ext. 2231") -> Stamp:
    department = Department(name=name, language="en", currency="CNY", contact=contact, deadline=dt.date(2026, 12, 4))
    return CYCLE.stamp(department, 3)


@pytest.fixture(scope="module")
def master() -> Master:
    return master_of(settings_of(stamp_for("any")))


@pytest.fixture(scope="module")
def sent(master: Master) -> tuple[Stamp, bytes]:
    stamp = stamp_for("Sales")
    stamp = replace(stamp, layout=digest(master.layout_for(stamp)))
    return stamp, master.fill(stamp, LINES)


def read(content: bytes) -> Stamp | None:
    return read_stamp(Package.open(content))


def with_parts(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The same file with other contents of its parts; a part that becomes None is left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if (part := change(info.filename, old.read(info))) is not None:
                new.writestr(info.filename, part)
    return buffer.getvalue()


def replaced(part: str, one: bytes, two: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, content: bytes) -> bytes:
        if name == part:
            assert one in content
            return content.replace(one, two)
        return content

    return change


def without_name(name: str, content: bytes) -> bytes:
    return (
        re.sub(rb'<definedName name="crm_xl_stamp".*?</definedName>', b"", content) if "workbook" in name else content
    )


# -- the stamp -------------------------------------------------------------------------------------------------------


def test_a_stamp_comes_back_as_it_was_written(master: Master) -> None:
    stamp = stamp_for(NASTY, contact="财务 王芳 wang@example.com; " * 7)
    assert read(Package.open(master.content).to_bytes(stamp_parts(Package.open(master.content), stamp))) == stamp


@settings(max_examples=40, deadline=None)
@given(
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=200),
    year=st.none() | st.integers(1, 30),
)
def test_whatever_a_department_is_called_its_stamp_comes_back(master: Master, name: str, year: int | None) -> None:
    package = Package.open(master.content)
    stamp = replace(stamp_for(name), rates=(("USD/CNY", 0.1 + 0.2, year),) * 12)
    parts = stamp_parts(package, stamp)
    assert read_stamp(replace(package, parts=package.parts | parts)) == stamp


def test_excel_can_hold_every_text_of_the_stamp(master: Master) -> None:
    parts = stamp_parts(Package.open(master.content), stamp_for("部" * 200, contact="x" * 200))
    texts = re.findall(rb"<vt:lpwstr>(.*?)</vt:lpwstr>", parts[PROPERTIES_PART])
    literals = re.findall(rb'"([^"]*)"', re.search(rb'name="crm_xl_stamp"[^>]*>([^<]*)<', parts["xl/workbook.xml"])[1])  # type: ignore[index]
    assert len(texts) >= 16
    assert len(literals) > 1
    assert max(len(text.decode()) for text in (*texts, *literals)) <= 255


def test_another_program_sees_the_stamp_as_properties_and_a_hidden_name(sent: tuple[Stamp, bytes]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sent[1]))
    properties = {entry.name: entry.value for entry in book.custom_doc_props.props}
    assert properties["crm_xl_department"] == "Sales"
    assert properties["crm_xl_cycle"] == "2027 budget"
    assert properties["crm_xl_sequence"] == "3"
    assert book.defined_names[NAME].hidden


def test_a_workbook_of_another_origin_has_no_stamp() -> None:
    buffer = io.BytesIO()
    openpyxl.Workbook().save(buffer)
    assert read(buffer.getvalue()) is None


def test_one_copy_of_the_stamp_is_enough(sent: tuple[Stamp, bytes]) -> None:
    stamp, content = sent
    assert read(with_parts(content, lambda name, part: None if name == PROPERTIES_PART else part)) == stamp
    bare = with_parts(content, without_name)
    assert bare != content
    assert read(bare) == stamp


def test_copies_that_differ_are_told_with_both_values(sent: tuple[Stamp, bytes]) -> None:
    forged = with_parts(sent[1], replaced(PROPERTIES_PART, b"<vt:lpwstr>Sales<", b"<vt:lpwstr>Law<"))
    with pytest.raises(StampError) as caught:
        read(forged)
    for language in ("en", "zh"):
        assert all(word in caught.value.text(language) for word in ("department", "Sales", "Law"))


@pytest.mark.parametrize(
    ("one", "two", "word"),
    [
        (b"crm_xl_sequence", b"crm_xl_sequel", "sequence"),
        (b"<vt:lpwstr>3<", b"<vt:lpwstr>third<", "third"),
        (b"<vt:lpwstr>2027-01-01<", b"<vt:lpwstr>2027-13-01<", "2027-13-01"),
        (b"<vt:lpwstr>USD/CNY:7.1:<", b"<vt:lpwstr>USD/CNY 7,1<", "USD/CNY"),
        (b"<vt:lpwstr>en<", b"<vt:lpwstr>fr<", "fr"),
    ],
)
def test_a_stamp_that_says_nonsense_is_told(sent: tuple[Stamp, bytes], one: bytes, two: bytes, word: str) -> None:
    content = with_parts(with_parts(sent[1], without_name), replaced(PROPERTIES_PART, one, two))
    with pytest.raises(StampError) as caught:
        read(content)
    assert word in caught.value.text("en")


def test_a_swollen_stamp_is_refused(sent: tuple[Stamp, bytes]) -> None:
    more = b"<!-- " + b"x" * 70_000 + b" --></Properties>"
    with pytest.raises(WorkbookError):
        read(with_parts(sent[1], replaced(PROPERTIES_PART, b"</Properties>", more)))


# -- the layout ------------------------------------------------------------------------------------------------------


def layout(content: bytes) -> Layout:
    return layout_of(Package.open(content))


def changed(content: bytes, change: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_sent_workbook_has_the_layout_that_its_stamp_says(sent: tuple[Stamp, bytes]) -> None:
    stamp, content = sent
    assert digest(layout(content)) == stamp.layout


def test_the_layout_is_built_anew_from_the_stamp_alone(sent: tuple[Stamp, bytes]) -> None:
    stamp, content = sent
    rebuilt = sent_layout(stamp)
    assert rebuilt is not None
    assert differences(rebuilt, layout(content)) == []
    assert sent_layout(replace(stamp, version="0.0.9")) is None
    assert sent_layout(replace(stamp, department="Law")) is None


def fill_in(book: openpyxl.Workbook) -> None:
    costs = book["Costs"]
    for row in range(8, 16):
        for column, value in (
            (2, "Training"),
            (3, f"Course {row}"),
            (8, 1200.5),
            (11, dt.date(2027, 5, 1)),
            (23, "a note"),
        ):
            costs.cell(row, column).value = value
    book["Benefits"]["B6"] = "Less churn"
    book["Lists"]["B12"] = "Consulting"
    book["Start"]["C12"] = "王芳"


def test_filling_in_changes_nothing_of_the_layout(sent: tuple[Stamp, bytes]) -> None:
    filled = changed(sent[1], fill_in)
    assert openpyxl.load_workbook(io.BytesIO(filled))["Costs"]["C15"].value == "Course 15"
    assert digest(layout(filled)) == sent[0].layout


def test_formulas_that_follow_each_other_are_the_same_as_formulas_written_out(sent: tuple[Stamp, bytes]) -> None:
    """Excel shares formulas on saving: the first cell has the text, the others say whom they follow."""
    part = next(n for n in Package.open(sent[1]).parts if n.endswith("sheet8.xml"))
    xml = Package.open(sent[1]).parts[part].decode()
    column = re.findall(r'<c r="(D(\d+))"([^>]*)><f>([^<]*)</f>', xml)
    assert len(column) >= 10
    first, number, _, text = column[0]
    for cell, row, attributes, own in column:
        moved = text.replace(f"B{number}", f"B{row}")
        assert own == moved, "the column is no longer filled down; choose another"
        shared = (
            f'<f t="shared" ref="D{number}:D{column[-1][1]}" si="0">{text}</f>'
            if cell == first
            else '<f t="shared" si="0"/>'
        )
        xml = xml.replace(f'<c r="{cell}"{attributes}><f>{own}</f>', f'<c r="{cell}"{attributes}>{shared}')
    assert xml.count('si="0"') == len(column)
    content = with_parts(sent[1], lambda name, old: xml.encode() if name == part else old)
    assert digest(layout(content)) == sent[0].layout


def unlock(book: openpyxl.Workbook) -> None:
    book["Results"]["C7"].protection = Protection(locked=False)
    book["Results"]["C7"] = 123.5


TAMPERED = {
    "a formula of the workings": (lambda b: b["Workings"].__setitem__("D10", "=1"), "cell", "Workings", "D10"),
    "a formula is gone": (lambda b: b["Workings"].__setitem__("D10", None), "cell", "Workings", "D10"),
    "a figure over a formula": (lambda b: b["Costs"].__setitem__("AF6", 5), "cell", "Costs", "AF6"),
    "a header": (lambda b: b["Costs"].__setitem__("C5", "Itm"), "cell", "Costs", "C5"),
    "an assumption": (lambda b: b["Assumptions"].__setitem__("C7", 3), "cell", "Assumptions", "C7"),
    "a number as text": (lambda b: b["Assumptions"].__setitem__("C7", "5"), "cell", "Assumptions", "C7"),
    "a cell unlocked and overwritten": (unlock, "cell", "Results", "C7"),
    "the department": (lambda b: b["Start"].__setitem__("C13", "Law"), "cell", "Start", "C13"),
    "a note outside the tables": (lambda b: b["Results"].__setitem__("Z99", "mine"), "cell", "Results", "Z99"),
    "protection taken off": (lambda b: b["Checks"].protection.disable(), "protection", "Checks", ""),
    "a sheet more": (lambda b: b.create_sheet("Mine"), "sheets", "", ""),
    "a sheet less": (lambda b: b.remove(b["Checks"]), "sheets", "", ""),
    "sheets in another order": (lambda b: b.move_sheet("Lists", -3), "sheets", "", ""),
    "a hidden sheet": (lambda b: setattr(b["Results"], "sheet_state", "hidden"), "sheets", "", ""),
    "a renamed sheet": (lambda b: setattr(b["Benefits"], "title", "Gains"), "sheets", "", ""),
    "a shorter table": (lambda b: setattr(b["Costs"].tables["Costs"], "ref", "B5:AG14"), "table", "", "Costs"),
    "a defined name": (lambda b: setattr(b.defined_names["Cent"], "attr_text", "Lists!$U$8"), "name", "", "cent"),
    "a rule of input cells": (lambda b: b["Costs"].data_validations.dataValidation.pop(0), "validation", "Costs",
                              "B6:B15"),
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERED)
def test_what_a_department_cannot_change_is_told_where_it_was(sent: tuple[Stamp, bytes], tampering: str) -> None:
    change, kind, sheet, cell = TAMPERED[tampering]
    content = changed(sent[1], change)  # type: ignore[arg-type]
    assert digest(layout(content)) != sent[0].layout
    found = differences(layout(sent[1]), layout(content))
    assert (kind, sheet, cell) in {(d.kind, d.sheet, d.cell) for d in found}
    assert all(d.found != d.expected for d in found)


def test_a_difference_says_what_stands_there_and_what_stood_there(sent: tuple[Stamp, bytes]) -> None:
    found = differences(layout(sent[1]), layout(changed(sent[1], unlock)))
    assert [(d.cell, d.found, d.expected) for d in found] == [("C7", "123.5", "=SUM(Workings!CD9:CD18)")]


def test_cells_pasted_over_lose_their_rule_and_only_they_are_named(sent: tuple[Stamp, bytes]) -> None:
    def paste(book: openpyxl.Workbook) -> None:
        for rule in book["Costs"].data_validations.dataValidation:
            if str(rule.sqref) == "B6:B15":
                rule.sqref = openpyxl.worksheet.cell_range.MultiCellRange("B6:B8 B11:B15")

    found = differences(layout(sent[1]), layout(changed(sent[1], paste)))
    assert [(d.kind, d.cell, d.found) for d in found] == [("validation", "B9:B10", "")]


def test_a_change_is_seen_after_thousands_of_equal_workbooks(sent: tuple[Stamp, bytes]) -> None:
    """Sheets that were read before are not read again; one that differs in a single cell is."""
    for _ in range(3):
        assert digest(layout(sent[1])) == sent[0].layout
    part = next(n for n in Package.open(sent[1]).parts if n.endswith("sheet8.xml"))
    content = with_parts(sent[1], replaced(part, b'<c r="D10"', b'<c r="XD10"'))
    assert digest(layout(content)) != sent[0].layout


def test_a_broken_sheet_is_told_and_harms_nobody(sent: tuple[Stamp, bytes]) -> None:
    part = next(n for n in Package.open(sent[1]).parts if n.endswith("sheet8.xml"))
    for one, two in ((b'<c r="D10"', b'<c r="ZZZZ0"'), (b"</sheetData>", b"")):
        with pytest.raises(WorkbookError):
            layout(with_parts(sent[1], replaced(part, one, two)))


@pytest.mark.libreoffice
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed")
def test_a_workbook_saved_by_libreoffice_keeps_stamp_and_layout(sent: tuple[Stamp, bytes], tmp_path: Path) -> None:
    source = tmp_path / "Sales.xlsx"
    source.write_bytes(changed(sent[1], fill_in))
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--convert-to",
        "xlsx",
    ]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "out"), str(source)], check=True, capture_output=True, timeout=180
    )
    saved = (tmp_path / "out" / "Sales.xlsx").read_bytes()
    assert b"LibreOffice" in Package.open(saved).parts["docProps/app.xml"]
    assert read(saved) == sent[0]
    assert differences(layout(sent[1]), layout(saved)) == []
    assert digest(layout(saved)) == sent[0].layout
