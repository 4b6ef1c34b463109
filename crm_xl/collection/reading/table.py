"""An input table on the sheet of a returned workbook, and what is found in it."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from crm_xl.collection.reading.findings import Finding, Said, Severity, shown
from crm_xl.collection.reading.header import Header
from crm_xl.data import LANGUAGES, term
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.cells import Cell
from crm_xl.engine.schema import Field, columns, normalise
from crm_xl.xlsx.cells import SheetCells
from crm_xl.xlsx.references import Area, cell_name


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """What the controller set for a department: what its lines are read against."""

    assumptions: Assumptions
    department: str = ""
    since_1904: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class InputTable:
    """Where an input table stands.

    Attributes
    ----------
    key
        Its name in the schema.
    area
        Where the workbook says that it stands; None where it is no Excel table any more.
    filtered
        Whether it hides rows by a filter of its own.
    """

    key: str
    sheet: SheetCells
    area: Area | None
    header: Header
    form: Form
    filtered: bool

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Its columns in the order of the schema, which is that of the values of a line."""
        return tuple(columns(self.key).values())

    @cached_property
    def required(self) -> str:
        """The key of the column that no line leaves blank."""
        return next(field.key for field in self.fields if field.required)

    @cached_property
    def computed(self) -> frozenset[int]:
        """The columns that the form computes from the others."""
        return self._titled("cost_total", "benefit_money")

    @cached_property
    def notes(self) -> frozenset[int]:
        """The columns for remarks."""
        return self._titled("note")

    def _titled(self, *keys: str) -> frozenset[int]:
        words = {normalise(term(f"template_{key}", language)) for key in keys for language in LANGUAGES}
        titles = self.sheet.rows.get(self.header.row, {}).items()
        return frozenset(column for column, title in titles if isinstance(title, str) and normalise(title) in words)

    @cached_property
    def last_row(self) -> int:
        """Where it ends: with the Excel table, else with the sheet."""
        return max(self.sheet.rows, default=0) if self.area is None else max(self.area.last_row, self.header.row)


class TableFindings:
    """What is found in an input table, gathered: for its lines `by_row`, and for the table as a `whole`."""

    def __init__(self, table: InputTable) -> None:
        self.by_row: defaultdict[int, list[Finding]] = defaultdict(list)
        self.whole: list[Finding] = []
        self._sheet, self._header = table.sheet.name, table.header
        self._blocked: set[tuple[int, str]] = set()

    def tell(
        self,
        row: int,
        column: str,
        key: str,
        severity: Severity,
        found: Cell = None,
        *,
        expected: Said = "",
        **details: object,
    ) -> None:
        """Add a finding to a line, at its cell in the column of a field, or with an empty `column` at all of it."""
        header = self._header
        if column:
            place = cell_name(row, header.columns[column])
        else:
            first, last = header.span
            place = f"{cell_name(row, first)}:{cell_name(row, last)}"
        self.by_row[row].append(
            Finding(
                key=key,
                severity=severity,
                sheet=self._sheet,
                cell=place,
                found=shown(found),
                expected=expected,
                details=(("column", header.texts.get(column, "")), *details.items()),
            )
        )
        if severity == "blocks" and column:
            self._blocked.add((row, column))

    def rejects(self, row: int) -> bool:
        """Whether a line is kept out of the sum by what was found in it so far."""
        return any(finding.blocks for finding in self.by_row.get(row, ()))

    def rejects_cell(self, row: int, column: str) -> bool:
        """Whether it was told why what stands in a cell does not count."""
        return (row, column) in self._blocked
