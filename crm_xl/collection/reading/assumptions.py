"""The assumptions in a returned workbook: those that were sent hold, and what was changed is told."""

from collections.abc import Iterable, Iterator

from crm_xl.collection.form.stamp import Stamp
from crm_xl.collection.reading.findings import Finding, Said
from crm_xl.collection.reading.values import DAYS_TO_1904
from crm_xl.data import LANGUAGES
from crm_xl.engine.assumptions import Assumptions, read_assumptions
from crm_xl.engine.cells import Range, is_blank
from crm_xl.engine.problems import show
from crm_xl.engine.schema import assumption_fields, assumption_names, normalise
from crm_xl.errors import Cell
from crm_xl.xlsx.cells import SheetCells
from crm_xl.xlsx.references import cell_name


def rows_of_assumptions(sheet: SheetCells, since_1904: bool) -> tuple[tuple[Cell, ...], ...]:
    """Return the rows of the assumptions: key, value, year."""
    rows = [sheet.rows[row] for row in sorted(sheet.rows)]
    known = assumption_names()
    named = (at for row in rows for at, text in row.items() if isinstance(text, str) and normalise(text) in known)
    first = next(named, 1)
    grid = [tuple(row.get(column) for column in range(first, first + 3)) for row in rows]
    at = next((i for i, row in enumerate(grid) if isinstance(row[0], str) and normalise(row[0]) in known), 0)
    found = [row for row in grid[at:] if any(not is_blank(value) for value in row)]
    if since_1904:
        return tuple(_from_1904(row) for row in found)
    return tuple(found)


def _from_1904(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    key, value, year = row
    if isinstance(key, str) and isinstance(value, float) and normalise(key) in assumption_fields()["start_date"].names:
        value += DAYS_TO_1904
    return key, value, year


def assumed(stamp: Stamp | None, rows: Iterable[tuple[Cell, ...]]) -> Assumptions:
    """Return what the controller assumed: what the stamp says, else what stands in the workbook."""
    if stamp is None:
        given = tuple(rows)
        return read_assumptions(Range(given)) if given else Assumptions()
    return read_assumptions(Range(list(_stamped(stamp))))


def _stamped(stamp: Stamp) -> Iterator[tuple[Cell, Cell, Cell]]:
    yield "Start date", stamp.start, None
    yield "Years", float(stamp.years), None
    yield "Currency", stamp.currency, None
    for pair, rate, year in stamp.rates:
        yield pair, rate, None if year is None else float(year)


def changed_assumptions(stamp: Stamp, sheet: SheetCells, rows: Iterable[tuple[Cell, ...]]) -> Iterator[Finding]:
    """Yield the assumptions that are not those that were sent. The lines are read by what was sent."""
    sent, found = assumed(stamp, ()), read_assumptions(Range(tuple(rows)))
    for key in ("currency", "start_date", "years"):
        one, two = getattr(sent, key), getattr(found, key)
        if one != two:
            names = {normalise(name) for name in assumption_fields()[key].names}
            yield Finding(
                key="assumption_changed",
                # A line that names no currency was meant in the one that its writer saw.
                severity="blocks" if key == "currency" else "note",
                sheet=sheet.name,
                cell=_cell_beside(sheet, names),
                found=_shown(two),
                expected=_shown(one),
                details=(("column", {language: assumption_fields()[key].label(language) for language in LANGUAGES}),),
            )
    if {pair: rates for pair, rates in found.rates.items() if pair in sent.rates} != sent.rates:
        pairs = ("/".join(pair) for pair in sorted(sent.rates) if found.rates.get(pair) != sent.rates[pair])
        yield Finding(key="rates_changed", severity="note", sheet=sheet.name, found=", ".join(pairs))


def _shown(value: Cell) -> Said:
    return {language: show(value, language).strip('"“”') for language in LANGUAGES}


def _cell_beside(sheet: SheetCells, names: set[str]) -> str:
    """The cell right of the first one that holds one of these words."""
    for row, cells in sheet.rows.items():
        for column, value in cells.items():
            if isinstance(value, str) and normalise(value) in names:
                return cell_name(row, column + 1)
    return ""
