"""What the operands of a formula name: areas, structured references, defined names."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from crm_xl.engine.reading import suggestion
from crm_xl.hosts.headless.formulas.conditional_sums import Criterion
from crm_xl.hosts.headless.formulas.filled import Scratched, area_piece, column_mark, row_mark
from crm_xl.hosts.headless.formulas.tokens import Token, Uncomputable
from crm_xl.xlsx.external_values import ExternalSheet, external_reference
from crm_xl.xlsx.references import (
    LAST_COLUMN,
    Area,
    Table,
    TableReferenceError,
    means_own_row,
    moved,
    moving,
    parse_area,
    quoted,
    resolve_structured,
    respelled,
    split_sheet,
)

_EXTERNAL = re.compile(r"'?[^'!\[\]]*\[[^\]]+\][^!\[\]]*!")


@dataclass(frozen=True)
class Place:
    """Where a formula stands and how it is to be written, and what is found in it on the way.

    `marked` is whether functions are told from where they are called; `within` gathers areas outside of which the
    formula may mean something else.
    """

    sheet: str
    row: int
    column: int
    moved_by: tuple[int, int]
    array: bool
    marked: bool
    with_errors: bool
    used: list[Token] = field(default_factory=list)
    summed: list[Token] = field(default_factory=list)
    scratched: list[Scratched] = field(default_factory=list)
    within: list[Area] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)

    @property
    def cell(self) -> Area:
        """The cell itself."""
        return Area(self.sheet, self.row, self.column, self.row, self.column)


class Resolver:
    """Finds what the operands of the formulas of one workbook name.

    `named` makes the piece for the content of a defined name, given a place and how many names deep it stands.
    """

    def __init__(
        self,
        sheets: Iterable[str],
        names: Mapping[tuple[str | None, str], str],
        tables: Mapping[str, Table],
        named: Callable[[str, Place, int], Token],
    ) -> None:
        self._names, self._tables, self._named = names, tables, named
        self._sheets = {sheet.casefold(): sheet for sheet in sheets}
        self._fixed: dict[tuple[str, str], Token] = {}
        # The sheets of the engine with what the file keeps of other workbooks.
        self.external: dict[ExternalSheet, str] = {}

    def piece(self, text: str, place: Place, depth: int) -> Token:
        """Return what an operand names: an area, a table, a name's content, or the text as it is."""
        if place.moved_by != (0, 0):
            text = moved(text, *place.moved_by)
        piece = self._fixed.get((place.sheet, text))
        if piece is None:
            piece = self._resolved(text, place, depth)
            if self._is_fixed(text, place.sheet):
                self._fixed[place.sheet, text] = piece
        return piece

    def _is_fixed(self, text: str, sheet: str) -> bool:
        """Whether a reference means the same from every cell of a sheet, as most do."""
        if "[" in text:
            return text[0] != "[" and "@" not in text and "#this row" not in text.lower()
        if parse_area(text, sheet) is not None:
            return True
        content = self.content(text, sheet)
        return content is not None and parse_area(content, sheet) is not None and moved(content, 1, 1) == content

    def _resolved(self, text: str, place: Place, depth: int) -> Token:
        if "[" in text:
            return self._structured(text, place)
        if (area := parse_area(text, place.sheet)) is not None:
            if area.sheet is not place.sheet:
                if ":" in area.sheet:
                    raise Uncomputable("formula_three_dimensional")
                if area.sheet.casefold() not in self._sheets:
                    raise Uncomputable("formula_no_sheet", sheet=area.sheet)
                area = area._replace(sheet=self._sheets[area.sheet.casefold()])
            moves = moving(text)
            if ":" in text:
                # The engine cannot take an area that is written from its end, like `C9:B2`.
                return area_piece(area, moves)
            text = respelled(text, row_mark, column_mark)
            return Token(text if "!" in text else f"{quoted(place.sheet)}!{text}", area, moves=moves)
        if (content := self.content(text, place.sheet)) is not None:
            return self._named(content, place, depth)
        if table := self._tables.get(text.casefold()):
            area = resolve_structured(table, "", place.row)
            return Token(area.formula, area)
        return Token(text)

    def is_name(self, text: str, sheet: str) -> bool:
        """Whether a text is a defined name, and no reference."""
        return parse_area(text, sheet) is None

    def sheets_between(self, text: str) -> list[str] | None:
        """Return the sheets of a reference over several, `First:Last!A1`; None where it names one or none."""
        scope, _ = split_sheet(text)
        if scope is None or ":" not in scope or "[" in scope:
            return None
        names = list(self._sheets.values())
        ends = [self._sheets.get(end.strip("'").casefold()) for end in scope.split(":", 1)]
        if None in ends:
            return None
        first, last = sorted(names.index(end) for end in ends if end is not None)
        return names[first : last + 1]

    def content(self, text: str, sheet: str) -> str | None:
        """Return what a defined name stands for, or None where there is none of that name."""
        scope, name = split_sheet(text)
        scope = sheet if scope is None else self._sheets.get(scope.casefold(), scope)
        return self._names.get((scope, name.casefold()), self._names.get((None, name.casefold())))

    def _structured(self, text: str, place: Place) -> Token:
        if _EXTERNAL.match(text):
            return self._external_area(text)
        name, _, inner = text.partition("[")
        table = self._tables.get(name.casefold()) or self._table_around(name, place)
        inner = inner.removesuffix("]")
        if table is None:
            tables = [t.name for t in self._tables.values()]
            if close := suggestion(name, tables):
                raise Uncomputable("formula_table_like", table=name, suggestion=close)
            raise Uncomputable("formula_no_table", table=name, tables=tables or "–")
        if not name:
            place.within.append(table.area)
        try:
            area = resolve_structured(table, inner, place.row)
        except TableReferenceError as fault:
            place.within.append(place.cell)
            return Token(str(fault))
        if not means_own_row(inner):
            return Token(area.formula, area)
        place.within.append(table.body._replace(sheet=place.sheet, first_column=1, last_column=LAST_COLUMN))
        return area_piece(area, (True, False))

    def _external_area(self, text: str) -> Token:
        """Return cells of another workbook, whose values stand on a sheet of the engine's own."""
        sheet, cells = external_reference(text) or ((0, ""), "")
        if sheet not in self.external or (area := parse_area(cells, self.external[sheet])) is None:
            raise Uncomputable("formula_external_link")
        return area_piece(area, (False, False))

    def _table_around(self, name: str, place: Place) -> Table | None:
        """The table in which the cell stands, where a reference names none (`[@Price]`)."""
        around = (t for t in self._tables.values() if t.area.sheet == place.sheet)
        return None if name else next((t for t in around if t.area.contains(place.row, place.column)), None)
