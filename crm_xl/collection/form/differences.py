"""Where a workbook is not as it was sent."""

from collections.abc import Iterator
from typing import NamedTuple

from crm_xl.collection.form.layout import Kind, Layout, SheetLayout
from crm_xl.collection.form.validation import column_areas
from crm_xl.xlsx.references import cell_position, parse_area


class Difference(NamedTuple):
    """A place where a workbook is not as it was sent; `found` or `expected` is empty where there is nothing.

    `cell` is a cell, the area of cells with another validation, the name of a table or a defined name; empty where
    the whole sheet, or with an empty `sheet` the whole workbook, is meant.
    """

    kind: Kind
    sheet: str
    cell: str
    found: str
    expected: str


def differences(expected: Layout, found: Layout) -> list[Difference]:
    """Return where a workbook differs from what was sent, in the order of its sheets and cells.

    A sheet that is missing or came in addition is one difference, whatever stands on it.
    """
    result: list[Difference] = []
    for name, was in expected.sheets.items():
        now = found.sheets.get(name)
        if now is None:
            continue  # the entry `sheets` of the workbook tells it
        for kind, place in sorted({*was.entries, *now.entries}, key=_order):
            one, two = was.entries.get((kind, place), ""), now.entries.get((kind, place), "")
            if kind == "cell" and (kind, place) not in now.entries:
                two = now.free.get(place, "")
            if kind != "validation" and one != two:
                result.append(Difference(kind, name, place, two, one))
        result += _validation_differences(name, was, now)
    return result


def _order(key: tuple[Kind, str]) -> tuple[str, int, int, str]:
    row, column = cell_position(key[1]) if key[0] == "cell" else (0, 0)
    return key[0], row, column, key[1]


def _validation_differences(sheet: str, expected: SheetLayout, found: SheetLayout) -> Iterator[Difference]:
    """The cells whose rule is another or gone, those below each other as one area."""
    was, now = _rules(expected), _rules(found)
    changed = {at: (now.get(at, ""), was.get(at, "")) for at in {*was, *now} if was.get(at) != now.get(at)}
    for area, (is_now, it_was) in column_areas(changed):
        yield Difference("validation", sheet, area, is_now, it_was)


def _rules(layout: SheetLayout) -> dict[tuple[int, int], str]:
    found: dict[tuple[int, int], str] = {}
    for (kind, place), rule in layout.entries.items():
        if kind == "validation" and (area := parse_area(place, "")):
            found |= dict.fromkeys(area.cells(), rule)
    return found
