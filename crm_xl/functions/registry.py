"""The one registry of functions: every host, the command line, the reference pages and the template read it.

A function is written once, as a plain Python function under the name that users type, and registered with
the texts that the function wizard shows. What a host calls is `Function.call`: it brings the arguments into
one form (tables as `Range`, scalars as cells, whatever is left out or empty as the default), hands an error
in a scalar argument on, and raises nothing but `CrmError`, whose `code` is the error that the cell shows. Every
number that it gives out is finite: where the arithmetic of a function breaks down, the answer is #NUM!.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import cleandoc
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from crm_xl.engine.cells import Cell, Range, as_error, as_range, as_scalar, is_blank
from crm_xl.engine.columns import suggestion
from crm_xl.engine.problems import said
from crm_xl.errors import CrmError, ErrorValue, InputCellError, NoAnswerError, UnreadableError
from crm_xl.functions.arranging import arranged, takes_headers

Table: TypeAlias = Sequence[Sequence[Cell]]
Result: TypeAlias = Cell | Table

# The longest text that Excel's function wizard shows for a function or an argument.
WIZARD_TEXT = 255


class Text(NamedTuple):
    """One text in both languages."""

    en: str
    zh: str

    def in_(self, language: str) -> str:
        """Return the text in a language."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One argument of a function: `kind` says whether users hand over a range with headers or one value.

    `or_value` is set for a table in whose place a value may stand.
    """

    name: str
    text: Text
    kind: Literal["table", "value"] = "value"
    optional: bool = True
    or_value: bool = False

    def __post_init__(self) -> None:
        if max(map(len, self.text)) > WIZARD_TEXT:
            raise ValueError(f"the text of argument {self.name} is longer than {WIZARD_TEXT} characters")


@dataclass(frozen=True, kw_only=True)
class Function:
    """One function that users type.

    `result` names the form of what it returns and `returns` describes it; `errors` says what each error in the cell
    means; `notes` are the special cases; `source` is where a formula comes from.
    """

    name: str
    alias: str
    category: Text
    summary: Text
    parameters: tuple[Parameter, ...]
    result: Literal["money", "number", "text", "table"]
    returns: Text
    errors: Mapping[ErrorValue, Text]
    notes: tuple[Text, ...]
    source: str
    example: str
    implementation: Callable[..., Result]

    @cached_property
    def required(self) -> int:
        """The number of arguments that have to be given."""
        return sum(not p.optional for p in self.parameters)

    @property
    def signature(self) -> str:
        """The form to type, optional arguments in brackets: `CRM_TOTAL(costs, [assumptions])`."""
        return f"{self.name}({', '.join(f'[{p.name}]' if p.optional else p.name for p in self.parameters)})"

    def call(self, *arguments: Any) -> Result:
        """Call the function with arguments as a host received them.

        Returns
        -------
        One cell value, or rows of cell values (equally long; blanks as "").

        Raises
        ------
        CrmError
            With the error that the cell is to show in `code` and the reason in `text(language)`.
        """
        if len(arguments) > len(self.parameters):
            raise UnreadableError("too_many_arguments", function=self.name, allowed=len(self.parameters))
        given = arranged(self, arguments)
        values = [_argument(self, p, a) for p, a in zip(self.parameters, given, strict=False)]
        for parameter in self.parameters[len(values) : self.required]:
            raise UnreadableError("argument_missing", function=self.name, argument=parameter.name)
        try:
            with np.errstate(over="raise", divide="raise", invalid="raise"):
                result = self.implementation(*values)
            if _is_finite(result):
                return result
            raise NoAnswerError("figure_too_large", function=self.name)
        except CrmError:
            raise
        except (FloatingPointError, OverflowError) as broken:
            raise NoAnswerError("figure_too_large", function=self.name) from broken
        except Exception as fault:
            # A defect of ours: the cell must still show a real error and no traceback.
            raise UnreadableError("internal_fault", function=self.name, fault=type(fault).__name__) from fault


def _is_finite(result: Result) -> bool:
    cells = chain.from_iterable(result) if isinstance(result, list | tuple) else (result,)
    return all(math.isfinite(cell) for cell in cells if isinstance(cell, float))


def _argument(function: Function, parameter: Parameter, value: Any) -> Range | Cell:
    found = _as_table(value) if parameter.kind == "table" else as_scalar(value)
    if isinstance(found, list | tuple):
        raise UnreadableError("argument_not_one_cell", function=function.name, argument=parameter.name)
    if not isinstance(found, Range):
        if error := as_error(found):
            raise InputCellError(error, "argument_holds_error", argument=parameter.name, found=error)
        if is_blank(found):
            found = None
    elif takes_headers(parameter) and len(found.cells) == 1:
        table = f"{parameter.name.capitalize()}[#All]"
        details = {"function": function.name, "argument": parameter.name, "table": table, "found": said(found.cells[0])}
        raise UnreadableError("argument_not_table", **details)
    if found is None and not parameter.optional:
        raise UnreadableError("argument_missing", function=function.name, argument=parameter.name)
    return found


def _as_table(value: Any) -> Range | Cell:
    """A range, or the one cell of it where that is blank or holds an error: then there is no table."""
    if value is None or isinstance(value, ErrorValue):
        return value
    cells = as_range(value)
    if not cells.cells:
        return None
    only = as_scalar(cells)
    return only if not isinstance(only, list | tuple) and (is_blank(only) or as_error(only)) else cells


class Registry:
    """The functions by name, in the order in which they were registered."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}

    def add(self, function: Function) -> None:
        """Register a function; a second one of the same name is a mistake of the programmer."""
        if function.name in self._functions:
            raise ValueError(f"{function.name} is registered twice")
        self._functions[function.name] = function

    def nearest(self, name: str) -> str:
        """Return the function whose name or Chinese alias comes closest to a typed one, or nothing.

        >>> REGISTRY.nearest("CRM_TOTL"), REGISTRY.nearest("SUM")
        ('CRM_TOTAL', '')
        """
        if not name.upper().startswith("CRM"):
            return ""
        names = {known: f.name for f in self for known in (f.name, f.alias, f.name.removeprefix("CRM_"))}
        close = suggestion(name, tuple(names)) or suggestion(name[3:].lstrip("_. "), tuple(names))
        return names.get(close, "")

    def __getitem__(self, name: str) -> Function:
        return self._functions[name.upper()]

    def __contains__(self, name: str) -> bool:
        return name.upper() in self._functions

    def __iter__(self) -> Iterator[Function]:
        return iter(self._functions.values())

    def __len__(self) -> int:
        return len(self._functions)


