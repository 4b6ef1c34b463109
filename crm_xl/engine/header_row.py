"""The header row of a range: where it stands, which column holds what, and which columns are not used.

Every column is used or named. One that holds numbers and whose name means money, time or a quantity, or is nearly a
known one, is an error: what it says would be missing in every result.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from crm_xl.data import LANGUAGES, term
from crm_xl.engine.cells import Cell, Range, as_error, is_blank
from crm_xl.engine.columns import suggestion
from crm_xl.engine.headers import (
    NOTHING,
    Heading,
    Said,
    UnitLine,
    is_identifier,
    is_recorded,
    meaning,
    plain,
    read_heading,
    unit_line,
    units,
)
from crm_xl.engine.period_headers import PeriodHeading, read_period
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.schema import choices, columns, currencies, normalise
from crm_xl.engine.typed_values import read_date, read_discount, read_number

# The header row is looked for in this many rows: a whole column starts with a title or blank rows.
HEADER_SEARCH = 25
# How alike a header must be to a known one to be taken for a slip of the pen.
_ALIKE = 0.8
# As many different texts of a column are looked at to tell whether it holds numbers.
# A length of time typed as a text: 12 months, 3年.
_LENGTH = re.compile(r"\d+(?:\.\d+)?\s*-?(?:个月|年|月|天|日|季|周|(?:day|week|month|mo|mth|quarter|year|yr)s?\b)")
_SAMPLE = 200


@dataclass(frozen=True, kw_only=True, eq=False)
class HeaderRow:
    """The header row of a table.

    `columns` has for each field its place and its text, `headings` what the text says beside; `periods` are the columns
    headed by a year or a month; `unused` the others with their texts. `of_money` is what a line above the table says of
    all its money.
    """

    row: int
    columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    headings: dict[str, Heading] = field(default_factory=dict)
    periods: list[tuple[int, str, PeriodHeading]] = field(default_factory=list)
    unused: list[tuple[int, str]] = field(default_factory=list)
    of_money: Said = NOTHING
    language: str = "en"
    problems: list[Problem] = field(default_factory=list)


def find_header_row(cells: Range, name: str, ignored: Set[str] = frozenset()) -> HeaderRow | None:
    """Return the header row of a table in a range, or None where there is none.

    Parameters
    ----------
    cells
        The range; a title may stand above the header row.
    name
        The table of the schema.
    ignored
        Headers of columns that the user does not want to count, normalised.
    """
    row = _row_of_headers(cells, name)
    if row is None:
        return None
    header = HeaderRow(row=row)
    chinese = _assign(header, cells.row(row), name, ignored)
    language = "zh" if chinese > len(header.columns) / 2 else "en"
    of_money = _above(cells, header, name) if any(f.type == "money" for f in columns(name).values()) else Said()
    return HeaderRow(**{**vars(header), "language": language, "of_money": of_money})


def _row_of_headers(cells: Range, name: str) -> int | None:
    """The row with the required columns and the most known headers."""
    fields = columns(name)
    best: tuple[tuple[bool, int], int | None] = ((False, 0), None)
    for i in range(min(cells.height, HEADER_SEARCH)):
        texts = [v for v in cells.row(i) if isinstance(v, str) and not is_blank(v)]
        if (True, len(texts)) > best[0]:  # else it cannot be better
            keys = {heading.key for v in texts if (heading := read_heading(v, name)) is not None}
            best = max(best, ((any(fields[key].required for key in keys), len(keys)), i), key=lambda found: found[0])
    return best[1]


def _assign(header: HeaderRow, row: Sequence[Cell], name: str, ignored: Set[str]) -> int:
    """Say of each cell of the header row which column it heads; returns how many of the known ones are Chinese."""
    fields = columns(name)

    def report(j: int, value: Cell, key: str, **more: Any) -> None:
        text = value if isinstance(value, str) else ""
        header.problems.append(
            Problem(argument=name, row=header.row, column=j, header=text, found=value, key=key, **more)
        )

    claims: dict[str, list[tuple[int, str, Heading]]] = {}
    for j, value in enumerate(row):
        if (error := as_error(value)) is not None:
            report(j, value, "expected_no_error", code=error)
        elif is_blank(value):
            continue
        elif (text := str(value).strip()) and normalise(text) in ignored:
            report(j, text, "note_column_ignored", severity=Severity.NOTE)
        elif isinstance(value, str) and (heading := read_heading(value, name)) is not None:
            claims.setdefault(heading.key, []).append((j, text, heading))
        elif (period := read_period(value, name)) is not None:
            header.periods.append((j, _shown(value), period))
        else:
            header.unused.append((j, _shown(value)))
    for key, found in claims.items():
        own = (normalise(fields[key].en), normalise(fields[key].zh))
        first = min(found, key=lambda claim: (normalise(claim[1]).rstrip("* ") not in own, claim[0]))
        for claim in found:
            if claim is first:
                header.columns[key], header.headings[key] = claim[:2], claim[2]
            elif fields[key].type == "text":  # a second name or description of the line
                header.unused.append(claim[:2])
            else:
                report(claim[0], claim[1], "expected_once", details={"column": fields[key].names_by_language})
    said = [(*place, header.headings[key].unread) for key, place in header.columns.items()]
    for j, text, unread in (*said, *((j, text, period.unread) for j, text, period in header.periods)):
        if unread:
            report(j, text, "expected_header_words", details={"words": unread})
    order = {key: i for i, key in enumerate(fields)}
    for part in (header.columns, header.headings):
        inside = sorted(part.items(), key=lambda item: order[item[0]])
        part.clear()
        part.update(inside)  # type: ignore[arg-type]
    header.unused.sort()
    return sum(not text.isascii() for _, text in header.columns.values())


def _shown(value: Cell) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).strip()


def _above(cells: Range, header: HeaderRow, name: str) -> Said:
    """What the rows above the header say of the units of all money: 单位：万元, Currency: USD."""
    found: Said | None = None
    for i in range(header.row):
        row = cells.row(i)
        for j, value in enumerate(row):
            if not isinstance(value, str):
                continue
            beside = next((v for v in row[j + 1 : j + 3] if not is_blank(v)), None)
            line = unit_line(value)
            if plain(value) in _LABELS and isinstance(beside, str):
                said = units(plain(beside), alone=True)
                line = UnitLine(said or Said(), "" if said is not None else beside)
            if line is None:
                continue
            together = line.said if found is None else found.joined(line.said)
            if line.unread or together is None:
                details = {"words": line.unread or value}
                header.problems.append(
                    Problem(argument=name, row=i, column=j, found=value, key="expected_unit_line", details=details)
                )
            else:
                found = together
    return found or Said()


_LABELS = frozenset(
    ("currency", "unit", "units", "reporting currency", "单位", "金额单位", "货币单位", "币种", "计价单位", "报告币种")
)


# Columns that the template itself computes beside those of a table, by the names of their headers in the terms. Its
# column of notes stands beside every table.
_COMPUTED = {
    "costs": ("cost_total",),
    "benefits": ("benefit_money",),
    "actuals": ("variance", "variance_share", "variance_word"),
}


@cache
def _computed(name: str) -> frozenset[str]:
    """The headers of what the template computes from a table, and of its notes: nothing there could count once more."""
    keys = (*_COMPUTED.get(name, ()), "note")
    return frozenset(normalise(term(f"template_{key}", language)) for key in keys for language in LANGUAGES)


def check_unused(header: HeaderRow, name: str, by_column: Sequence[Sequence[Cell]]) -> Iterator[Problem]:
    """Tell of every column that is not used: an error where it holds numbers that mean something for the cost."""
    fields = columns(name)
    free = {label: key for key, f in fields.items() if key not in header.columns for label in f.names}
    for j, text in header.unused:
        if normalise(text) in _computed(name):
            continue
        cells = by_column[j]
        kind = _content(cells)
        if not kind:
            continue
        close = _nearly(text, free) if read_heading(text, name) is None else ""
        key, severity = "note_column_unused", Severity.NOTE
        details: dict[str, Any] = {}
        plain_words = close and fields[free[close]].type == "text"
        if close and not plain_words and (kind != "words" or _reads_as(cells, name, free[close])):
            key, severity = "expected_known_header", Severity.ERROR
            details = {"suggestion": fields[free[close]].names_by_language}
        elif kind != "words" and meaning(text) and not (kind == "dates" and is_recorded(text)):
            key, severity = "expected_header_meaning", Severity.ERROR
        elif close:
            key, details = "note_header_like", {"suggestion": fields[free[close]].names_by_language}
        yield Problem(
            argument=name, row=header.row, column=j, header=text, found=text, key=key, details=details,
            severity=severity, of_money=True,
        )  # fmt: skip


def _content(cells: Sequence[Cell]) -> str:
    """What a column holds: numbers, dates, words, or nothing."""
    kinds = set(map(type, cells))
    if kinds & {int, float}:
        return "numbers"
    if kinds - {str, type(None), bool}:
        dates = [value for value in cells if value is not None and not isinstance(value, str | bool)]
        return "dates" if dates else "words"
    texts = {value for value in cells if isinstance(value, str) and value.strip()}
    sample = sorted(texts)[:_SAMPLE]
    if any(
        read_number(value) is not None or read_discount(value) is not None or _LENGTH.match(plain(value))
        for value in sample
    ):
        return "numbers"
    if any(read_date(value) is not None for value in sample):
        return "dates"
    return "words" if texts or bool in kinds else ""


def _reads_as(cells: Sequence[Cell], name: str, key: str) -> bool:
    """Whether words below a slip of the pen are words of the column that is meant: Frequncy, with monthly in it."""
    spec = columns(name)[key]
    known: Mapping[str, str] = {}
    if spec.type in ("choice", "yesno"):
        known = choices(spec.choices or "yesno")
    elif spec.type == "currency":
        known = currencies()
    return any(isinstance(value, str) and normalise(value) in known for value in set(cells) if value)


def _nearly(text: str, free: Mapping[str, str]) -> str:
    """The known header that a text nearly is."""
    words = plain(text)
    return suggestion(words, tuple(free), cutoff=_ALIKE) if len(words) > 2 and not is_identifier(text) else ""
