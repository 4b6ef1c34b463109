"""Turns arguments into what the engine works on, each range parsed once however many formulas hand it over."""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

from crm_xl.engine.assumptions import Assumptions, read_assumptions
from crm_xl.engine.cells import Cell, Range
from crm_xl.engine.columns import percentage_meant
from crm_xl.engine.model import Model, build_model
from crm_xl.engine.problems import require, said, show
from crm_xl.engine.reading import LARGEST, Table, read_table
from crm_xl.engine.schema import choice_words, choices, normalise
from crm_xl.errors import NotThereError, UnreadableError

# Enough for the tables of a few open workbooks; the least recently used go first.
CACHED_TABLES = 64
# A rate of -100 % or less has no present values.
_LOWEST_RATE = -0.99
_P = ParamSpec("_P")
_R = TypeVar("_R")
_remembered: list[Callable[[], None]] = []


def remembered(function: Callable[_P, _R], size: int = CACHED_TABLES) -> Callable[_P, _R]:
    """Keep the last results of a function of ranges, until `forget`: ranges are compared by content."""
    kept = lru_cache(maxsize=size)(function)
    _remembered.append(kept.cache_clear)
    return kept  # type: ignore[return-value]  # the arguments of every call are hashable


@remembered
def _table(cells: Range, name: str, without: frozenset[str]) -> Table:
    return read_table(cells, name, without)


def table(cells: Range, name: str, assumptions: Range | None) -> Table:
    """Read a range as a table, once, without the columns that the assumptions list as not to count."""
    return _table(cells, name, ignored(assumptions))


def ignored(assumptions: Range | None) -> frozenset[str]:
    """Return the headers of columns that are not to count, normalised."""
    names = () if assumptions is None else assumptions_of(assumptions).ignore_columns
    return frozenset(map(normalise, names))


@remembered
def assumptions_of(cells: Range | None) -> Assumptions:
    """Read assumptions, once."""
    return read_assumptions(cells)


@remembered
def draft(costs: Range, assumptions: Range | None) -> Model:
    """Build a model, once, whatever is wrong with it."""
    return build_model(table(costs, "costs", assumptions), assumptions_of(assumptions))


def model(costs: Range, assumptions: Range | None) -> Model:
    """Return the model of a cost table and assumptions.

    Raises
    ------
    ProblemsError
        When one of the tables has an error.
    """
    found = draft(costs, assumptions)
    if found.problems:
        require(found.problems)
    return found


def forget() -> None:
    """Drop everything that was parsed or computed from ranges."""
    for clear in _remembered:
        clear()


def number(argument: str, value: Cell, *, minimum: float = 0.0, default: float | None = None) -> float | None:
    """Return a number argument, or the default where it was left out."""
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not minimum <= value <= LARGEST:
        allowed = {"minimum": f"{minimum:g}", "maximum": f"{LARGEST:,.0f}"}
        raise UnreadableError("argument_not_number", argument=argument, found=said(value), **allowed)
    return float(value)


def rate(argument: str, value: Cell, default: float) -> float:
    """Return a rate argument, or the default where it was left out: 10 for 10 % is an error, as it is in a table."""
    if value is None:
        return default
    details = {"argument": argument, "found": said(value), "minimum": f"{_LOWEST_RATE:.0%}", "maximum": "100%"}
    if isinstance(value, bool) or not isinstance(value, int | float) or value < _LOWEST_RATE:
        raise UnreadableError("argument_not_number", **details)
    if not value <= 1:
        raise UnreadableError("argument_not_rate", **details, **percentage_meant(float(value)))
    return float(value)


def choice(argument: str, value: Cell, kind: str, default: str) -> str:
    """Return the key of a choice argument, accepted in both languages."""
    if value is None:
        return default
    key = choices(kind).get(normalise(str(value)))
    if key is None:
        raise UnreadableError("argument_not_choice", argument=argument, found=said(value), choices=choice_words(kind))
    return key


def text(value: Cell) -> str | None:
    """Return a text argument; a number such as a cost centre 4711 counts as its digits."""
    return None if value is None else show(value) if isinstance(value, int | float) else str(value).strip()


def year(found: Model, value: Cell) -> int | None:
    """Return a year argument as the index of a model year."""
    if value is None:
        return None
    index = found.timeline.year_index(value)
    if index is None:
        raise NotThereError("year_not_there", year=said(value))
    return index
