"""A formula as a tree, and how each of its nodes is computed.

Each node computes itself for a `Context`, in an array formula or not. In a formula of one cell, an operator or an
argument that wants one value takes the one of a range that stands in the formula's own row or column.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Closure, Raw, Ref, lifted
from crm_xl.hosts.headless.worksheet_functions.catalogue import SINGLE, Spec, applied
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.operators import operated, signed
from crm_xl.hosts.headless.worksheet_functions.values import NA, VALUE, Array, Fault, Scalar, Unsupported
from crm_xl.xlsx.references import Area


class Node:
    """A part of a formula; `lists` says that it is reckoned from lists in braces, which stay lists in any formula."""

    __slots__ = ()
    lists = False

    def compute(self, context: Context, array: bool) -> Raw:
        """Return what it gives; an error is a value."""
        raise NotImplementedError


class Constant(Node):
    """A value, or an array in braces."""

    __slots__ = ("lists", "value")

    def __init__(self, value: Scalar | Array) -> None:
        self.value = value
        self.lists = isinstance(value, np.ndarray)

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the value."""
        return self.value


class Hole(Node):
    """An argument that is left empty."""

    __slots__ = ()

    def compute(self, context: Context, array: bool) -> Raw:
        """Return a blank."""
        return None


HOLE = Hole()


class Reference(Node):
    """An area; it moves with the formula where it is relative. Without a slot only its place is asked for."""

    __slots__ = ("area", "moves", "slot")

    def __init__(self, area: Area, moves: tuple[bool | None, bool | None], slot: int | None) -> None:
        self.area, self.moves, self.slot = area, moves, slot

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the reference as it stands in the cell of the formula."""
        down, right = context.offset if context.offset != (0, 0) else (0, 0)
        sheet, top, left, bottom, last = self.area
        if self.moves[0] and down:
            top, bottom = top + down, bottom + down
        if self.moves[1] and right:
            left, last = left + right, last + right
        return Ref((Area(sheet, top, left, bottom, last),), self.slot)


class Several(Node):
    """An area over several sheets, or areas in parentheses with commas between them."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Node]) -> None:
        self.parts = parts

    def compute(self, context: Context, array: bool) -> Raw:
        """Return one reference to all."""
        areas: list[Area] = []
        for part in self.parts:
            found = part.compute(context, array)
            if isinstance(found, ErrorValue):
                return found
            if not isinstance(found, Ref):
                return VALUE
            areas += found.areas
        return Ref(tuple(areas))


class Given(Node):
    """What the engine computes for the formula: a call of a function of the registry, or a spill."""

    __slots__ = ("anchor", "slot")

    def __init__(self, slot: int, anchor: Reference | None = None) -> None:
        self.slot, self.anchor = slot, anchor

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the value or array; for a spill the reference to its cells."""
        value = context.slots[self.slot][1]
        if self.anchor is None:
            return value  # type: ignore[no-any-return]
        at = self.anchor.compute(context, array)
        if not isinstance(at, Ref) or isinstance(value, ErrorValue):
            return value  # type: ignore[no-any-return]
        rows, columns = value.shape if isinstance(value, np.ndarray) else (1, 1)
        area = at.area
        whole = area._replace(last_row=area.first_row + rows - 1, last_column=area.first_column + columns - 1)
        return Ref((whole,), self.slot)


class Local(Node):
    """A name of LET or LAMBDA."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, context: Context, array: bool) -> Raw:
        """Return what it stands for."""
        if self.name not in context.names:
            raise Unsupported
        return context.names[self.name]


class Operation(Node):
    """An operator between two operands; `ends` says that no more is reckoned with a difference."""

    __slots__ = ("ends", "left", "lists", "operator", "right")

    def __init__(self, operator: str, left: Node, right: Node) -> None:
        self.operator, self.left, self.right, self.ends = operator, left, right, False
        self.lists = left.lists or right.lists

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the result, an array where an operand is one."""
        try:
            left = _operand(context, self.left, array)
            right = _operand(context, self.right, array)
        except Fault as fault:
            return fault.code
        result: Raw = operated(self.operator, left, right, context.since_1904, ends=self.ends)
        return result


class Sign(Node):
    """A sign before, or % after, an operand."""

    __slots__ = ("lists", "operand", "operator")

    def __init__(self, operator: str, operand: Node) -> None:
        self.operator, self.operand = operator, operand
        self.lists = operand.lists and operator != "@"

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the result."""
        value = self.operand.compute(context, array)
        try:
            if self.operator == "()":
                return value
            if self.operator == "@":
                return context.single(value, False)  # type: ignore[no-any-return]
            if self.operator == "+":
                return _one_or_list(context, self.operand, value, array)  # type: ignore[no-any-return]
            result: Raw = signed(self.operator, _one_or_list(context, self.operand, value, array), context.since_1904)
            return result
        except Fault as fault:
            return fault.code


