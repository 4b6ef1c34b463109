"""What can go wrong, named by the rule that was broken.

Every exception carries the error that a spreadsheet cell shows for it (`code`) and the term in
`data/terms*.csv` that says in both languages what was found and what is allowed, so that a host
never has to show an exception text.
"""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from crm_xl.data import term


class ErrorValue(StrEnum):
    """An error as it stands in a spreadsheet cell."""

    NULL = "#NULL!"
    DIV0 = "#DIV/0!"
    VALUE = "#VALUE!"
    REF = "#REF!"
    NAME = "#NAME?"
    NUM = "#NUM!"
    NA = "#N/A"
    SPILL = "#SPILL!"
    CALC = "#CALC!"
    GETTING_DATA = "#GETTING_DATA"


# What a cell of a spreadsheet can hold.
Cell: TypeAlias = float | int | str | bool | dt.date | dt.datetime | ErrorValue | None


def in_language(details: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return the details of a message; one that is a word in both languages stands as a dictionary of them."""
    return {key: value[language] if isinstance(value, dict) else value for key, value in details.items()}


class CrmError(Exception):
    """Base of all errors that a user's input can cause; `code` is what the cell shows.

    `problems` are the problems of input tables behind it (`engine.problems.Problem`), where there are such.
    """

    code = ErrorValue.VALUE
    problems: tuple[Any, ...] = ()

    def __init__(self, key: str, **details: object) -> None:
        super().__init__(key)
        self.key = key
        self.details = details

    def text(self, language: str = "en") -> str:
        """Return the reason in the language of the user."""
        return term(self.key, language, **in_language(self.details, language))

    def __str__(self) -> str:
        return self.text()


class UnreadableError(CrmError):
    """Something cannot be read: #VALUE!."""


class NotThereError(CrmError):
    """Something that was asked for is not there: #N/A."""

    code = ErrorValue.NA


class NoAnswerError(CrmError):
    """The question has no answer: #NUM!."""

    code = ErrorValue.NUM


class DivisionByZeroError(CrmError):
    """A division by zero: #DIV/0!."""

    code = ErrorValue.DIV0


class InputCellError(CrmError):
    """An input cell holds an error, which is handed on as it is."""

    def __init__(self, code: ErrorValue, key: str, **details: object) -> None:
        super().__init__(key, **details)
        self.code = code
