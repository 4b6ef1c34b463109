"""A formula as a tree, and how each of its nodes is computed.

Each node computes itself for a `Context`, in an array formula or not. In a formula of one cell, an operator or an
argument that wants one value takes the one of a range that stands in the formula's own row or column.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.worksheet_functions.arrays import Block, Closure, Raw, Ref, lifted, sized
from crm_xl.hosts.headless.worksheet_functions.catalogue import SINGLE, Spec, applied
from crm_xl.hosts.headless.worksheet_functions.operators import operated, signed
from crm_xl.hosts.headless.worksheet_functions.values import NA, REF, VALUE, Array, Fault, Scalar, Unsupported
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area


class Needs(Exception):  # noqa: N818
    """A formula turns out to read an area that was not among its arguments."""

    def __init__(self, area: Area) -> None:
        super().__init__(area)
        self.area = area


class Surroundings(Protocol):
    """What formulas can ask of the workbook besides the contents of cells."""

    since_1904: bool
    # Whether it was saved on a Macintosh, which has other letters at the codes from 128 on.
    macintosh: bool
    sheets: Sequence[str]

    def used(self) -> tuple[int, int]:
        """The last row and column that anything stands in, on any sheet."""

    def hidden(self, sheet: str, row: int) -> bool:
        """Whether a row is hidden."""

    def filtered(self, sheet: str, row: int) -> bool:
        """Whether a filter hides a row."""

    def formula(self, sheet: str, row: int, column: int) -> str | None:
        """Return the formula of a cell as it is typed, without its `=`."""

    def resolved(self, text: str, sheet: str, row: int, column: int) -> Area | None:
        """Return the area that a text names for a formula of a cell, or None."""


class Context:
    """One computation of a formula: the cell it stands in, the contents that came with it, and local names."""

    __slots__ = ("array", "blocks", "book", "column", "depth", "names", "offset", "row", "sheet", "since_1904", "slots")

    def __init__(
        self,
        book: Surroundings,
        cell: tuple[str, int, int],
        slots: Sequence[tuple[Area | None, Any]],
        offset: tuple[int, int],
        *,
        array: bool,
    ) -> None:
        self.book, self.slots, self.offset, self.array = book, slots, offset, array
        self.sheet, self.row, self.column = cell
        self.since_1904 = book.since_1904
        self.names: Mapping[str, Raw] = {}
        self.depth = 0

    def with_names(self, names: Mapping[str, Raw]) -> "Context":
        """Return the same computation with more local names."""
        inner = Context(self.book, (self.sheet, self.row, self.column), self.slots, self.offset, array=self.array)
        inner.names = {**self.names, **names}
        inner.depth = self.depth + 1
        if inner.depth > 200:
            raise Unsupported("formula_too_deep")
        return inner

    def clipped(self, area: Area) -> Area:
        """Return an area of whole rows or columns as far as anything stands in them."""
        if area.last_row == LAST_ROW or area.last_column == LAST_COLUMN:
            rows, columns = self.book.used()
            last_row = max(area.first_row, rows) if area.last_row == LAST_ROW else area.last_row
            last = max(area.first_column, columns) if area.last_column == LAST_COLUMN else area.last_column
            return area._replace(last_row=last_row, last_column=last)
        return area

    def values(self, ref: Ref) -> Raw:
        """Return what a reference to one area holds: one value, or an array."""
        area = ref.area
        if ref.slot is not None:
            content = self.slots[ref.slot][1]
            if isinstance(content, Block):
                content = content.values
            if not isinstance(content, np.ndarray) and area.is_cell:
                return content  # type: ignore[no-any-return]
            return self._full(content, area)
        return self._found(area)

    def _full(self, content: Any, area: Area) -> Array:
        if not isinstance(content, np.ndarray):
            content = np.array([[content]], dtype=object)
        area = self.clipped(area)
        return sized(content, area.last_row - area.first_row + 1, area.last_column - area.first_column + 1)

    def _found(self, area: Area) -> Raw:
        wanted = self.clipped(area)
        for held, content in self.slots:
            if held is None or held.sheet != area.sheet:
                continue
            if held.first_row <= wanted.first_row and held.first_column <= wanted.first_column and (
                held.last_row >= wanted.last_row and held.last_column >= wanted.last_column
            ):
                if isinstance(content, Block):
                    content = content.values
                if not isinstance(content, np.ndarray):
                    content = np.array([[content]], dtype=object)
                top, left = wanted.first_row - held.first_row, wanted.first_column - held.first_column
                height, width = wanted.last_row - wanted.first_row + 1, wanted.last_column - wanted.first_column + 1
                part = sized(content[top : top + height, left : left + width], height, width)
                return part.ravel().tolist()[0] if wanted.is_cell else part  # type: ignore[no-any-return]
        raise Needs(area)

    def block(self, ref: Ref) -> Block | None:
        """Return the shared contents of an area, where they are such."""
        content = None if ref.slot is None else self.slots[ref.slot][1]
        return content if isinstance(content, Block) else None

    def single(self, value: Raw, array: bool) -> Any:
        """Return what an argument of one value takes: in an array formula possibly an array of values."""
        if isinstance(value, Ref):
            if len(value.areas) == 1 and value.areas[0].is_cell:
                return self.values(value)
            if array:
                return self.array_of(value)
            return self.values(self.own_cell(value))
        if isinstance(value, np.ndarray):
            if array and value.size != 1:
                return value
            if not value.size:
                return ErrorValue.CALC
            first = value[0, 0]
            return first.item() if isinstance(first, np.generic) else first
        if isinstance(value, Closure):
            return ErrorValue.CALC
        return value

    def own_cell(self, ref: Ref) -> Ref:
        """Return the cell of a range that stands in the formula's own row or column.

        Raises
        ------
        Fault
            #VALUE! where there is none.
        """
        area = ref.area
        row = area.first_row if area.first_row == area.last_row else self.row
        column = area.first_column if area.first_column == area.last_column else self.column
        if not area.contains(row, column) or (area.first_row != area.last_row and area.first_column != area.last_column):
            raise Fault(VALUE)
        return self.part(ref, row - area.first_row, column - area.first_column, 1, 1)

    @staticmethod
    def part(ref: Ref, down: int, right: int, height: int, width: int) -> Ref:
        """Return a part of an area as a reference of its own."""
        area = ref.area
        top, left = area.first_row + down, area.first_column + right
        if top < 1 or left < 1 or top + height - 1 > LAST_ROW or left + width - 1 > LAST_COLUMN:
            raise Fault(REF)
        return Ref((Area(area.sheet, top, left, top + height - 1, left + width - 1),))

    def array_of(self, value: Raw) -> Array:
        """Return a reference, an array or a value as an array."""
        if isinstance(value, Ref):
            if len(value.areas) != 1:
                raise Fault(VALUE)
            value = self.values(value)
        if isinstance(value, np.ndarray):
            return value
        return np.array([[value]], dtype=object)

    def contents(self, value: Raw) -> list[Array]:
        """Return the arrays of all areas of a reference, or of what else holds many values."""
        if isinstance(value, Ref) and len(value.areas) > 1:
            return [self.array_of(Ref((area,))) for area in value.areas]
        return [self.array_of(value)]


class Node:
    """A part of a formula."""

    __slots__ = ()

    def compute(self, context: Context, array: bool) -> Raw:
        """Return what it gives; an error is a value."""
        raise NotImplementedError


class Constant(Node):
    """A value, or an array in braces."""

    __slots__ = ("value",)

    def __init__(self, value: Scalar | Array) -> None:
        self.value = value

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

    __slots__ = ("ends", "left", "operator", "right")

    def __init__(self, operator: str, left: Node, right: Node) -> None:
        self.operator, self.left, self.right, self.ends = operator, left, right, False

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the result, an array where an operand is one."""
        try:
            left = context.single(self.left.compute(context, array), array)
            right = context.single(self.right.compute(context, array), array)
        except Fault as fault:
            return fault.code
        return operated(self.operator, left, right, context.since_1904, ends=self.ends)


