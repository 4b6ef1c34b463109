"""Builds template workbooks: the sheets in their order, then every cached value by the headless recalculation.

A new sheet is a function `fill(draft, page)` in a module of its own, or in `input_sheets` where people fill it in, and
a line in `SHEETS`.
"""

import datetime as dt
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xlsxwriter.workbook import Workbook

from crm_xl.hosts.headless import Book, open_workbook
from crm_xl.hosts.lite.workbook import carrying
from crm_xl.templates import (
    about,
    allocation,
    assumptions,
    benefit_lines,
    board,
    breakdown,
    checks,
    comparison,
    estimate,
    example,
    input_sheets,
    lists,
    results,
    returns,
    risk,
    savings,
    timeline,
    variance,
    what_if,
    workings,
)
from crm_xl.templates.draft import Block, Draft
from crm_xl.templates.page import Page
from crm_xl.templates.spec import RELEASED, TemplateSpec, example_spec
from crm_xl.xlsx.package import Package, replace_file

# The calculation engine of Excel 2019 and 365. With an older number Excel would recalculate when it loads the file.
_CALCULATION = 191_029


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A sheet: its key in the terms, what draws it, whether departments get it too, and when it is in sight.

    `shown` says in which workbooks: in all, in a filled example too, or in none, because it only works figures out.
    """

    key: str
    fill: Callable[[Draft, Page], None]
    department: bool = True
    shown: Literal["always", "example", "never"] = "example"

    def in_sight(self, spec: TemplateSpec) -> bool:
        """Return whether a workbook opens with the sheet in sight: a department needs all that it can fill in."""
        if self.shown == "example":
            return not spec.finance or (spec.example and (spec.company == "large" or self.key in _SMALL))
        return self.shown == "always"


def _lists(draft: Draft, page: Page) -> None:
    filled = draft.spec.example
    used = [row["currency"] for row in example.example_rows("costs", draft.spec) if "currency" in row] if filled else []
    lists.fill(draft, page, example.own_components(draft.spec) if filled else (), list(dict.fromkeys(used)))


def _about(draft: Draft, page: Page) -> None:
    sheets, spec = sheets_of(draft.spec), draft.spec
    shown = [sheet.key for sheet in sheets if sheet.in_sight(spec)]
    wanted = [sheet.key for sheet in sheets if sheet.key not in shown and sheet.shown != "never"]
    working = [sheet.key for sheet in sheets if sheet.shown == "never"]
    about.fill(draft, page, shown, wanted, working)


# In the order of the tabs: what everyone needs, what one asks for with its inputs, and what works the figures out.
SHEETS = (
    Sheet(key="about", fill=_about, shown="always"),
    Sheet(key="costs", fill=input_sheets.costs, shown="always"),
    Sheet(key="board", fill=board.fill, department=False, shown="always"),
    Sheet(key="assumptions", fill=assumptions.fill, shown="always"),
    Sheet(key="results", fill=results.fill),
    Sheet(key="breakdown", fill=breakdown.fill, department=False),
    Sheet(key="benefits", fill=input_sheets.benefits),
    Sheet(key="returns", fill=returns.fill, department=False),
    Sheet(key="scenarios", fill=input_sheets.scenarios, department=False),
    Sheet(key="what_if", fill=what_if.fill, department=False),
    Sheet(key="risk", fill=risk.fill, department=False),
    Sheet(key="options", fill=input_sheets.options, department=False),
    Sheet(key="comparison", fill=comparison.fill, department=False),
    Sheet(key="actuals", fill=input_sheets.actuals, department=False),
    Sheet(key="variance", fill=variance.fill, department=False),
    Sheet(key="usage", fill=input_sheets.usage, department=False),
    Sheet(key="allocation", fill=allocation.fill, department=False),
    Sheet(key="savings", fill=savings.fill, department=False),
    Sheet(key="estimate", fill=estimate.fill, department=False),
    Sheet(key="checks", fill=checks.fill, shown="always"),
    Sheet(key="timeline", fill=timeline.fill, shown="never"),
    Sheet(key="workings", fill=workings.fill, shown="never"),
    Sheet(key="benefit_lines", fill=benefit_lines.fill, department=False, shown="never"),
    Sheet(key="lists", fill=_lists, shown="never"),
)
# What a company with cost lines alone looks at beside what is always in sight.
_SMALL = ("results", "breakdown")
# A sheet may refer by place to those that are drawn before it, and to any by name: the lists come first, because all
# refer to them, then what is filled in, what is worked out of it, the results, and last what tells of all others.
_DRAWN = (
    "lists", "assumptions", "costs", "benefits", "actuals", "scenarios", "options", "usage",
    "timeline", "workings", "benefit_lines", "results", "breakdown", "returns", "what_if", "risk", "comparison",
    "variance", "allocation", "savings", "estimate", "checks", "about", "board",
)  # fmt: skip


def sheets_of(spec: TemplateSpec) -> tuple[Sheet, ...]:
    """Return the sheets of a kind of workbook in their order."""
    return tuple(sheet for sheet in SHEETS if spec.finance or sheet.department)


def build(spec: TemplateSpec) -> bytes:
    """Return a template workbook as the bytes of an .xlsx file, every formula with its value.

    The same specification gives the same bytes.
    """
    content, charted = _drawn(spec, {})
    book = _calculated(content)
    # Charts keep a copy of what they show, so the workbook is drawn again when the figures are known; only the charts
    # of that drawing are taken, because all else in it would have to be calculated once more.
    again = Package.open(_drawn(spec, _values(book, charted))[0])
    charts = {name: part for name, part in again.parts.items() if name.startswith("xl/charts/")}
    # The tests hold these values against LibreOffice: they are not noted as values that nothing else vouches for.
    data = Package.open(content).to_bytes({**book.changed_parts(), **charts})
    return data if spec.edition == "plain" else carrying(Package.open(data), language=spec.language)[0]


def drawn(spec: TemplateSpec) -> bytes:
    """Return a template without the values of its formulas: in a tenth of the time."""
    return _drawn(spec, {})[0]


def _calculated(content: bytes) -> Book:
    book = open_workbook(content)
    if problems := book.recalculate().formula_problems:
        raise AssertionError("\n".join(problem.text() for problem in problems))
    return book


def _values(book: Book, blocks: list[Block]) -> dict[tuple[str, int, int], float | str]:
    found: dict[tuple[str, int, int], float | str] = {}
    for block in blocks:
        rows = book.table(f"'{block.sheet}'!{block.here}")
        for i, row in enumerate(rows, block.row):
            found |= {
                (block.sheet, i, j): value
                for j, value in enumerate(row, block.column)
                if isinstance(value, float | str)
            }
    return found


def _drawn(spec: TemplateSpec, values: dict[tuple[str, int, int], float | str]) -> tuple[bytes, list[Block]]:
    """The workbook with no values but those given, and the cells that its charts show."""
    buffer = io.BytesIO()
    workbook = Workbook(buffer, {"in_memory": True})
    draft = Draft(spec=spec, workbook=workbook, values=values)
    title = draft.say("workbook_title")
    created = dt.datetime(RELEASED.year, RELEASED.month, RELEASED.day)
    subject = draft.say("purpose_about")
    workbook.set_properties({"title": title, "subject": subject, "author": "crm_xl", "created": created})
    workbook.set_calc_mode("auto", _CALCULATION)
    # XlsxWriter asks Excel to recalculate when it loads a file. A recipient without the add-in would then see
    # #NAME? in place of the values that stand in the file.
    workbook.calc_on_load = False
    workbook.set_size(2400, 1400)
    sheets = sheets_of(spec)
    pages = {sheet.key: Page(draft, sheet.key) for sheet in sheets}
    for sheet in sorted(sheets, key=lambda sheet: _DRAWN.index(sheet.key)):
        if not sheet.in_sight(spec):
            pages[sheet.key].sheet.hide()
        sheet.fill(draft, pages[sheet.key])
    pages[sheets[0].key].sheet.activate()
    workbook.close()
    return buffer.getvalue(), draft.charted


def write_template(spec: TemplateSpec, path: str | os.PathLike[str]) -> Path:
    """Build a template and write it to a file: whole, or not at all.

    Raises
    ------
    WorkbookError
        When the file cannot be written; nothing on disk has changed then.
    """
    target = Path(path)
    replace_file(target, build(spec))
    return target


def shipped() -> dict[str, TemplateSpec]:
    """Return the workbooks that stand in `workbooks/`, by file name."""
    found = {}
    for language in ("en", "zh"):
        found[f"crm_template_{language}.xlsx"] = TemplateSpec(language=language)
        found[f"crm_department_{language}.xlsx"] = TemplateSpec(language=language, kind="department")
        found[f"crm_example_{language}.xlsx"] = example_spec(language)
        found[f"crm_example_small_{language}.xlsx"] = example_spec(language, "small")
    return found


def build_all(folder: str | os.PathLike[str]) -> list[Path]:
    """Build every workbook of `shipped` into a folder, which is made where it is missing."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    return [write_template(spec, Path(folder) / name) for name, spec in shipped().items()]
