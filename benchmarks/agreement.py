"""What is compared has to be the same work: its results are compared before any time is taken."""

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

# Sums of the same numbers in another order differ by less.
TOLERANCE = 1e-9


def agree(what: str, own: Any, other: Any, tolerance: float = TOLERANCE) -> None:
    """End the run with a plain message where an alternative does not give what crm_xl gives.

    Parameters
    ----------
    what
        What is compared and with whom, for the message.
    own, other
        Values, lists of values, or values by place. Numbers may differ by the tolerance.
    tolerance
        The largest difference, relative to the larger number; where a sum is 0, absolute.
    """
    ours, theirs = _places(own), _places(other)
    if not ours:
        raise SystemExit(f"benchmark stopped: {what}: there is nothing to compare")
    for place in sorted({*ours, *theirs}, key=str):
        if place not in ours or place not in theirs or not _same(ours[place], theirs[place], tolerance):
            shown = " and ".join(repr(values.get(place)) for values in (ours, theirs))
            where = f" at {place}" if len(ours) > 1 else ""
            raise SystemExit(f"benchmark stopped: {what} differ{where}: {shown}")


def _places(values: Any) -> dict[Any, Any]:
    if isinstance(values, Mapping):
        return dict(values)
    return dict(enumerate(values)) if isinstance(values, Sequence) and not isinstance(values, str) else {0: values}


def _same(own: Any, other: Any, tolerance: float) -> bool:
    if isinstance(own, int | float) and isinstance(other, int | float):
        return isclose(own, other, rel_tol=tolerance, abs_tol=tolerance)
    return type(own) is type(other) and bool(own == other)
