"""LET and LAMBDA, and the functions that call one for every value, row or column."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Closure, Raw, lifted
from crm_xl.hosts.headless.worksheet_functions.catalogue import Spec, excel, lazily
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.dynamic_arrays import made
from crm_xl.hosts.headless.worksheet_functions.nodes import HOLE, Call, Constant, Node
from crm_xl.hosts.headless.worksheet_functions.values import VALUE, Array, Fault, Scalar

CALC = ErrorValue.CALC


@lazily("LET")
def let(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    """A value reckoned with names."""
    if len(nodes) < 3 or len(nodes) % 2 == 0:
        raise Fault(VALUE)
    inner = context
    for name, node in zip(nodes[:-1:2], nodes[1::2], strict=True):
        assert isinstance(name, Constant)
        inner = inner.with_names({str(name.value): node.compute(inner, array)})
    return nodes[-1].compute(inner, array)


@lazily("LAMBDA")
def lambda_(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    """A function with named arguments."""
    if not nodes:
        raise Fault(VALUE)
    names = [str(node.value) for node in nodes[:-1] if isinstance(node, Constant)]
    if len(names) != len(nodes) - 1:
        raise Fault(VALUE)

    def call(*given: Raw) -> Raw:
        filled = [*given, *[None] * (len(names) - len(given))]
        return nodes[-1].compute(context.with_names(dict(zip(names, filled, strict=True))), True)

    return Closure(call, len(names), len(names))


def _function(context: Context, raw: Any, count: int) -> Closure:
    """The LAMBDA among arguments; a function of the catalogue may stand for one."""
    if isinstance(raw, Spec):
        return Closure(
            lambda *given: Call(raw, [Constant(value) for value in given]).compute(context, True), count, count
        )
    if not isinstance(raw, Closure):
        raise Fault(raw if isinstance(raw, ErrorValue) else VALUE)
    if not raw.least <= count <= raw.most:
        raise Fault(VALUE)
    return raw


def _one(context: Context, raw: Raw) -> Scalar:
    """A result that has to be one value."""
    if isinstance(raw, Closure):
        return CALC
    value = context.single(raw, True)
    return CALC if isinstance(value, np.ndarray) else value


@excel("MAP", "r(r)", context=True)
def map_(context: Context, *given: Any) -> Array:
    """What a LAMBDA gives for every value."""
    function = _function(context, given[-1], len(given) - 1)
    arrays = [context.array_of(raw) for raw in given[:-1]]
    if not arrays:
        raise Fault(VALUE)
    return lifted(lambda *values: _one(context, function.call(*values)), arrays, [True] * len(arrays))


@excel("REDUCE", "rrr", context=True)
def reduce(context: Context, start: Any, cells: Any, function: Any) -> Raw:
    """What a LAMBDA gathers from value to value."""
    call = _function(context, function, 2).call
    total: Raw = start
    for value in context.array_of(cells).ravel().tolist():
        total = call(total, value)
    return total


@excel("SCAN", "rrr", context=True)
def scan(context: Context, start: Any, cells: Any, function: Any) -> Array:
    """What a LAMBDA gathers from value to value, at each step."""
    call = _function(context, function, 2).call
    content = context.array_of(cells)
    total: Any = start
    found: Array = np.empty(content.size, dtype=object)
    for at, value in enumerate(content.ravel().tolist()):
        total = value if at == 0 and start is None else call(total, value)
        found[at] = total = _one(context, total)
    return found.reshape(content.shape)


@excel("BYROW", "rr", context=True)
def byrow(context: Context, cells: Any, function: Any) -> Array:
    """What a LAMBDA gives for every row."""
    call, content = _function(context, function, 1).call, context.array_of(cells)
    return made([[_one(context, call(content[at : at + 1, :]))] for at in range(content.shape[0])])


@excel("BYCOL", "rr", context=True)
def bycol(context: Context, cells: Any, function: Any) -> Array:
    """What a LAMBDA gives for every column."""
    call, content = _function(context, function, 1).call, context.array_of(cells)
    return made([[_one(context, call(content[:, at : at + 1])) for at in range(content.shape[1])]])


@excel("MAKEARRAY", "nnr", context=True)
def makearray(context: Context, rows: float, columns: float, function: Any) -> Array:
    """An array of what a LAMBDA gives for row and column."""
    if rows < 1 or columns < 1 or rows * columns > 1_000_000:
        raise Fault(VALUE)
    call = _function(context, function, 2).call
    return made(
        [
            [_one(context, call(float(row), float(column))) for column in range(1, int(columns) + 1)]
            for row in range(1, int(rows) + 1)
        ]
    )


@lazily("ISOMITTED")
def isomitted(context: Context, nodes: Sequence[Node], array: bool) -> Raw:
    """Whether an argument of a LAMBDA was left out."""
    return len(nodes) == 1 and (nodes[0] is HOLE or nodes[0].compute(context, array) is None)
