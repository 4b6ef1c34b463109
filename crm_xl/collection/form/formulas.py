"""Formulas in a form that all programs' spellings share: references have their sheet and no `$`, names small letters.

A structured reference is the area that it means, a number has no more digits than it needs, and blanks are left out.
"""

import re
from collections.abc import Mapping

import formualizer as fz

from crm_xl.xlsx.references import Area, Table, TableReferenceError, moved, parse_area, resolve_structured

# Formulas that are remembered: those of a few templates.
_MOST_REMEMBERED = 100_000
_PREFIXES = re.compile(r"^(?:_xlfn\.|_xlws\.)+", re.IGNORECASE)


class CommonFormulas:
    """The common form of the formulas of workbooks with the same tables, each worked out once."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._known: dict[tuple[str, str, tuple[int, int], tuple[int, int]], str] = {}

    def common(self, text: str, sheet: str, at: tuple[int, int], by: tuple[int, int] = (0, 0)) -> str:
        """Return a formula that stands in a cell, or that was moved by rows and columns, in the common form."""
        key = (text, sheet, at, by)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[key] = self._common(text, sheet, at, by)
        return found

    def _common(self, text: str, sheet: str, at: tuple[int, int], by: tuple[int, int]) -> str:
        try:
            tokens = fz.tokenize("=" + text).tokens()
        except (fz.TokenizerError, ValueError):
            return text.strip()
        return "".join(self._token(token, sheet, at, by) for token in tokens)

    def _token(self, token: fz.Token, sheet: str, at: tuple[int, int], by: tuple[int, int]) -> str:
        text = str(token.value)
        if token.token_type == fz.TokenType.Operand and token.subtype == fz.TokenSubType.Range:
            return self._reference(text, sheet, at, by)
        if token.token_type == fz.TokenType.Func:
            return _PREFIXES.sub("", text).upper()
        if token.token_type == fz.TokenType.Operand and token.subtype == fz.TokenSubType.Number:
            return f"{float(text):.15g}"
        return "" if token.token_type == fz.TokenType.Whitespace else text

    def _reference(self, text: str, sheet: str, at: tuple[int, int], by: tuple[int, int]) -> str:
        if "[" in text:
            name, _, inner = text.partition("[")
            table = self._tables.get(name.casefold())
            try:
                return text if table is None else plain(resolve_structured(table, inner.removesuffix("]"), at[0]))
            except TableReferenceError as fault:
                return str(fault)
        area = parse_area(moved(text, *by) if by != (0, 0) else text, sheet)
        return text.casefold() if area is None else plain(area)


def plain(area: Area) -> str:
    """Return an area with its sheet, and without the quotation marks that only some programs write."""
    return f"{area.sheet}!{area.address}"
