"""Sums and counts under conditions, put right where the calculation engine answers otherwise than spreadsheets do.

The engine leaves errors out of the sum of a SUMIFS, so that a total over bad input is silently low; a spreadsheet
shows the error when its row meets the conditions. MAXIFS of the engine does so too, and meets the same rows:
`0*MAXIFS(…)+SUMIFS(…)` is the sum with its error, the first in the order of reading. MAXIFS takes many times as
long, though, and is therefore asked for only after an error has been seen in a range that is summed.

Two more answers would be wrong without an error, and are not left to the engine: ranges of different sizes, and
several conditions in the place of one.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from crm_xl.hosts.headless.formulas.filled import area_piece
from crm_xl.hosts.headless.formulas.tokens import LONGEST, Token, Uncomputable, joined, only
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area

# Range, condition, and the range that is summed if it is another, which takes the size of the first.
_OF_ONE_CONDITION = frozenset({"SUMIF", "AVERAGEIF", "COUNTIF"})
# What is summed, then range and condition as often as wanted, all of one size.
_OF_MANY_CONDITIONS = frozenset({"SUMIFS", "AVERAGEIFS", "MAXIFS", "MINIFS"})
_LEAVING_ERRORS_OUT = frozenset({"SUMIF", "SUMIFS", "AVERAGEIF", "AVERAGEIFS"})
FUNCTIONS = _OF_ONE_CONDITION | _OF_MANY_CONDITIONS | {"COUNTIFS"}


class Criterion(NamedTuple):
    """A condition: the range that it looks through, and what it is put together of.

    `text` is what is written (a number, too), `cell` the cell that holds it, behind a `sign` or not; both are
    None where it is reckoned. `range` is None where it is not known.
    """

    range: Area | None
    sign: str = ""
    cell: Token | None = None
    text: str | None = None
    token: Token = Token("")


class Conditional(NamedTuple):
    """A call in the engine's form, the range that it sums, and what gives the errors that it would leave out."""

    text: str
    summed: Token | None = None
    errors: str = ""
    criteria: tuple[Criterion, ...] = ()


def conditional(name: str, given: Sequence[Sequence[Token]], *, one_value: bool, with_errors: bool) -> Conditional:
    """Return a call of one of `FUNCTIONS` in the engine's form.

    Parameters
    ----------
    name
        The function, in capitals.
    given
        The pieces of each argument.
    one_value
        Whether an area in the place of a condition means its cell in the row or column of the formula.
    with_errors
        Whether to tell what gives the errors; it is told anyhow where the range that is summed is reckoned out.

    Raises
    ------
    Uncomputable
        Where several conditions stand in the place of one: the engine would give 0.
    """
    arguments = [_argument(pieces) for pieces in given]
    first = 1 if name in _OF_MANY_CONDITIONS else 0
    last = 2 if name in _OF_ONE_CONDITION else len(arguments)
    ranges, conditions = range(first, last, 2), range(first + 1, last, 2)
    if not conditions or len(ranges) > len(conditions) or last > len(arguments) or not arguments[-1].text.strip():
        return Conditional(_call(name, arguments))
    for at in conditions:
        if _several(given[at]):
            if not one_value or arguments[at].area is None or arguments[at].spilled:
                raise Uncomputable("formula_several_conditions", function=name)
            arguments[at] = Token("@" + arguments[at].text)
    if name not in _OF_ONE_CONDITION:
        if len(set(_sizes([*arguments[:first], *(arguments[at] for at in ranges)]))) > 1:
            return Conditional("#VALUE!")
    elif len(arguments) == 3:
        arguments[2] = _resized(arguments[2], arguments[0])
    call = _call(name, arguments)
    criteria = tuple(_criterion(arguments[on], given[at]) for on, at in zip(ranges, conditions, strict=False))
    if name not in _LEAVING_ERRORS_OUT:
        return Conditional(call, criteria=criteria)
    summed = arguments[-1 if len(arguments) == 3 and last == 2 else 0]
    if not with_errors and summed.area is not None:
        return Conditional(call, summed, criteria=criteria)
    return Conditional(call, summed, f"0*{_call('MAXIFS', [summed, *arguments[first:last]])}", criteria)


def _criterion(looked_through: Token, given: Sequence[Token]) -> Criterion:
    pieces = [piece for piece in given if not piece.text.isspace()]
    known = Criterion(looked_through.area, token=looked_through)
    match [piece.text for piece in pieces]:
        case [text] if pieces[0].area is not None:
            return known._replace(cell=pieces[0])
        case [text] if text[:1] == '"':
            return known._replace(text=_unquoted(text))
        case [text] | ["+" | "-", text] if text[:1].isdigit() or text[:1] == ".":
            return known._replace(text="".join(piece.text for piece in pieces))
        case [sign, "&", _] if sign[:1] == '"' and pieces[2].area is not None:
            return known._replace(sign=_unquoted(sign), cell=pieces[2])
    return known


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _argument(pieces: Sequence[Token]) -> Token:
    if len(pieces) == 1:
        return pieces[0]
    whole = only(pieces)
    return Token(joined(pieces)) if whole is None else whole._replace(text=joined(pieces))


def _call(name: str, arguments: Sequence[Token]) -> str:
    text = f"{name}({','.join([argument.text for argument in arguments])})"
    # Conditions are written twice: calls inside of calls would grow beyond all bounds.
    if len(text) > LONGEST:
        raise Uncomputable("formula_too_long", limit=str(LONGEST))
    return text


def _several(pieces: Sequence[Token]) -> bool:
    """Whether a condition holds an area of many cells or a list in braces."""
    return any(
        piece.text == "{"
        or piece.spilled
        or (piece.area is not None and not piece.area.is_cell and (at == 0 or pieces[at - 1].text != "@"))
        for at, piece in enumerate(pieces)
    )


def _sizes(ranges: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield rows and columns of the ranges of which they are known."""
    for piece in ranges:
        if piece.area is not None and not piece.spilled:
            yield piece.area.last_row - piece.area.first_row, piece.area.last_column - piece.area.first_column


def _resized(summed: Token, like: Token) -> Token:
    """Return a range to sum with the size of the range of the condition, as far as the sheet reaches."""
    if summed.area is None or like.area is None or summed.spilled or like.spilled:
        return Token(f"OFFSET({summed.text},0,0,ROWS({like.text}),COLUMNS({like.text}))")
    ((rows, columns),) = _sizes([like])
    row, column = summed.area[1:3]
    last_row, last_column = min(row + rows, LAST_ROW), min(column + columns, LAST_COLUMN)
    moves = (
        summed.moves[0] if like.moves[0] is not None and last_row == row + rows else None,
        summed.moves[1] if like.moves[1] is not None and last_column == column + columns else None,
    )
    return area_piece(Area(summed.area.sheet, row, column, last_row, last_column), moves)
