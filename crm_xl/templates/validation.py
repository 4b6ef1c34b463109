"""Input validation, made from the field that belongs in a cell: what may stand there, and what the user is told."""

from typing import Any

from crm_xl.data import term
from crm_xl.engine.schema import Field, choice_words
from crm_xl.templates.draft import Draft
from crm_xl.templates.lists import list_name

# What Excel allows in the little windows beside a cell.
_TITLE, _MESSAGE = 32, 255
LONGEST_TEXT = 200
_MOST = 1e15
# Dates in cells are serial numbers; these are 1954 and 2200, as `engine.timeline.as_date` reads them.
_FIRST_DATE, _LAST_DATE = 20_000, 109_999


def validation(draft: Draft, field: Field, at: str, *, maximum: float | None = None) -> dict[str, Any]:
    """Return what XlsxWriter wants to know to validate an input cell.

    Parameters
    ----------
    field
        A column of a table, or a key of the assumptions.
    at
        The first cell, with a free row, for a rule that is a formula.
    maximum
        A tighter limit than that of the field.
    """
    language = draft.spec.language
    rule, expected = _rule(draft, field, at, maximum)
    title = field.label(language)[:_TITLE]
    text = field.description(language)
    return rule | {
        "input_title": title,
        "input_message": (draft.say("required_input", text=text) if field.required else text)[:_MESSAGE],
        "error_title": title,
        "error_message": draft.say("error_message", expected=expected)[:_MESSAGE],
    }


def _rule(draft: Draft, field: Field, at: str, maximum: float | None) -> tuple[dict[str, Any], str]:
    """The rule, and what is expected in words."""
    language = draft.spec.language
    if field.type == "yesno" or (field.type == "choice" and field.choices):
        words = choice_words(field.choices or "yesno")[language]
        expected = term("expected_choice", language, choices=", ".join(words))
        return {"validate": "list", "source": f"={list_name(field)}"}, expected
    if field.choices == "component":
        return {"validate": "list", "source": "=Component_list"}, draft.say("expected_component")
    match field.type:
        case "currency":
            return {"validate": "list", "source": "=Currency_list"}, draft.say("expected_currency")
        case "text" | "names":
            return _between("length", 0, LONGEST_TEXT), draft.say("expected_text", most=LONGEST_TEXT)
        case "date":
            return _between("integer", _FIRST_DATE, _LAST_DATE), draft.say("expected_date")
        case "when":
            years = f"AND({at}>=1,{at}<=Model_years),AND({at}>=Calendar_from,{at}<=Calendar_to)"
            return {"validate": "custom", "value": f"=AND(ISNUMBER({at}),OR({years},{at}>=Date_from))"}, term(
                "expected_date", language
            )
        case kind:
            low = -_MOST if field.minimum is None else field.minimum
            high = maximum or field.maximum
            rule = _between("integer" if kind == "integer" else "decimal", low, high or _MOST)
            return rule, _expected_number(kind, field.minimum, high, language)


def _between(kind: str, low: float, high: float) -> dict[str, Any]:
    return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}


def _expected_number(kind: str, low: float | None, high: float | None, language: str) -> str:
    percent = kind in ("rate", "discount")
    form = "{:.0%}" if percent else "{:g}"
    if low is not None and high is not None:
        key = "expected_rate_range" if percent else "expected_number_range"
        return term(key, language, minimum=form.format(low), maximum=form.format(high))
    if low is not None:
        return term("expected_not_below", language, minimum=form.format(low))
    return term("expected_percentage" if percent else "expected_number", language)
