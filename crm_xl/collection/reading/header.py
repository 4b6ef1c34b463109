"""The header row of an input table: where it stands, which column holds which field, and what was done to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from crm_xl.collection.reading.findings import Finding, from_problem
from crm_xl.data import LANGUAGES
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.headers import Said, read_heading
from crm_xl.engine.problems import Problem
from crm_xl.engine.reading import HEADER_SEARCH, Table, read_table
from crm_xl.engine.schema import Field, columns, normalise
from crm_xl.xlsx.cells import SheetCells
from crm_xl.xlsx.references import Area, cell_name

# The columns in which a header is looked for where no Excel table says where it stands.
_WIDEST = 256


@dataclass(frozen=True, kw_only=True, eq=False)
class Header:
    """The header row of a table.

    `columns` are the numbers of the columns on the sheet by the key of their field, in the order of the schema;
    `texts` what stands in them. `first` is the column in which the row begins, `language` that of its words.
    """

    row: int
    first: int
    columns: dict[str, int]
    texts: dict[str, str]
    language: str
    problems: tuple[Problem, ...]

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last column that holds a field."""
        return min(self.columns.values()), max(self.columns.values())


def find_header(sheet: SheetCells, table: str, area: Area | None) -> Header | None:
    """Return the header row of a table, or None where it is not on the sheet.

    Parameters
    ----------
    sheet
        The sheet on which it may stand.
    table
        The table in the schema.
    area
        Where the workbook says that the table stands; None where it is no Excel table any more.
    """
    if area is not None:
        found = _header_in(sheet, table, [area.first_row], area.first_column, area.last_column)
        if found is not None:
            return found
    numbers = sorted(row for row, cells in sheet.rows.items() if cells)[:HEADER_SEARCH]
    last = min(max((max(sheet.rows[row]) for row in numbers), default=1), _WIDEST)
    return _header_in(sheet, table, numbers, 1, last)


def _header_in(sheet: SheetCells, table: str, numbers: Sequence[int], first: int, last: int) -> Header | None:
    if not numbers:
        return None
    grid = [[sheet.value(row, column) for column in range(first, last + 1)] for row in numbers]
    if len(grid) == 1 and all(value is None or type(value) is str for value in grid[0]):
        read = _header_alone(table, tuple(grid[0]))
    else:
        read = read_table(Range(grid), table)
    required = next(key for key, field in columns(table).items() if field.required)
    if required not in read.columns:
        return None
    at = next(
        i
        for i, row in enumerate(grid)
        if all(isinstance(row[j], str) and str(row[j]).strip() == text for j, text in read.columns.values())
    )
    return Header(
        row=numbers[at],
        first=first,
        columns={key: first + read.columns[key][0] for key in columns(table) if key in read.columns},
        texts={key: text for key, (_, text) in read.columns.items()},
        language=read.language,
        problems=tuple(p for p in read.problems if p.row == at),
    )


@lru_cache(maxsize=64)
def _header_alone(table: str, texts: tuple[Cell, ...]) -> Table:
    """A header row without lines; it is the same in most returns of a distribution."""
    return read_table(Range([texts]), table)


def header_findings(
    header: Header, table: str, fields: Sequence[Field], sheet: str, currency: str
) -> Iterator[Finding]:
    """Tell of headers that were moved, renamed or taken out; columns are found by header, so none of it blocks.

    A header that says another unit than the form (ten thousands, another currency, a month) blocks: whoever wrote it
    may have converted what stands below, or not.
    """
    row, at, texts = header.row, header.columns, header.texts
    for problem in header.problems:
        yield from_problem(problem, sheet, cell_name(row, header.first + (problem.column or 0)))
    for field in fields:
        heading = read_heading(texts[field.key], table) if field.key in texts else None
        if heading is not None and _says_otherwise(heading.said, currency):
            yield Finding(
                key="header_unit", severity="blocks", sheet=sheet, cell=cell_name(row, at[field.key]),
                found=texts[field.key], expected=field.names_by_language,
            )  # fmt: skip
            continue
        text = normalise(texts.get(field.key, field.en)).rstrip("* ")
        if text not in (normalise(field.en), normalise(field.zh)):
            yield Finding(
                key="header_renamed",
                severity="note",
                sheet=sheet,
                cell=cell_name(row, at[field.key]),
                found=texts[field.key],
                expected=field.names_by_language,
            )
    first, last = header.span
    if list(at.values()) != sorted(at.values()):
        found = ", ".join(texts[key] for key in sorted(at, key=at.__getitem__))
        place = Area("", row, first, row, last).address
        yield Finding(key="columns_moved", severity="note", sheet=sheet, cell=place, found=found)
    missing = [field for field in fields if field.key not in at]
    if missing:
        expected = {language: ", ".join(field.label(language) for field in missing) for language in LANGUAGES}
        yield Finding(
            key="columns_missing", severity="note", sheet=sheet, cell=cell_name(row, first), expected=expected
        )


def _says_otherwise(said: Said, currency: str) -> bool:
    """Whether a header says a unit that is not that of the form."""
    other = said.currencies and currency not in said.currencies
    return bool(other or said.scale != 1.0 or said.frequency or said.tax or said.basis)