class Joined(Node):
    """Two references with `:` or a blank between them: the range from one to the other, or what both have."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, operator: str, left: Node, right: Node) -> None:
        self.operator, self.left, self.right = operator, left, right

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the reference."""
        left, right = self.left.compute(context, array), self.right.compute(context, array)
        for value in (left, right):
            if isinstance(value, ErrorValue):
                return value
        if not isinstance(left, Ref) or not isinstance(right, Ref):
            return VALUE
        try:
            one, two = left.area, right.area
        except Fault as fault:
            return fault.code
        if one.sheet != two.sheet:
            return VALUE if self.operator == ":" else ErrorValue.NULL
        if self.operator == " ":
            return Ref((one.common(two),)) if one.meets(two) else ErrorValue.NULL
        top, left_ = min(one.first_row, two.first_row), min(one.first_column, two.first_column)
        bottom, right_ = max(one.last_row, two.last_row), max(one.last_column, two.last_column)
        return Ref((Area(one.sheet, top, left_, bottom, right_),))


class Call(Node):
    """A call of a function of the catalogue."""

    __slots__ = ("_letters", "_lifting", "_single", "arguments", "lists", "spec")

    def __init__(self, spec: Spec, arguments: Sequence[Node]) -> None:
        self.spec, self.arguments = spec, arguments
        self._letters = spec.letters(len(arguments)) or ""
        self._single = [letter in SINGLE or letter == "w" for letter in self._letters]
        self._lifting = [letter in SINGLE for letter in self._letters]
        taken = zip(self._single, arguments, strict=False)
        self.lists = not spec.lazy and any(single and node.lists for single, node in taken)

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the result, an array where a single value was asked for and many were given."""
        spec = self.spec
        if spec.lazy:
            try:
                return spec.function(context, self.arguments, array)  # type: ignore[no-any-return]
            except Fault as fault:
                return fault.code
        given: list[Any] = []
        many = False
        for letter, single, node in zip(self._letters, self._single, self.arguments, strict=True):
            value: Any = node.compute(context, array or letter == "a")
            if single:
                try:
                    value = _strict(node, value) if letter in "xyz" else value
                    value = _one_or_list(context, node, value, array)
                except Fault as fault:
                    value = fault.code
                many = many or (letter != "w" and isinstance(value, np.ndarray))
            given.append(value)
        if spec.name in ("VLOOKUP", "HLOOKUP") and _side_by_side(given[0], given[2:3]):
            raise Unsupported
        if not many:
            return applied(spec, context, self._letters, given)  # type: ignore[no-any-return]

        def one(*values: Any) -> Scalar:
            result = applied(spec, context, self._letters, values)
            return context.single(result, False)  # type: ignore[no-any-return]

        return lifted(one, given, self._lifting)


def _side_by_side(wanted: Any, number: Sequence[Any]) -> bool:
    """Whether a lookup has lists of two lengths for what is looked for and for the line: Excel takes the first line."""
    lists = [value for value in (wanted, *number) if isinstance(value, np.ndarray) and value.size > 1]
    return len(lists) == 2 and any(a != b and 1 not in (a, b) for a, b in zip(*[v.shape for v in lists], strict=True))


def _operand(context: Context, node: Node, array: bool) -> Any:
    return _one_or_list(context, node, node.compute(context, array), array)


def _one_or_list(context: Context, node: Node, value: Raw, array: bool) -> Any:
    """Return what an operator takes: in a formula of one cell one value, but a list in braces as a whole."""
    return context.single(value, array or (node.lists and isinstance(value, np.ndarray)))


def _strict(node: Node, value: Raw) -> Raw:
    """Return an argument of a function that was once an add-in: no range of many cells, and nothing left empty."""
    if node is HOLE:
        raise Fault(NA)
    if isinstance(value, Ref) and not value.area.is_cell:
        raise Fault(VALUE)
    return value


class Applied(Node):
    """A LAMBDA, or a name that stands for one, called with arguments."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Node, arguments: Sequence[Node]) -> None:
        self.function, self.arguments = function, arguments

    def compute(self, context: Context, array: bool) -> Raw:
        """Return what the LAMBDA gives."""
        function = self.function.compute(context, array)
        if not isinstance(function, Closure):
            return function if isinstance(function, ErrorValue) else VALUE
        if not function.least <= len(self.arguments) <= function.most:
            return VALUE
        return function.call(*[node.compute(context, array) for node in self.arguments])  # type: ignore[no-any-return]
