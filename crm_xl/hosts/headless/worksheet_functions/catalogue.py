"""The functions of Excel that are computed here, each with how it takes its arguments.

A letter stands for each argument, the last ones in parentheses for as many times as there are arguments:

n  a number, x  a number that must not be True or False, y  any value but an error (of a range of many cells neither
x nor y takes its own row or column, and an empty argument is #N/A), t  a text, b  a condition, v  any value but an
error, e  any value, z  the same, strict as x is; each of these is one value, and a range or an array in its place
means one result for each;
w  as e, but a range or an array is handed on whole, as it is where many results are meant;
r  a range, an array or a value as it is, but no error, c  the same with errors, a  as r, computed as in an array
formula.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.reading import to_number
from crm_xl.hosts.headless.worksheet_functions.values import DIV0, NUM, VALUE, Fault, finite, to_bool, to_text

_Function = TypeVar("_Function", bound=Callable[..., Any])
SINGLE = frozenset("nxyztbve")


class Spec:
    """A function: how it takes its arguments, and what computes it."""

    __slots__ = ("_fixed", "_repeated", "context", "function", "lazy", "least", "most", "name")

    def __init__(self, name: str, letters: str, function: Callable[..., Any], *, context: bool, lazy: bool) -> None:
        self.name, self.function, self.context, self.lazy = name, function, context, lazy
        fixed, _, repeated = letters.partition("(")
        self._fixed, self._repeated = fixed, repeated.rstrip(")")
        given = list(inspect.signature(function).parameters.values())[1 if context else 0 :]
        required = sum(p.default is p.empty and p.kind is not p.VAR_POSITIONAL for p in given)
        self.least = max(len(fixed), 1) if self._repeated else required
        self.most = 255 if self._repeated else len(fixed)

    def letters(self, count: int) -> str | None:
        """Return the letters of so many arguments; None where the function does not take so many."""
        if not self.least <= count <= self.most:
            return None
        more = count - len(self._fixed)
        if more <= 0:
            return self._fixed[:count]
        return self._fixed + (self._repeated * (more // len(self._repeated) + 1))[:more]


FUNCTIONS: dict[str, Spec] = {}


def excel(names: str, letters: str, *, context: bool = False) -> Callable[[_Function], _Function]:
    """Enter a function under its names, which blanks separate."""

    def enter(function: _Function) -> _Function:
        for name in names.split():
            assert name not in FUNCTIONS, name
            FUNCTIONS[name] = Spec(name, letters, function, context=context, lazy=False)
        return function

    return enter


def lazily(names: str) -> Callable[[_Function], _Function]:
    """Enter a function that is given its arguments uncomputed: (context, nodes, whether in an array formula)."""

    def enter(function: _Function) -> _Function:
        for name in names.split():
            assert name not in FUNCTIONS, name
            spec = FUNCTIONS[name] = Spec(name, "(l)", function, context=True, lazy=True)
            spec.least = 0
        return function

    return enter


def applied(spec: Spec, context: Any, letters: str, arguments: Sequence[Any]) -> Any:
    """Return the result of a function for arguments of which the single ones are single values."""
    try:
        for letter, value in zip(letters, arguments, strict=True):
            if letter in "ra" and isinstance(value, ErrorValue):
                return value
        given = [
            value if letter in "racewz" else converted(letter, value, context.since_1904)
            for letter, value in zip(letters, arguments, strict=True)
        ]
        result = spec.function(context, *given) if spec.context else spec.function(*given)
        if type(result) is float:
            return finite(result)
        return float(result) if type(result) is int else result
    except Fault as fault:
        return fault.code
    except ZeroDivisionError:
        return DIV0
    except (OverflowError, ValueError):
        return NUM


def converted(letter: str, value: Any, since_1904: bool) -> Any:
    """Return a single value as a letter has it.

    Raises
    ------
    Fault
        Where it is an error, or cannot be taken for such a value.
    """
    if letter == "n":
        return value if type(value) is float else to_number(value, since_1904)
    if isinstance(value, ErrorValue):
        raise Fault(value)
    if letter == "x":
        if type(value) is bool:
            raise Fault(VALUE)
        return to_number(value, since_1904)
    if letter == "t":
        return to_text(value)
    if letter == "b":
        return to_bool(value)
    return value