class Sign(Node):
    """A sign before, or % after, an operand."""

    __slots__ = ("operand", "operator")

    def __init__(self, operator: str, operand: Node) -> None:
        self.operator, self.operand = operator, operand

    def compute(self, context: Context, array: bool) -> Raw:
        """Return the result."""
        value = self.operand.compute(context, array)
        try:
            if self.operator == "()":
                return value
            if self.operator == "@":
                return context.single(value, False)  # type: ignore[no-any-return]
            if self.operator == "+":
                return value if isinstance(value, Ref) else context.single(value, array)
            return signed(self.operator, context.single(value, array), context.since_1904)
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

    __slots__ = ("_letters", "_single", "arguments", "spec")

    def __init__(self, spec: Spec, arguments: Sequence[Node]) -> None:
        self.spec, self.arguments = spec, arguments
        self._letters = spec.letters(len(arguments)) or ""
        self._single = [letter in SINGLE for letter in self._letters]

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
                    if letter in "xy":
                        # Functions that were once an add-in are strict.
                        if isinstance(value, Ref) and not value.area.is_cell:
                            raise Fault(VALUE)
                        if node is HOLE:
                            raise Fault(NA)
                    value = context.single(value, array)
                except Fault as fault:
                    value = fault.code
                many = many or isinstance(value, np.ndarray)
            given.append(value)
        if not many:
            return applied(spec, context, self._letters, given)  # type: ignore[no-any-return]

        def one(*values: Any) -> Scalar:
            result = applied(spec, context, self._letters, values)
            return context.single(result, False)  # type: ignore[no-any-return]

        return lifted(one, given, self._single)


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


def eta(spec: Spec) -> Callable[..., Any]:
    """Return a function of the catalogue as a LAMBDA calls it: `MAP(…, SUM)`."""

    def call(context: Context, *values: Any) -> Any:
        return Call(spec, [Constant(value) for value in values]).compute(context, True)

    return call


__all__ = ["HOLE", "NA", "Applied", "Call", "Constant", "Context", "Given", "Joined", "Local", "Needs", "Node"]
