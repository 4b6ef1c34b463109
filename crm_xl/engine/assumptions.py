"""The assumptions of a model, read from two columns of keys and values (and a year for exchange rates).

Every key has a default; keys that are not known are errors. The header row may be left out.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from crm_xl.engine.cells import Cell, Range, as_error, is_blank
from crm_xl.engine.columns import LARGEST, LARGEST_SHOWN, percentage_meant, suggestion
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.rates import Rates, currency_pair
from crm_xl.engine.schema import (
    Field,
    assumption_fields,
    assumption_names,
    choice_words,
    choices,
    currencies,
    normalise,
)
from crm_xl.engine.timeline import Timeline, as_date
from crm_xl.engine.typed_values import Ambiguous, TypedNumber, read_date, read_number

ARGUMENT = "assumptions"
# How far two rates of one pair, one in each direction, may differ: rounding to three digits, not more.
_SAME_RATE = 0.01
_BETWEEN_NAMES = re.compile(r"[;；\n]")
_KEY = frozenset(map(normalise, ("assumption", "assumptions", "key", "假设", "假设项", "参数", "项目")))
_VALUE = frozenset(map(normalise, ("value", "值", "取值", "数值")))
_YEAR = frozenset(map(normalise, ("year", "年度", "年份", "from year")))


@dataclass(frozen=True, kw_only=True, eq=False)
class Assumptions:
    """What a model assumes. Field names are the keys of `crm_xl/data/assumptions.csv`."""

    start_date: dt.date | None = None
    years: int = 5
    currency: str = "CNY"
    discount_rate: float = 0.1
    timing: str = "end"
    tax_basis: str = "net"
    accounting_policy: str = "expense_all"
    hosting_term: float | None = None
    whole_seats: bool = False
    growth_from: str = "line"
    first_rise: str = "year_2"
    ignore_columns: tuple[str, ...] = ()
    users: float | None = None
    active_users: float | None = None
    language: str | None = None
    rates: Rates = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @cached_property
    def timeline(self) -> Timeline:
        """The months and years of the model."""
        return Timeline(years=self.years, start=self.start_date)


def read_assumptions(cells: Range | None) -> Assumptions:
    """Read assumptions; problems never raise, they stand in `Assumptions.problems`."""
    if cells is None:
        return Assumptions()
    key_at, value_at, year_at, first = _layout(cells.rows)
    if max(map(len, cells.rows), default=0) < 2:
        found = next((v for row in cells.rows for v in row if not is_blank(v)), None)
        return Assumptions(problems=(Problem(argument=ARGUMENT, found=found, key="expected_two_columns"),))
    values: dict[str, Any] = {}
    rates: dict[tuple[str, str], dict[int, tuple[int, Cell, float]]] = {}
    problems: list[Problem] = []
    years: list[tuple[int, tuple[str, str], Cell, float]] = []

    def report(row: int, column: int, found: Cell, expected: str, **more: Any) -> None:
        if (error := as_error(found)) is not None:
            expected, more = "expected_no_error", {"code": error}
        header = "" if is_blank(cells.rows[row][key_at]) else str(cells.rows[row][key_at]).strip()
        problems.append(
            Problem(argument=ARGUMENT, row=row, column=column, header=header, found=found, key=expected, **more)
        )

    for i, row in enumerate(cells.rows[first:], first):
        name = row[key_at]
        value = row[value_at] if value_at < len(row) else None
        year = row[year_at] if year_at is not None and year_at < len(row) else None
        if is_blank(name):
            if not is_blank(value):
                report(i, key_at, name, "expected_key")
            continue
        if as_error(name) is not None or not isinstance(name, str):
            report(i, key_at, name, "expected_key")
        elif (pair := currency_pair(name)) is not None:
            rate = _rate(value)
            if pair[0] == pair[1]:
                report(i, key_at, name, "expected_two_currencies")
            elif rate is None:
                report(i, value_at, value, "expected_rate")
            elif not 1 / LARGEST <= rate <= LARGEST:
                report(i, value_at, value, "expected_rate_within", details=LARGEST_SHOWN)
            else:
                years.append((i, pair, year, rate))
        elif (key := assumption_names().get(normalise(name))) is None:
            known = [f.label(lang) for f in assumption_fields().values() for lang in ("en", "zh")]
            close = suggestion(name, known)
            details = {"suggestion": close} if close else {}
            report(i, key_at, name, "expected_known_key_like" if close else "expected_known_key", details=details)
        elif key in values:
            report(i, key_at, name, "expected_key_once")
        else:
            if not is_blank(year):
                report(i, year_at or 0, year, "expected_no_year")
            values[key] = None if is_blank(value) else _value(assumption_fields()[key], value, i, value_at, report)
    given = {key: value for key, value in values.items() if value is not None}
    timeline = Timeline(years=given.get("years", Assumptions.years), start=given.get("start_date"))
    for i, pair, year, rate in years:
        index = 0 if is_blank(year) else timeline.year_index(year)
        if index is None:
            allowed = {"years": timeline.years}
            if timeline.could_be_year(year):  # a longer table of rates than the model has years does no harm
                report(i, year_at or 0, year, "note_rate_outside", details=allowed, severity=Severity.NOTE)
            else:
                report(i, year_at or 0, year, "expected_model_year", details=allowed)
        elif index in (steps := rates.setdefault(pair, {})):
            report(i, key_at, cells.rows[i][key_at], "expected_key_once")
        else:
            steps[index] = (i, year, rate)
    for steps in rates.values():
        if 0 not in steps:
            i, year, _ = steps[min(steps)]
            report(i, year_at or 0, year, "note_rate_starts_late", severity=Severity.NOTE)
    for pair, steps in rates.items():
        for year, (i, _, rate) in steps.items():
            back = rates.get(pair[::-1], {}).get(year)
            if pair < pair[::-1] and back is not None and abs(rate * back[2] - 1) > _SAME_RATE:
                details = {"other": "/".join(pair[::-1]), "rate": f"{back[2]:g}"}
                report(i, value_at, rate, "expected_one_direction", details=details)
    plain = {pair: {year: step[2] for year, step in steps.items()} for pair, steps in rates.items()}
    return Assumptions(**given, rates=plain, problems=tuple(problems))


def _layout(rows: Sequence[Sequence[Cell]]) -> tuple[int, int, int | None, int]:
    """The columns of key, value and year, and the first row: by header where there is one, else by place."""
    for i, row in enumerate(rows[:25]):
        names = [normalise(v) if isinstance(v, str) else "" for v in row]
        keys, values = ([j for j, n in enumerate(names) if n in words] for words in (_KEY, _VALUE))
        if keys and values:
            return keys[0], values[0], next((j for j, n in enumerate(names) if n in _YEAR), None), i + 1
    width = max((len(row) for row in rows), default=0)
    return 0, 1, 2 if width > 2 else None, 0


def _rate(value: Cell) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 < value < float("inf") else None  # type: ignore[operator,arg-type]


def _value(spec: Field, value: Cell, row: int, column: int, report: Any) -> Any:
    text = normalise(value) if isinstance(value, str) else None
    signed = False
    if isinstance(value, str) and spec.type in ("rate", "number", "integer"):
        typed = read_number(value)
        if isinstance(typed, Ambiguous):
            return report(row, column, value, "expected_one_number", details={"one": typed.one, "other": typed.other})
        if isinstance(typed, TypedNumber) and not typed.currencies and (spec.type == "rate" or not typed.percent):
            value, signed = typed.value, typed.percent
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match spec.type:
        case "date":
            day = read_date(value) if isinstance(value, str) and as_error(value) is None else as_date(value)
            if isinstance(day, Ambiguous):
                return report(row, column, value, "expected_one_date", details={"one": day.one, "other": day.other})
            return day if day is not None else report(row, column, value, "expected_day")
        case "choice":
            if text is not None and text in (words := choices(spec.choices)):
                return words[text]
            return report(row, column, value, "expected_choice", details={"choices": choice_words(spec.choices)})
        case "yesno":
            if number or isinstance(value, bool):
                text = {0: "no", 1: "yes"}.get(value)  # type: ignore[arg-type]
            return (
                choices("yesno")[text] == "yes"
                if text in choices("yesno")
                else report(row, column, value, "expected_yesno")
            )
        case "names":
            return tuple(name.strip() for name in _BETWEEN_NAMES.split(str(value)) if name.strip())
        case "currency":
            return currencies()[text] if text in currencies() else report(row, column, value, "expected_currency")
        case _:
            whole = spec.type == "integer"
            if not number or (whole and value % 1 != 0):  # type: ignore[operator]
                return report(row, column, value, "expected_whole_number" if whole else "expected_number")
            if spec.type == "rate" and not signed and value > 1 + 1e-9:  # type: ignore[operator]
                beyond = spec.maximum is not None and value > spec.maximum  # type: ignore[operator]
                key = "expected_percentage_within" if beyond else "expected_percentage_sign"
                shown = {"minimum": f"{spec.minimum:.0%}", "maximum": f"{spec.maximum:.0%}"}
                return report(row, column, value, key, details=percentage_meant(value) | shown)  # type: ignore[arg-type]
            if abs(value) > LARGEST:  # type: ignore[arg-type]
                return report(row, column, value, "expected_below_largest", details=LARGEST_SHOWN)
            low = spec.minimum if spec.minimum is not None else -float("inf")
            high = spec.maximum if spec.maximum is not None else float("inf")
            if not low <= value <= high:  # type: ignore[operator]
                shown = {"minimum": f"{low:g}", "maximum": f"{high:g}"}
                below = spec.maximum is None
                return report(
                    row, column, value, "expected_not_below" if below else "expected_number_range", details=shown
                )
            return int(value) if whole else float(value)  # type: ignore[arg-type]
