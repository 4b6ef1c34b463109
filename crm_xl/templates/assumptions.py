"""The Assumptions sheet: every key of the assumptions with its default, and rows for exchange rates."""

from typing import Any

from crm_xl.engine.schema import Field, assumption_fields, choice_labels
from crm_xl.templates.draft import Draft, cell
from crm_xl.templates.example import example_assumptions
from crm_xl.templates.page import LEFT, TOP, Page
from crm_xl.templates.spec import RATE_ROWS
from crm_xl.templates.validation import LONGEST_TEXT, validation

_NUMBERS = {"rate": "percent", "date": "date", "integer": "year", "number": ""}
_WIDTHS = (26, 18, 10, 20, 84)
_VALUE, _YEAR, _UNIT, _NOTE = LEFT + 1, LEFT + 2, LEFT + 3, LEFT + 4


def fill(draft: Draft, page: Page) -> None:
    """Draw the sheet. The department kind reads the assumptions of the controller and cannot change them."""
    page.head(_WIDTHS)
    fields = list(assumption_fields().values())
    given, rates = _given(draft)
    for row, field in enumerate(fields, TOP + 1):
        _key(draft, page, row, field, given.get(field.key))
    first_rate = TOP + 1 + len(fields)
    _rates(draft, page, first_rate, rates)
    last = first_rate + RATE_ROWS - 1
    headers = [draft.say(f"assumption_{key}") for key in ("assumption", "value", "year", "unit", "note")]
    style = draft.styles.get("header")
    page.sheet.add_table(
        TOP, LEFT, last, _NOTE,
        {
            "name": "Assumptions", "style": None, "autofilter": False, "banded_rows": False,
            "columns": [{"header": text, "header_format": style} for text in headers],
        },
    )  # fmt: skip
    page.sheet.set_row(TOP, 24)
    draft.name_of_table("Assumptions", draft.say("name_assumptions"))
    for key, header in zip(("assumption", "value", "year"), headers, strict=False):
        draft.places[f"assumptions.{key}"] = f"Assumptions[{header}]"
    draft.places["assumptions.rates"] = str(len(fields))
    page.finish(last, freeze=(TOP + 1, LEFT + 1), repeat=TOP)


def defaults(draft: Draft) -> dict[str, Any]:
    """Return what the assumptions say where the user says nothing, as cells show it."""
    found: dict[str, Any] = {}
    for field in assumption_fields().values():
        text = field.default
        if not text:
            found[field.key] = None
        elif field.type in ("choice", "yesno"):
            found[field.key] = choice_labels(field.choices or "yesno", draft.spec.language)[text]
        else:
            found[field.key] = text if field.type == "currency" else float(text)
    return found


def _given(draft: Draft) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The values that stand in the workbook, by key, and the rows of exchange rates."""
    spec = draft.spec
    given = defaults(draft) | {"start_date": spec.start, "years": spec.years, "currency": spec.currency}
    rates = [{"key": pair, "value": rate, "year": year, "note": ""} for pair, rate, year in spec.rates]
    for row in example_assumptions(spec) if spec.example else ():
        if row["key"] in given:
            given[row["key"]] = row["value"]
        else:
            rates.append(row)
    return given, rates


def _input(draft: Draft) -> str:
    return "input" if draft.spec.finance else "constant"


def _key(draft: Draft, page: Page, row: int, field: Field, value: Any) -> None:
    """The row of one key."""
    language = draft.spec.language
    page.write(row, LEFT, field.label(language), "label")
    page.write(row, _VALUE, value, _input(draft), _NUMBERS.get(field.type, ""), align="right")
    page.write(row, _YEAR, None, "constant")
    page.write(row, _UNIT, draft.say(f"unit_{field.unit.replace(' ', '_') or field.type}"), "note")
    page.wrapped(row, _NOTE, field.description(language), "note")
    most = float(draft.spec.years) if field.key == "years" else None
    page.sheet.data_validation(row, _VALUE, row, _VALUE, validation(draft, field, cell(row, _VALUE), maximum=most))


def _rates(draft: Draft, page: Page, first: int, rates: list[dict[str, Any]]) -> None:
    """Blank rows for exchange rates, those of the example filled in."""
    role = _input(draft)
    for i in range(RATE_ROWS):
        given = rates[i] if i < len(rates) else {"key": None, "value": None, "year": None, "note": ""}
        row = first + i
        page.sheet.set_row(row, 20)
        page.write(row, LEFT, given["key"], role)
        page.write(row, _VALUE, given["value"], role, "rate", align="right")
        page.write(row, _YEAR, given["year"], role, "year")
        page.write(row, _UNIT, draft.say("unit_exchange_rate"), "note")
        page.write(row, _NOTE, given["note"], role, text_wrap=True)
    last = first + RATE_ROWS - 1
    at = {column: cell(first, column, row_fixed=False, column_fixed=False) for column in (LEFT, _VALUE, _YEAR)}
    rules: tuple[tuple[str, int, dict[str, Any]], ...] = (
        ("pair", LEFT, {"validate": "custom", "value": f'=ISNUMBER(SEARCH("/",{at[LEFT]}))'}),
        ("rate", _VALUE, {"validate": "decimal", "criteria": ">", "value": 0}),
        ("year", _YEAR, {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": "=Calendar_to"}),
        ("source", _NOTE, {"validate": "length", "criteria": "<=", "value": LONGEST_TEXT}),
    )
    for key, column, rule in rules:
        title, text = draft.say(f"rate_{key}"), draft.say(f"rate_{key}_help")
        told = {"input_title": title, "input_message": text, "error_title": title, "error_message": text}
        page.sheet.data_validation(first, column, last, column, rule | told)
