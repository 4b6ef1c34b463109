"""Conditions and what is told of a value: IF, AND, IFERROR, ISNUMBER, TYPE and their like."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Closure, Raw, Ref, shape_of, stretched
from crm_xl.hosts.headless.worksheet_functions.catalogue import Spec, excel, lazily
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.gathering import is_many, values_in
from crm_xl.hosts.headless.worksheet_functions.nodes import HOLE, Node
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import NA, VALUE, Array, Fault, Scalar, compare, to_bool

_NUMBERS_OF_ERRORS = {
    "#NULL!": 1, "#DIV/0!": 2, "#VALUE!": 3, "#REF!": 4, "#NAME?": 5, "#NUM!": 6, "#N/A": 7, "#GETTING_DATA": 8,
    "#SPILL!": 9, "#CALC!": 14,
}  # fmt: skip


def branch(context: Context, node: Node | None, array: bool, left_out: Scalar) -> Raw:
    """Return what an argument gives that may be left out or empty."""
    if node is None:
        return left_out
    return 0.0 if node is HOLE else node.compute(context, array)


def spread(context: Context, raw: Raw, shape: tuple[int, int]) -> list[Any]:
    """Return the values of an argument stretched over the cells of an array."""
    cells: list[Any] = stretched(context.array_of(raw), shape).ravel().tolist()
    return cells


@lazily("IF")
def if_(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    """One of two values, as a condition is true or false; only that one is computed."""
    if not 2 <= len(nodes) <= 3:
        raise Fault(VALUE)
    condition = context.single(nodes[0].compute(context, array), array)
    other = nodes[2] if len(nodes) == 3 else None
    if not isinstance(condition, np.ndarray):
        chosen = to_bool(condition)
        return branch(context, nodes[1], array, None) if chosen else branch(context, other, array, False)
    yes = _whole(context, branch(context, nodes[1], array, None))
    no = _whole(context, branch(context, other, array, False))
    shape = shape_of([condition, yes, no])
    cells = zip(spread(context, condition, shape), spread(context, yes, shape), spread(context, no, shape), strict=True)
    return _array([_chosen(*cell) for cell in cells], shape)


def _whole(context: Context, raw: Raw) -> Array:
    try:
        return context.array_of(raw)
    except Fault as fault:
        return np.array([[fault.code]], dtype=object)


def _chosen(condition: Scalar, yes: Scalar, no: Scalar) -> Scalar:
    try:
        return yes if to_bool(condition) else no
    except Fault as fault:
        return fault.code


def _array(cells: list[Any], shape: tuple[int, int]) -> Array:
    made: Array = np.empty(len(cells), dtype=object)
    made[:] = cells
    return made.reshape(shape)


@lazily("IFS")
def ifs(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    """The value after the first condition that is true."""
    if len(nodes) % 2:
        raise Fault(VALUE)
    for condition, value in zip(nodes[::2], nodes[1::2], strict=True):
        found = context.single(condition.compute(context, array), array)
        if isinstance(found, np.ndarray):
            return _ifs_over(context, nodes, array)
        if to_bool(found):
            return branch(context, value, array, None)
    return NA


def _ifs_over(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    given = [_whole(context, context.single(node.compute(context, array), array)) for node in nodes]
    shape = shape_of(given)
    rows = zip(*[spread(context, value, shape) for value in given], strict=True)
    return _array([_first_true(row) for row in rows], shape)


def _first_true(row: Sequence[Scalar]) -> Scalar:
    try:
        return next((v for c, v in zip(row[::2], row[1::2], strict=True) if to_bool(c)), NA)
    except Fault as fault:
        return fault.code


def _catching(caught: frozenset[str] | None) -> Any:
    def catch(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
        if len(nodes) != 2:
            raise Fault(VALUE)
        try:
            value = nodes[0].compute(context, array)
            value = value if isinstance(value, Closure) else context.single(value, array)
        except Fault as fault:
            value = fault.code
        if isinstance(value, np.ndarray):
            other = _whole(context, branch(context, nodes[1], array, None))
            shape = shape_of([value, other])
            both = zip(spread(context, value, shape), spread(context, other, shape), strict=True)
            return _array([b if _is_caught(a, caught) else a for a, b in both], shape)
        if _is_caught(value, caught):
            return branch(context, nodes[1], array, None)
        return 0.0 if value is None else value

    return catch


def _is_caught(value: Raw, caught: frozenset[str] | None) -> bool:
    return isinstance(value, ErrorValue) and (caught is None or str(value) in caught)


lazily("IFERROR")(_catching(None))
lazily("IFNA")(_catching(frozenset({"#N/A"})))


@lazily("CHOOSE")
def choose(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    """The value of the given number; only that one is computed."""
    if len(nodes) < 2:
        raise Fault(VALUE)
    number = context.single(nodes[0].compute(context, array), array)
    if not isinstance(number, np.ndarray):
        return branch(context, nodes[_place(number, len(nodes), context)], array, None)
    given = [_whole(context, branch(context, node, array, None)) for node in nodes[1:]]
    shape = shape_of([number, *given])
    columns = [spread(context, value, shape) for value in given]
    places = [_place(value, len(nodes), context) for value in spread(context, number, shape)]
    return _array([columns[place - 1][at] for at, place in enumerate(places)], shape)


def _place(number: Scalar, count: int, context: Context) -> int:
    place = int(to_number(number, context.since_1904))
    if not 1 <= place < count:
        raise Fault(VALUE)
    return place


@lazily("SWITCH")
def switch(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    """The value after the first one that equals what is given."""
    if len(nodes) < 3:
        raise Fault(VALUE)
    given = context.single(nodes[0].compute(context, array), array)
    if isinstance(given, np.ndarray):
        cells = [_switched(context, value, nodes, array) for value in given.ravel().tolist()]
        return _array([context.single(cell, False) for cell in cells], given.shape)
    return _switched(context, given, nodes, array)


def _switched(context: Context, given: Scalar, nodes: Sequence[Node], array: bool) -> Raw:
    if isinstance(given, ErrorValue):
        return given
    for at in range(1, len(nodes) - 1, 2):
        other = context.single(nodes[at].compute(context, array), False)
        if isinstance(other, ErrorValue):
            return other
        one, two = 0.0 if given is None else given, 0.0 if other is None else other
        if type(one) is type(two) and compare(one, two) == 0:
            return branch(context, nodes[at + 1], array, None)
    return branch(context, nodes[-1], array, None) if len(nodes) % 2 == 0 else NA


def _conditions(context: Context, given: tuple[Any, ...]) -> list[bool]:
    found: list[bool] = []
    for raw in given:
        if not is_many(raw):
            if raw is None:
                found.append(False)
            elif raw != "":
                found.append(to_bool(raw))
            continue
        for value in values_in(context, raw):
            if isinstance(value, ErrorValue):
                raise Fault(value)
            if type(value) in (float, bool):
                found.append(bool(value))
    if not found:
        raise Fault(VALUE)
    return found


@excel("AND", "(r)", context=True)
def and_(context: Context, *given: Any) -> bool:
    """Whether all conditions are true."""
    return all(_conditions(context, given))


@excel("OR", "(r)", context=True)
def or_(context: Context, *given: Any) -> bool:
    """Whether a condition is true."""
    return any(_conditions(context, given))


@excel("XOR", "(r)", context=True)
def xor(context: Context, *given: Any) -> bool:
    """Whether an odd number of conditions is true."""
    return sum(_conditions(context, given)) % 2 == 1


@excel("NOT", "b")
def not_(condition: bool) -> bool:
    """The opposite."""
    return not condition


@excel("TRUE", "")
def true() -> bool:
    """True."""
    return True


@excel("FALSE", "")
def false() -> bool:
    """False."""
    return False


@excel("ISERROR", "e")
def iserror(value: Scalar) -> bool:
    """Whether a value is an error."""
    return isinstance(value, ErrorValue)


@excel("ISERR", "e")
def iserr(value: Scalar) -> bool:
    """Whether a value is an error other than #N/A."""
    return isinstance(value, ErrorValue) and value != NA


