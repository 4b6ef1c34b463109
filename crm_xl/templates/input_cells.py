"""Single input cells beside results: a label, the unlocked cell with its validation, and what it is for."""

from collections.abc import Mapping
from typing import Any

from crm_xl.templates.draft import Draft
from crm_xl.templates.page import LEFT, Page, Value

TEXT: Mapping[str, Any] = {"validate": "length", "criteria": "<=", "value": 60}


def between(low: float, high: float, *, whole: bool = False) -> dict[str, Any]:
    """Return the rule of a number between two others."""
    return {"validate": "integer" if whole else "decimal", "criteria": "between", "minimum": low, "maximum": high}


def one_of(name: str) -> dict[str, Any]:
    """Return the rule of a choice from a named list."""
    return {"validate": "list", "source": f"={name}"}


def asked(draft: Draft, page: Page, row: int, key: str, value: Value, rule: Mapping[str, Any], number: str = "") -> str:
    """Write a labelled input cell, its help beside it, and return a fixed reference to the cell."""
    title, text = draft.say(f"input_{key}"), draft.say(f"input_{key}_help")
    page.write(row, LEFT, title, "label")
    place = page.write(row, LEFT + 1, value, "input", number, align="right")
    page.write(row, LEFT + 2, text, "subtitle", indent=1)
    told = {"input_title": title[:32], "input_message": text, "error_title": title[:32], "error_message": text}
    page.sheet.data_validation(row, LEFT + 1, row, LEFT + 1, {**rule, **told})
    return place
