"""The filled examples: one source for both languages in `crm_xl/data/example_*.csv`; the small ones' `example_small_*`.

A text has a column for each language (`item_en`, `item_zh`); everything else stands once, by its key.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from crm_xl.data import rows
from crm_xl.engine.components import COMPONENTS, component_label
from crm_xl.engine.schema import Field, assumption_fields, choice_labels, columns
from crm_xl.templates.spec import TemplateSpec


def example_rows(table: str, spec: TemplateSpec) -> list[dict[str, Any]]:
    """Return the lines of a table of the example as cell values by column key, in the language of a workbook.

    A workbook of one department has the lines of that department only.
    """
    found = [_values(row, table, spec.language) for row in _rows(table, spec)]
    return [row for row in found if spec.department in (None, row.get("department"))]


def example_assumptions(spec: TemplateSpec) -> list[dict[str, Any]]:
    """Return the assumptions of the example: key or currency pair, value, year, note."""
    found, language = [], spec.language
    for row in _rows("assumptions", spec):
        field = assumption_fields().get(row["key"])
        value = _value(field, row["value"], language) if field else float(row["value"])
        year = int(row["year"]) if row["year"] else None
        found.append({"key": row["key"], "value": value, "year": year, "note": row[f"note_{language}"]})
    return found


def own_components(spec: TemplateSpec) -> list[str]:
    """Return the components of the example beside the four, in the order of its lines."""
    lines = _rows("costs", spec)
    names = (_text(row, "component", spec.language) for row in lines if row["component"] not in COMPONENTS)
    return list(dict.fromkeys(names))


def _rows(table: str, spec: TemplateSpec) -> Sequence[dict[str, str]]:
    """The lines of a table as they are shipped. The small example has cost lines and assumptions, and nothing else."""
    if spec.company == "large":
        return rows(f"example_{table}")
    return rows(f"example_small_{table}") if table in ("costs", "assumptions") else ()


def _values(row: dict[str, str], table: str, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {"note": _text(row, "note", language)}
    for key, field in columns(table).items():
        text = _text(row, key, language)
        if text:
            found[key] = _value(field, text, language)
    return found


def _text(row: dict[str, str], key: str, language: str) -> str:
    """The text of a column, in the language where it has one for each."""
    return row.get(f"{key}_{language}") or row.get(key) or ""


def _value(field: Field, text: str, language: str) -> Any:
    if field.choices == "component":
        return component_label(text, language) if text in COMPONENTS else text
    match field.type:
        case "choice":
            return choice_labels(field.choices, language)[text]
        case "yesno":
            return choice_labels("yesno", language)[text]
        case "when" | "date":
            return int(text) if text.isdecimal() else dt.date.fromisoformat(text)
        case "text" | "currency":
            return text
        case _:
            return float(text)
