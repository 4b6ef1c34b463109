"""Arguments in the order of a function's parameters, where their headers say which table is which.

A table that stands in the place of another one, or of a value, is put where it belongs; the values then keep their
order. Nothing is moved where every table fits its place.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crm_xl.engine.cells import Range, as_range
from crm_xl.engine.header_row import find_header_row
from crm_xl.engine.rates import currency_pair
from crm_xl.engine.schema import TABLES, assumption_names, columns, normalise

if TYPE_CHECKING:
    from crm_xl.functions.registry import Function, Parameter

# Functions in which the number of users once stood before the assumptions: both orders are taken.
_USERS_BEFORE = ("CRM_PER_USER", "CRM_PER_ACTIVE_USER")
# Parameters that hold a table of another name.
_HELD = {"budget": "actuals", "actual": "actuals", "pool": "costs"}


def takes_headers(parameter: "Parameter") -> bool:
    """Whether a parameter takes a table with a header row, and nothing else."""
    named = _HELD.get(parameter.name, parameter.name) in (*TABLES, "assumptions")
    return parameter.kind == "table" and named and not parameter.or_value


def arranged(function: "Function", arguments: Sequence[Any]) -> list[Any]:
    """Return arguments in the order of the parameters; as they are where they fit or nothing fits better.

    >>> from crm_xl.functions import REGISTRY
    >>> costs, terms = Range([["Component", "Amount"], ["Licence", 5.0]]), Range([["Years", 3.0]])
    >>> arranged(REGISTRY["CRM_TOTAL"], [terms, costs])[0] is costs
    True
    """
    found = [as_range(value) if _is_table(value) else value for value in arguments]
    parameters = function.parameters
    if (
        function.name in _USERS_BEFORE
        and [p.name for p in parameters[1:2]] == ["assumptions"]
        and len(found) > 1
        and (_is_count(found[1]) or (len(found) > 2 and _is_table(found[2])))
    ):
        found[1:3] = [found[2] if len(found) > 2 else None, found[1]]
    if len(found) > len(parameters) or all(
        p.kind == "table" and likeness(value, p.name)[0]
        for p, value in zip(parameters, found, strict=False)
        if isinstance(value, Range)
    ):
        return found
    places = {i: p.name for i, p in enumerate(parameters) if p.kind == "table"}
    tables = [i for i, value in enumerate(found) if isinstance(value, Range)]
    fits = {i: i in places and looks_like(found[i], places[i]) for i in tables}
    if all(fits.values()):
        return found
    moved: dict[int, Any] = {i: found[i] for i in tables if fits[i]}
    astray = [i for i in tables if not fits[i]]
    for i in astray:
        here = max(likeness(found[i], places[i])[1], 1) if i in places else 1
        known = {j: likeness(found[i], name)[1] for j, name in places.items() if j not in moved}
        free = {j: count for j, count in known.items() if looks_like(found[i], places[j]) and count >= here}
        if free:
            moved[max(free, key=lambda j: free[j])] = found[i]  # where most of its columns are known
        elif i in places and i not in moved:
            moved[i] = found[i]  # what is wrong with it is told in its own place
        else:
            return found
    if moved == {i: found[i] for i in tables}:
        return found
    values = [value for i, value in enumerate(found) if i not in tables and value is not None]
    open_places = [i for i, p in enumerate(parameters) if p.kind == "value"]
    if len(values) > len(open_places):
        return found
    moved |= dict(zip(open_places, values, strict=False))
    return [moved.get(i) for i in range(max(moved) + 1)]


def _is_count(value: Any) -> bool:
    """Whether an argument is one value, and none that was left out."""
    if isinstance(value, Range):
        return len(value.cells) == 1 and value.cells[0] is not None
    return value is not None and not _is_table(value) and not isinstance(value, list | tuple)


def _is_table(value: Any) -> bool:
    """Whether an argument has more than one cell."""
    if isinstance(value, Range):
        return len(value.cells) > 1
    if hasattr(value, "columns"):
        return True
    if isinstance(value, list | tuple):
        return len(value) > 1 or (len(value) == 1 and isinstance(value[0], list | tuple) and len(value[0]) > 1)
    return False


def looks_like(cells: Range, parameter: str) -> bool:
    """Whether the headers of a range are those of the table that a parameter takes."""
    return likeness(cells, parameter)[0]


def likeness(cells: Range, parameter: str) -> tuple[bool, int]:
    """Return whether a range has what a table must have, and how many of its columns or keys are known there."""
    found = cells.likeness.get(parameter)
    if found is None:
        found = cells.likeness[parameter] = _likeness(cells, parameter)
    return found


def _likeness(cells: Range, parameter: str) -> tuple[bool, int]:
    if parameter == "assumptions":
        head = Range(cells.rows[:40]) if 2 <= cells.width <= 8 and cells.height <= 200 else Range([[None]])
        keys = [v for v in head.column(0) if isinstance(v, str) and v.strip()]
        known = sum(normalise(key) in assumption_names() or currency_pair(key) is not None for key in keys)
        return known > 0 and 2 * known >= len(keys) - 1, known  # one may be the header
    name = _HELD.get(parameter, parameter)
    if name not in TABLES:
        return True, 0
    header = find_header_row(cells, name)
    if header is None:
        return False, 0
    required = (key for key, field in columns(name).items() if field.required)
    return all(key in header.columns for key in required), len(header.columns) + len(header.periods)
