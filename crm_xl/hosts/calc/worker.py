"""The process that computes for the extension, because the Python inside LibreOffice often has no numpy.

It speaks on its standard input and output only, and ends when its input does: with LibreOffice, however that ends.
A range comes once, under a number by which later calls name it.
"""

import sys
from collections.abc import Sequence
from typing import Any

from crm_xl._version import __version__
from crm_xl.engine.cells import Cell, Range
from crm_xl.errors import CrmError, ErrorValue
from crm_xl.functions import REGISTRY
from crm_xl.hosts.calc.extension.process import receive, send


def main() -> None:
    """Answer calls until the input ends."""
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not stand between the messages
    ranges: dict[int, Range] = {}
    send(target, {"version": __version__})
    while (message := receive(source)) is not None:
        send(target, {"result": answer(message, ranges)})


def answer(message: dict[str, Any], ranges: dict[int, Range]) -> Any:
    """Compute one call and return its result as JSON can carry it.

    >>> rows = [["Component", "Amount"], ["Licence", 1200.0]]
    >>> message = {"function": "CRM_TOTAL", "ranges": [[1, rows]], "arguments": [{"range": 1}]}
    >>> answer(message, {})
    1200.0
    """
    for number in message.get("forget", ()):
        ranges.pop(number, None)
    for number, rows in message.get("ranges", ()):
        ranges[number] = Range([[_given(value) for value in row] for row in rows])
    arguments = [_argument(value, ranges) for value in message["arguments"]]
    try:
        result = REGISTRY[message["function"]].call(*arguments)
    except CrmError as fault:
        return {"error": str(fault.code)}
    if isinstance(result, Sequence) and not isinstance(result, str):
        return [[_found(value) for value in row] for row in result]
    return _found(result)


def _argument(value: Any, ranges: dict[int, Range]) -> Any:
    return ranges[value["range"]] if isinstance(value, dict) and "range" in value else _given(value)


def _given(value: Any) -> Cell:
    """Turn a value of a message into a cell; an error is the only one that JSON has no form for."""
    if isinstance(value, dict):
        return ErrorValue(value["error"])
    return None if value == "" else value


def _found(value: Cell) -> Any:
    return {"error": str(value)} if isinstance(value, ErrorValue) else value


if __name__ == "__main__":
    main()
