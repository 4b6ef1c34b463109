"""Workbooks as departments return them, for fuzzing: filled forms in both languages."""

from functools import cache

from tests.collection.forms import Form


@cache
def forms() -> list[bytes]:
    english = Form()
    english.line(6, component="Licence", item="Seats", quantity=10.0, unit_cost=120.5, start=1.0)
    english.line(7, component="Training", item="=1+1", amount=900.0)
    return [english.bytes(), Form("zh").bytes()]
