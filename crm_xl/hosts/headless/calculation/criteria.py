"""Whether the calculation engine takes the conditions of SUMIF and its like as Excel does.

It does for plain numbers and words. It does not read a percentage, a date, a number with marks of thousands or the name
of an error in a condition, nor such texts among the cells, and it compares all digits of a number where Excel compares
fifteen. A formula that meets one of these is computed by `worksheet_functions`.
"""

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.formulas.conditional_sums import Criterion
from crm_xl.hosts.headless.formulas.filled import Pattern
from crm_xl.hosts.headless.worksheet_functions.conditions import number_in
from crm_xl.xlsx.references import Area, Position
from crm_xl.xlsx.sheet import Value

if TYPE_CHECKING:
    from crm_xl.hosts.headless.calculation.model import Model

_SIGNED = re.compile(r"(<=|>=|<>|<|>|=)?(.*)", re.DOTALL)
_PLAIN = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_ERRORS = frozenset(map(str, ErrorValue))
# Numbers nearer than this share their first fifteen digits, or nearly.
_NEAR = 1e-14


class Criteria:
    """The conditions of one evaluated workbook, with what stands in the ranges that they look through."""

    def __init__(self, model: "Model") -> None:
        self._model = model
        self._numbers: dict[Area, list[float]] = {}
        self._odd: dict[Area, bool] = {}

    def odd(self, pattern: Pattern, position: Position) -> bool:
        """Whether a formula meets a condition that the engine takes otherwise than Excel."""
        return any(self._is_odd(criterion) for criterion in pattern.criteria_at(*position[1:]))

    def _is_odd(self, criterion: Criterion) -> bool:
        if criterion.cell is None and criterion.text is None:
            return self._holds_odd_text(criterion.range)  # a number that is reckoned
        value: Value = criterion.text
        if criterion.cell is not None and criterion.cell.area is not None:
            area = criterion.cell.area
            value = self._model.value(area.sheet, area.first_row, area.first_column)
        if isinstance(value, float):
            return self._number_is_odd(criterion.sign or "=", value, criterion.range)
        if not isinstance(value, str) or isinstance(value, ErrorValue):
            return criterion.sign not in ("", "=", "<>")
        match = _SIGNED.fullmatch(criterion.sign + value)
        assert match is not None
        sign, text = match[1] or "=", match[2]
        if _PLAIN.fullmatch(text):
            return self._number_is_odd(sign, float(text), criterion.range)
        upper = text.upper()
        return (
            (upper in ("TRUE", "FALSE") and sign not in ("=", "<>")) or upper in _ERRORS or number_in(text) is not None
        )

    def _number_is_odd(self, sign: str, number: float, area: Area | None) -> bool:
        if sign in ("=", "<>") and self._holds_odd_text(area):
            return True
        if area is None or number == 0:
            return False
        numbers, margin = self._numbers[self._read(area)], _NEAR * abs(number)
        begin, end = bisect_left(numbers, number - margin), bisect_right(numbers, number + margin)
        return begin < end and any(found != number for found in numbers[begin:end])

    def _holds_odd_text(self, area: Area | None) -> bool:
        return area is not None and self._odd[self._read(area)]

    def _read(self, area: Area) -> Area:
        """Read what stands in a range, once."""
        if area in self._numbers:
            return area
        cells = self._model.sheets[area.sheet].cells if area.sheet in self._model.sheets else {}
        places = area.cells() if area.size <= len(cells) else (at for at in cells if area.contains(*at))
        values = [self._model.value(area.sheet, *at) for at in places]
        self._numbers[area] = sorted(value for value in values if isinstance(value, float))
        texts = {value for value in values if type(value) is str and value}
        self._odd[area] = any(not _PLAIN.fullmatch(text) and number_in(text) is not None for text in texts)
        return area