@excel("ISNA", "e")
def isna(value: Scalar) -> bool:
    """Whether a value is #N/A."""
    return isinstance(value, ErrorValue) and value == NA


@excel("ISNUMBER", "e")
def isnumber(value: Scalar) -> bool:
    """Whether a value is a number."""
    return type(value) is float


@excel("ISTEXT", "e")
def istext(value: Scalar) -> bool:
    """Whether a value is a text."""
    return type(value) is str


@excel("ISNONTEXT", "e")
def isnontext(value: Scalar) -> bool:
    """Whether a value is anything but a text."""
    return type(value) is not str


@excel("ISLOGICAL", "e")
def islogical(value: Scalar) -> bool:
    """Whether a value is True or False."""
    return type(value) is bool


@excel("ISBLANK", "e")
def isblank(value: Scalar) -> bool:
    """Whether a cell is blank."""
    return value is None


@excel("ISEVEN", "x")
def iseven(number: float) -> bool:
    """Whether a number, cut to a whole one, is even."""
    return int(number) % 2 == 0


@excel("ISODD", "x")
def isodd(number: float) -> bool:
    """Whether a number, cut to a whole one, is odd."""
    return int(number) % 2 == 1


@excel("ISREF", "c")
def isref(value: Any) -> bool:
    """Whether an argument is a reference."""
    return isinstance(value, Ref)


@excel("ERROR.TYPE", "e")
def error_type(value: Scalar) -> float:
    """The number of an error."""
    if not isinstance(value, ErrorValue):
        raise Fault(NA)
    return float(_NUMBERS_OF_ERRORS[str(value)])


@excel("TYPE", "c", context=True)
def type_(context: Context, raw: Any) -> float:
    """The kind of a value: 1 number, 2 text, 4 condition, 16 error, 64 array, 128 LAMBDA."""
    if isinstance(raw, Closure | Spec):
        return 128.0
    if isinstance(raw, Ref) and not raw.area.is_cell:
        return 64.0 if context.array else 16.0
    value = context.values(raw) if isinstance(raw, Ref) else raw
    if isinstance(value, np.ndarray):
        return 64.0
    if isinstance(value, ErrorValue):
        return 16.0
    return {str: 2.0, bool: 4.0}.get(type(value), 1.0)


@excel("NA", "")
def na() -> ErrorValue:
    """The error #N/A."""
    return NA


@excel("N", "c", context=True)
def n(context: Context, raw: Any) -> Any:
    """A value as a number: 1 for True, 0 for a text."""
    value = context.array_of(raw)[0, 0] if is_many(raw) else raw
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, ErrorValue):
        return value
    return float(value) if type(value) in (float, bool) else 0.0


@excel("T", "c", context=True)
def t(context: Context, raw: Any) -> Any:
    """A text as it is, an empty one for anything else."""
    value = context.array_of(raw)[0, 0] if is_many(raw) else raw
    return value if type(value) is str or isinstance(value, ErrorValue) else ""