REGISTRY = Registry()


def function(
    *,
    alias: str,
    category: Text,
    summary: Text,
    parameters: tuple[Parameter, ...],
    result: Literal["money", "number", "text", "table"],
    returns: Text,
    example: str,
    errors: Mapping[ErrorValue, Text] | None = None,
    notes: tuple[Text, ...] = (),
    source: str = "",
) -> Callable[[Callable[..., Result]], Callable[..., Result]]:
    """Register the decorated function under its own name and return it with its full docstring.

    The docstring in the source holds what only a programmer needs, the example that runs; the rest of it is made
    from the texts given here, so that each is written once.
    """
    if max(map(len, summary)) > WIZARD_TEXT:
        raise ValueError(f"the summary is longer than {WIZARD_TEXT} characters: {summary.en}")

    def register(implementation: Callable[..., Result]) -> Callable[..., Result]:
        registered = Function(
            name=implementation.__name__,
            alias=alias,
            category=category,
            summary=summary,
            parameters=parameters,
            result=result,
            returns=returns,
            errors=errors or {},
            notes=notes,
            source=source,
            example=example,
            implementation=implementation,
        )
        REGISTRY.add(registered)
        implementation.__doc__ = _docstring(registered)
        return implementation

    return register


def _docstring(entry: Function) -> str:
    """The numpydoc text of a function: its texts in English and the examples of its source."""

    def section(title: str, lines: list[str]) -> list[str]:
        return ["", title, "-" * len(title), *lines] if lines else []

    parameters = [
        line
        for p in entry.parameters
        for line in (f"{p.name} : {p.kind}{', optional' if p.optional else ''}", f"    {p.text.en.strip()}")
    ]
    raises = [line for code, text in entry.errors.items() for line in (f"{code}", f"    {text.en}")]
    return "\n".join(
        [
            entry.summary.en,
            *section("Parameters", parameters),
            *section("Returns", [entry.result, f"    {entry.returns.en}"]),
            *section("Raises", raises),
            *section(
                "Notes", [note.en for note in entry.notes] + ([f"Source: {entry.source}"] if entry.source else [])
            ),
            *section("Examples", [cleandoc(entry.implementation.__doc__ or "")]),
            "",
        ]
    )
