"""The calculation chain: the list of cells with formulas that Excel keeps, and that must not name any other."""

import re
from collections.abc import Callable

_ENTRY = re.compile(rb"<(?:\w+:)?c\b([^<>]*?)/>")
_CELL = re.compile(rb"""\sr=["']([A-Z]+[0-9]+)["']""")
_SHEET = re.compile(rb"""\si=["']([0-9]{1,9})["']""")


def kept_chain(xml: bytes, holds_formula: Callable[[int, str], bool]) -> bytes | None:
    """Return the chain without the entries of cells that hold no formula; None where nothing would be left.

    Parameters
    ----------
    holds_formula
        Tells by the number of a sheet and the name of a cell whether it holds a formula.
    """
    sheet = written = 0
    kept = 0

    def one(match: re.Match[bytes]) -> bytes:
        nonlocal sheet, written, kept
        entry = match[0]
        if given := _SHEET.search(match[1]):
            sheet = int(given[1])
        cell = _CELL.search(match[1])
        if cell is None or not holds_formula(sheet, cell[1].decode()):
            return b""
        # An entry without a sheet is on the sheet of the one before it, which may have been dropped.
        if not given and sheet != written:
            entry = entry[:-2].rstrip() + b' i="%d"/>' % sheet
        kept += 1
        written = sheet
        return entry

    result = _ENTRY.sub(one, xml)
    return result if kept else None
