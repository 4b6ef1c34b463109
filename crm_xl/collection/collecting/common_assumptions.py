"""The one set of assumptions under which all returns are summed.

It is what the user hands over, else what the stamps of the returns say: for each key, and each exchange rate, the
value of most of them. Where two values are equally frequent a person has to say which. Whoever differs is named in
the findings; only another start date keeps a return out, because its model years and blank starts would mean other
months.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from crm_xl.collection.csvfile import SUFFIXES, read_csv
from crm_xl.collection.form.stamp import Stamp
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.sending.sources import grids_of
from crm_xl.data import term
from crm_xl.engine.assumptions import Assumptions, read_assumptions
from crm_xl.engine.cells import Cell, Range, is_blank
from crm_xl.engine.problems import ProblemsError, Severity
from crm_xl.engine.schema import assumption_fields, choice_labels
from crm_xl.engine.typed_values import TypedNumber, read_number
from crm_xl.errors import CrmError

KEYS = ("start", "years", "currency")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_SHEETS = ("Assumptions", "\u5047\u8bbe")
Rows: TypeAlias = list[list[Cell]]
# How often each value of a key, and each rate of a pair from a year on, stands in the stamps.
Votes: TypeAlias = Counter[tuple[str, Any]]


class BasisError(CrmError):
    """The assumptions of the collection cannot be read, or the returns do not say which they are."""


def votes(stamp: Stamp) -> Iterable[tuple[str, Any]]:
    """Return what a stamp says of each key and exchange rate."""
    for key in KEYS:
        yield key, getattr(stamp, key)
    for pair, rate, year in stamp.rates:
        yield f"{pair} {year or 1}", rate


def agreed(cast: Votes, currency: str | None, language: str) -> Assumptions:
    """Return the assumptions that most stamps say, in a reporting currency if one is given.

    Raises
    ------
    BasisError
        Where two values are equally frequent.
    """
    values: dict[str, Any] = {}
    for key in dict.fromkeys(key for key, _ in cast):
        ranked = Counter({value: count for (of, value), count in cast.items() if of == key}).most_common(2)
        if len(ranked) == 2 and ranked[0][1] == ranked[1][1] and not (key == "currency" and currency):
            shown = ", ".join(sorted(str(value) for value, _ in ranked))
            raise BasisError("collect_assumptions_tie", name=_label(key), values=shown)
        values[key] = ranked[0][0]
    rows: Rows = [
        [assumption_fields()["start_date"].en, values.get("start")],
        [assumption_fields()["years"].en, values.get("years", 5)],
        [assumption_fields()["currency"].en, currency or values.get("currency", "CNY")],
    ]
    for key, value in values.items():
        if key not in KEYS:
            pair, _, year = key.rpartition(" ")
            rows.append([pair, value, float(year)])
    return _read([[*row, None][:3] for row in rows], language, "")


def handed_over(path: Path, currency: str | None, language: str) -> Assumptions:
    """Return the assumptions in a file: a workbook with a sheet Assumptions (or only one sheet), or a CSV file.

    Raises
    ------
    BasisError
        Where they have a problem; the text says which.
    WorkbookError
        Where the file cannot be read.
    """
    found = _read(_csv(path) if path.suffix.lower() in SUFFIXES else _sheet(path), language, path.name)
    return replace(found, currency=currency or found.currency)


def rows_of(basis: Assumptions, language: str) -> Rows:
    """Return assumptions as the rows of a sheet: name, value, and for rates the year from which they hold.

    The columns of money that a collection puts beside the lines are listed as not to be counted once more.
    """
    rows: Rows = []
    names = basis.timeline.labels(language)
    for key, field in assumption_fields().items():
        value = getattr(basis, key)
        if field.type in ("choice", "yesno") and value is not None:
            word = {True: "yes", False: "no"}.get(value, value)
            value = choice_labels(field.choices or "yesno", language)[word]
        if field.type == "names":
            beside = (term(f"collect_{column}", language) for column in ("stated", "in_sum"))
            value = "; ".join(dict.fromkeys([*value, *beside]))
        rows.append([field.label(language), value, None])
    for pair, steps in sorted(basis.rates.items()):
        rows += [["/".join(pair), rate, names[year]] for year, rate in sorted(steps.items())]
    return rows


def forms_of(basis: Assumptions) -> list[str]:
    """Return the number format (a name of `styles.NUMBERS`) of the value of each of those rows."""
    forms = {"rate": "percent", "money": "price"}
    own = [forms.get(field.type, "") for field in assumption_fields().values()]
    return own + ["rate" for steps in basis.rates.values() for _ in steps]


def differences(stamp: Stamp, basis: Assumptions) -> list[Finding]:
    """Return where a return was made under other assumptions than those of the collection."""
    found = []
    if _month(stamp.start) != _month(basis.start_date):
        found.append(_differs("start", "blocks", stamp.start, basis.start_date))
    for key in ("years", "currency"):
        if getattr(stamp, key) != getattr(basis, key):
            found.append(_differs(key, "note", getattr(stamp, key), getattr(basis, key)))
    for pair, rate, year in stamp.rates:
        one, _, other = pair.partition("/")
        steps: Mapping[int, float] = basis.rates.get((one, other), {})
        held = steps.get((year or 1) - 1)
        if held is not None and held != rate:
            found.append(_differs(f"{pair} {year or 1}", "note", rate, held))
    return found


def _differs(key: str, severity: Any, found: object, expected: object) -> Finding:
    blank = {"en": "nothing", "zh": "\u7a7a\u767d"}
    return Finding(
        key="assumption_start" if severity == "blocks" else "assumption_differs",
        severity=severity,
        found=blank if found is None else str(found),
        expected=blank if expected is None else str(expected),
        details=(("key", _label(key)),),
    )


def _label(key: str) -> Any:
    field = assumption_fields().get({"start": "start_date"}.get(key, key))
    return {"en": field.en, "zh": field.zh} if field else key.removesuffix(" 1")


def _month(day: dt.date | None) -> tuple[int, int] | None:
    return None if day is None else (day.year, day.month)


def _read(rows: Rows, language: str, file: str) -> Assumptions:
    found = read_assumptions(Range(rows))
    errors = [problem for problem in found.problems if problem.severity is Severity.ERROR]
    if errors:
        told = ProblemsError(errors)
        raise BasisError("collect_assumptions_bad", file=file, reason=told.text(language))
    return replace(found, language=language, problems=())


def _csv(path: Path) -> Rows:
    return [[_typed(text) for text in row] for row in read_csv(path)]


def _typed(text: str) -> Cell:
    """A cell of a CSV file: the number that it can only be, else the text."""
    if _NUMBER.fullmatch(text):  # a rate such as 7.125 is no thousands
        return float(text)
    number = read_number(text)
    return number.value if isinstance(number, TypedNumber) and not number.currencies else text or None


def _sheet(path: Path) -> Rows:
    """The rows of the sheet of assumptions, or of the first; read cell by cell, so that one far away costs nothing."""
    grids = grids_of(path)
    grid = next((grid for grid in grids if grid.sheet in _SHEETS), grids[0] if grids else None)
    if grid is None:
        return []
    filled = [row.index(value) for row in grid.rows for value in row if not is_blank(value)]
    first = min(filled, default=0)
    return [list(row[first:]) for row in grid.rows]
