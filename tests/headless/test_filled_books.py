"""Whole workbooks of filled formulas, recalculated by patterns and with every formula looked at by itself."""

import random
import re

import pytest
from openpyxl.utils.cell import column_index_from_string, get_column_letter

from crm_xl.hosts.headless import open_workbook
from crm_xl.hosts.headless.formulas.filled import Fills
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW

from .books import HEAD, MAIN, book, cell, cells_of, dummies, escape, sheet

NAMES = [
    ("all_kinds", None, "S!$A$1:$A$6"),
    ("left", None, "S!XFD1"),
    ("running", None, "S!$B$1:B1"),
    ("rate", None, "0.08"),
    ("rate", "Other", "0.5"),
]
FORMULAS = [
    "A1+$B1*B$2-$B$3",
    "SUM($B$1:B1)+SUM(B2:$B$1)",
    "SUM(A:A,$B:$B)",
    "rate*SUM(running)+SUM(all_kinds)",
    "left&Other!B2&'it''s'!$A1",
    "[@Qty]*Costs[@Price]-SUM(Costs[Qty])",
    "SUMIF($A$1:$A$6,A1,B$1:B$6)",
    "SUMIF(A1:A4,A2,B1)",
    'SUMIFS(B1:B4,A1:A4,"K")+AVERAGEIFS($B$1:B3,$A$1:A3,"<>x")',
    "CRM_TOTAL(Other!$A$1:C6)+CRM_TOTAL(Other!A1:C4)",
    "_xldudf_CRM_SHOW(A1,A1:B2,{1,2})",
    "INDEX(A1:B3,0,1)",
    '"{0}"&B1',
    "A1:A3",
]
VALUES = [1, 2, 3, 2.5, "K", "x", "", True, None, "#N/A", "#DIV/0!"]
_MOVES = re.compile(r"('(?:[^']|'')*'!|\"[^\"]*\"|\[[^\]]*\])|(?<![\w$])(\$?)([A-Z]{1,2})(\$?)([0-9]{1,2})\b")


def filled(formula, rows, columns):
    """Return a formula as a person would see it after filling, for references of the form `$A$1`."""

    def moved(match):
        if match[1]:
            return match[0]
        letters, row = match[3], int(match[5])
        if not match[2]:
            letters = get_column_letter(column_index_from_string(letters) + columns)
        return f"{match[2]}{letters}{match[4]}{row if match[4] else row + rows}"

    return _MOVES.sub(moved, formula)


def random_book(seed):
    """Return a workbook of blocks of formulas, written out, shared, or arrays, over values of every kind."""
    chance = random.Random(seed)
    cells = {
        name: {(r, c): cell(f"{'ABC'[c - 1]}{r}", chance.choice(VALUES)) for r in range(1, 9) for c in (1, 2, 3)}
        for name in ("S", "Other", "it's")
    }
    for r in range(1, 7):
        line = (chance.choice("LM"), chance.randint(1, 5), chance.choice([1, 2, "x", None]))
        for c, value in enumerate(line if r > 1 else ("Component", "Quantity", "Unit cost"), 1):
            cells["Other"][r, c] = cell(f"{'ABC'[c - 1]}{r}", value)
        for c, value in ((9, r if r > 1 else "Qty"), (10, 2 * r if r > 1 else "Price")):
            cells["S"][r, c] = cell(f"{get_column_letter(c)}{r}", value)
    for group in range(6):
        on = cells[chance.choice(["S", "S", "Other"])]
        formula, kind = chance.choice(FORMULAS), chance.choice(["written", "shared", "array", "dynamic"])
        top, left = chance.randint(1, 6), chance.choice([5, 11, 12, 20])
        height, width = chance.choice([(5, 1), (1, 4), (3, 3)])
        # The cell that holds a shared formula may stand anywhere in its group.
        master = (0, 0) if chance.random() < 0.6 else (height - 1, 0)
        for down in range(height):
            for right in range(width):
                at = f"{get_column_letter(left + right)}{top + down}"
                if kind == "shared":
                    text = escape(formula) if (down, right) == master else ""
                    xml = f'<c r="{at}"><f t="shared" ref="A1:Z30" si="{group % 2}">{text}</f><v>0</v></c>'
                else:
                    own = filled(formula, down, right)
                    xml = cell(at, 0, own, array=None if kind == "written" else at, dynamic=kind == "dynamic")
                on[top + down, left + right] = xml
    tables = [("Costs", "S", "I1:J6", ["Qty", "Price"])]
    sheets = {name: sheet(*of.values()) for name, of in cells.items()}
    return book(sheets, names=NAMES, tables=tables, metadata=True)


def everything(data):
    """Return all that a recalculation gives, before and after an input is set."""
    opened = open_workbook(data, registry=dummies(), find_problems=lambda *_: [])
    found = []
    for value in (None, 4):
        if value is not None:
            opened["S!A1"] = value
        report = opened.recalculate()
        found.append((report.changed, [p.text() for p in report.problems], dict(opened.changed_parts())))
    return found, dict(opened._model.uses), opened._model.formulas


@pytest.mark.parametrize("seed", range(50))
def test_a_workbook_of_fills_is_what_it_would_be_formula_by_formula(monkeypatch, seed):
    data = random_book(seed)
    cast = everything(data)
    monkeypatch.setattr(Fills, "find", lambda *_: None)
    assert cast == everything(data)


def test_a_shared_formula_counts_on_from_the_other_end_of_the_sheet():
    first = f'<c r="B2"><f t="shared" ref="A1:B2" si="0">A{LAST_ROW}+XFD2</f><v>0</v></c>'
    inputs = [cell(f"XFD{LAST_ROW - 1}", 5), cell("XFC1", 7), cell(f"A{LAST_ROW}", 1), cell("XFD2", 2)]
    opened = open_workbook(book({"S": sheet(first, '<c r="A1"><f t="shared" si="0"/></c>', *inputs)}))
    assert get_column_letter(LAST_COLUMN) == "XFD"
    assert opened["S!B2"] == 3
    assert opened["S!A1"] == 12


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<v a="&gt;>">7</v>', '<v a="&gt;>">2</v>'),
        ("<v><![CDATA[7]]></v>", "<v>2</v>"),
        ("<v>7<!-- </v> --></v>", "<v>2</v>"),
        ("<v/>", "<v>2</v>"),
        ("<v ></v >", "<v >2</v >"),
    ],
)
def test_a_value_is_replaced_however_it_is_written(old, new):
    row = f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><f>A1+1</f>{old}</c></row>'
    data = book({"S": f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{row}</sheetData></worksheet>'})
    out = open_workbook(data).to_bytes()
    assert cells_of(out)["B1"] == f'<c r="B1"><f>A1+1</f>{new}</c>'
    assert open_workbook(out).recalculate().changed == 0
