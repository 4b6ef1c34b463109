"""The buttons' Python side, over a workbook that behaves as Excel's objects do."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest

from crm_xl.engine.cells import Range
from crm_xl.functions import REGISTRY, arguments
from crm_xl.hosts.excel import macros, udfs
from crm_xl.hosts.headless.formulas.spellings import Spellings

from .stubs import Cells, Sheet


class Note:
    """A comment of a cell."""

    def __init__(self, cell, text):
        self.cell, self.text = cell, text
        self.Shape = SimpleNamespace(TextFrame=SimpleNamespace(AutoSize=False))

    def Text(self):
        return self.text

    def Delete(self):
        if self.cell.Worksheet.protected:
            raise OSError("Excel: the sheet is protected")
        del self.cell.Worksheet.notes[self.cell.key]


class Cell(Cells):
    """One cell or range of a page."""

    @property
    def key(self):
        return self.Row, self.Column

    @property
    def Comment(self):
        return self.Worksheet.notes.get(self.key)

    @property
    def Address(self):
        return f"${chr(64 + self.Column)}${self.Row}"

    @property
    def Formula(self):
        rows = tuple(
            tuple(self.Worksheet.formulas.get((i, j), "") for j in range(self.Column, self.Column + self.Columns.Count))
            for i in range(self.Row, self.Row + self.Rows.Count)
        )
        return rows if len(rows) * len(rows[0]) > 1 else rows[0][0]

    def Cells(self, row, column):
        return self.Worksheet.Cells(self.Row + row - 1, self.Column + column - 1)

    def AddComment(self, text):
        if self.Worksheet.protected:
            raise OSError("Excel: the sheet is protected")
        self.Worksheet.notes[self.key] = Note(self, text)


class Page(Sheet):
    """A sheet with formulas, notes, and names for its ranges."""

    def __init__(self, name, rows=(), formulas=None, names=None, protected=False):
        super().__init__(rows, name)
        self.formulas = formulas or {}
        self.names = names if names is not None else {}
        self.notes, self.protected = {}, protected

    @property
    def Comments(self):
        return list(self.notes.values())

    def Cells(self, row, column):
        return Cell(self, row, column, 1, 1)

    @property
    def UsedRange(self):
        last = [*self.formulas, (len(self.rows), max(map(len, self.rows), default=1))]
        return Cell(self, 1, 1, max(r for r, _ in last), max(c for _, c in last))

    def area(self, rows, columns):
        return Cell(self, 1, 1, rows, columns)

    def Evaluate(self, text):
        """What Excel makes of a text: a range by its name, a number, a text, an error."""
        if text in self.names:
            return self.names[text]
        if re.fullmatch(r'"[^"]*"', text):
            return text[1:-1]
        try:
            return float(text)
        except ValueError:
            return -2146826259  # #NAME?


GOOD = [["Component", "Amount"], ["Licence", 1200.0], ["Training", 300.0]]
BAD = [["Component", "Amount", "Start"], ["Licence", "twelve", None], ["Training", 300.0, dt.date(2027, 1, 1)]]


def workbook(table, *formulas, protected=False, more=()):
    """A workbook with a table of costs, and formulas below one another on a sheet of results."""
    names = {}
    costs = Page("Costs", table, names=names, protected=protected)
    names["Costs[#All]"] = costs.area(len(table), len(table[0]))
    results = Page("Results", formulas={(i, 2): text for i, text in enumerate(formulas, 1)}, names=names)
    return SimpleNamespace(Worksheets=[costs, results, *more])


def notes(book):
    return {
        f"{sheet.Name}!{note.cell.Address.replace('$', '')}": note.text for sheet in book.Worksheets
        for note in sheet.Comments
    }  # fmt: skip


@pytest.fixture(autouse=True)
def no_choice_was_made(monkeypatch):
    monkeypatch.setattr(macros.settings, "language", lambda: None)


class TestCheck:
    def test_a_workbook_in_order_says_so(self):
        book = workbook(GOOD, "=CRM_TOTAL(Costs[#All])", "=SUM(1,2)", '=CRM_TOTAL(Costs[#All],,"licence")*2')
        assert macros.check(book) == "Everything is in order: 2 CRM_ calls were checked."
        assert notes(book) == {}

    def test_each_cell_that_is_wrong_has_its_note(self):
        book = workbook(BAD, "=CRM_TOTAL(Costs[#All])")
        said = macros.check(book)
        found = notes(book)
        assert set(found) == {"Costs!B2", "Costs!C3"}
        assert found["Costs!B2"] == 'CRM check\nerror: found "twelve"; expected a number'
        assert "2027-01-01" in found["Costs!C3"]
        assert said.startswith("2 errors and 0 hints stand as notes beside their cells. First: 'Costs'!B2: error:")

    def test_in_chinese_when_that_was_chosen(self, monkeypatch):
        monkeypatch.setattr(macros.settings, "language", lambda: "zh")
        book = workbook(BAD, "=CRM_TOTAL(Costs[#All])")
        assert macros.check(book).startswith("已在单元格旁添加批注：2 个错误，0 个提示。")
        assert notes(book)["Costs!B2"].startswith("CRM 检查\n错误：")

    def test_a_call_that_fails_over_good_tables_has_a_note_at_its_formula(self):
        book = workbook(GOOD, '=CRM_TOTAL(Costs[#All],,,"9")', "=CRM_TOTAL(Nowhere)")
        macros.check(book)
        found = notes(book)
        assert set(found) == {"Results!B1", "Results!B2"}
        assert found["Results!B1"].startswith("CRM check\nerror: CRM_TOTAL: ")
        assert "#NAME?" in found["Results!B2"]

    def test_a_second_check_replaces_what_the_first_one_wrote(self):
        book = workbook(BAD, "=CRM_TOTAL(Costs[#All])")
        macros.check(book)
        book.Worksheets[0].rows[1][1] = 12000.0
        macros.check(book, "zh")
        assert set(notes(book)) == {"Costs!C3"}
        book.Worksheets[0].rows[2][2] = None
        assert macros.check(book).startswith("Everything is in order")
        assert notes(book) == {}

    def test_a_note_of_the_users_own_stays_and_is_named(self):
        book = workbook(BAD, "=CRM_TOTAL(Costs[#All])")
        book.Worksheets[0].Cells(2, 2).AddComment("ask Li")
        said = macros.check(book)
        assert notes(book)["Costs!B2"] == "ask Li"
        assert "1 could not be written" in said
        assert said.splitlines()[-1].startswith("'Costs'!B2: error: found")

    def test_on_a_protected_sheet_everything_is_said_instead(self):
        said = macros.check(workbook(BAD, "=CRM_TOTAL(Costs[#All])", protected=True))
        assert "2 could not be written" in said
        assert "'Costs'!C3: " in said

    def test_cells_that_a_formula_spills_into_count_once(self):
        formula = "=CRM_BREAKDOWN(Costs[#All])"
        assert "1 CRM_ calls" in macros.check(workbook(GOOD, formula, formula, formula))

    def test_calls_by_the_path_of_an_add_in_are_checked_too(self):
        book = workbook(BAD, "='C:\\Users\\a b\\crm_xl.xlam'!CRM_TOTAL(Costs[#All])")
        macros.check(book)
        assert "Costs!B2" in notes(book)

    def test_a_workbook_without_calls_says_so(self):
        assert macros.check(workbook(GOOD, "=SUM(1)")) == "This workbook has no CRM_ formulas to check."

    def test_a_formula_that_cannot_be_read_is_named(self):
        said = macros.check(workbook(GOOD, '=CRM_TOTAL(Costs[#All],"'))
        assert "These tables could not be looked at: 'Results'!B1" in said

    def test_a_table_that_begins_lower_on_its_sheet_is_marked_at_the_right_cells(self):
        rows = [["Costs of 2027", None], [None, None], *GOOD, ["Licence", "x"]]
        page = Page("Low", rows)
        book = workbook(GOOD, "=CRM_TOTAL(Low_costs)", more=[page])
        book.Worksheets[1].names["Low_costs"] = Cell(page, 3, 1, 4, 2)
        macros.check(book)
        assert set(notes(book)) == {"Low!B6"}


class TestCalls:
    @pytest.mark.parametrize(
        ("formula", "want"),
        [
            ("=CRM_TOTAL(A1:B9)", [("CRM_TOTAL", ["A1:B9"])]),
            ('=IF(A1>0,CRM_NPV(A:B,,C1),"CRM_TOTAL(x)")', [("CRM_NPV", ["A:B", "", "C1"])]),
            (
                "=CRM_TOTAL(Costs[#All],,,CRM_VERSION()&IF(1,2,3))",
                [("CRM_VERSION", [""]), ("CRM_TOTAL", ["Costs[#All]", "", "", "CRM_VERSION()&IF(1,2,3)"])],
            ),
            ('=CRM_TOTAL({"Component","Amount";"a",1},(A1,B1))',
             [("CRM_TOTAL", ['{"Component","Amount";"a",1}', "(A1,B1)"])]),
            ("=crm_total(Costs[[#All],[Amount]])", [("CRM_TOTAL", ["Costs[[#All],[Amount]]"])]),
            ("=MY_CRM_TOTAL(A1)", []),
        ],
    )  # fmt: skip
    def test_arguments_are_taken_apart_as_excel_does(self, formula, want):
        assert [(f.name, given) for f, given in macros.calls(formula, Spellings(REGISTRY))] == want


def test_remove_the_notes_leaves_those_of_others():
    book = workbook(BAD, "=CRM_TOTAL(Costs[#All])")
    macros.check(book)
    book.Worksheets[1].Cells(9, 1).AddComment("CRM check is due on Friday")
    macros.clear_notes(book)
    assert notes(book) == {"Results!A9": "CRM check is due on Friday"}


def test_the_language_button_reaches_the_functions_and_the_settings(monkeypatch, tmp_path):
    monkeypatch.setattr(udfs, "_language", None)
    path = tmp_path / ".crm_xl" / "crm_xl.conf"
    monkeypatch.setattr(macros.settings, "file", lambda: path)
    assert macros.use_language("zh") == ""
    assert path.read_bytes() == b'"LANGUAGE","zh"\r\n'
    assert udfs.answer("CRM_CHECK", [Range([["Component", "Amount"], ["Licence", 1.0]])]) == "正常"


def test_a_choice_that_cannot_be_kept_is_said_and_not_made(monkeypatch, tmp_path):
    monkeypatch.setattr(udfs, "_language", None)
    monkeypatch.setattr(macros.settings, "file", lambda: tmp_path / "file" / "crm_xl.conf")
    (tmp_path / "file").write_text("in the way")
    assert macros.use_language("zh").startswith("Your choice could not be saved")
    assert udfs._language is None


def test_recalculate_drops_what_was_read(monkeypatch):
    dropped = []
    monkeypatch.setattr(arguments, "forget", lambda: dropped.append(True))
    assert macros.forget("") == ""
    assert dropped


def test_vba_presses_only_what_is_offered():
    from crm_xl.hosts.excel import vba

    pressed = set(re.findall(r'(?:Bridge.Press\(?|CrmWithNotes) "?(\w+)"', vba.source("macros.bas").replace("(", "( ")))
    assert pressed == set(macros.BUTTONS)
