"""Every formula of docs/months gives the table that stands below it, over the tables that the page shows."""

import datetime as dt
import re
from pathlib import Path

import pytest

from crm_xl.functions import REGISTRY

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {"months.en.md": ("Costs", "Assumptions", "Actuals"), "months.zh.md": ("Costs", "Assumptions", "Actuals")}


def rows_of(text):
    """The first table in Markdown: its rows of cells, without the line below the header."""
    found = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert found
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in found[0].splitlines()]
    return [row for i, row in enumerate(rows) if i != 1]


def typed(text):
    """A cell as a person enters it."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return dt.date.fromisoformat(text)
    plain = text.replace(",", "")
    if re.fullmatch(r"-?\d+(\.\d+)?%?", plain):
        return float(plain.rstrip("%")) / (100 if plain.endswith("%") else 1)
    return text or None


def shown(value):
    """A cell as the page prints it."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:,.2f}"
    return str(value)


def argument(text, tables):
    text = text.strip()
    if text in tables:
        return tables[text]
    if day := re.fullmatch(r"DATE\((\d+),(\d+),(\d+)\)", text):
        return dt.date(*map(int, day.groups()))
    return text.strip('"') if text.startswith('"') else float(text) if text else None


def calculated(formula, tables):
    name, given = re.fullmatch(r"=(\w+)\((.*)\)", formula).groups()
    parts = re.split(r",(?![^(]*\))", given)
    return REGISTRY[name].call(*(argument(part, tables) for part in parts))


@pytest.mark.parametrize("page", sorted(PAGES))
def test_formulas_give_what_stands_below_them(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    tables = {
        name: [
            [typed(cell) if i else cell for cell in row] for i, row in enumerate(rows_of(text.split(f"`{name}`", 1)[1]))
        ]
        for name in PAGES[page]
    }
    formulas = list(re.finditer(r"```\n(=CRM_.*)\n```\n", text))
    assert len(formulas) >= 8
    for formula in formulas:
        table = calculated(formula[1], tables)
        assert [[shown(cell) for cell in row] for row in table] == rows_of(text[formula.end() :]), formula[1]
