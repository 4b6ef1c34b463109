"""Keys of the engine as users read them, in the language of the table, and lines that spill."""

from crm_xl.data import term
from crm_xl.engine.cells import Cell
from crm_xl.engine.components import COMPONENTS, OTHER, component_label, sub_items
from crm_xl.engine.model import Model
from crm_xl.engine.schema import choice_labels, choices, normalise
from crm_xl.engine.timeline import PERIODS
from crm_xl.functions.registry import Table


def component(key: str, language: str) -> str:
    """Return the name of a component; a name that a user made is reported as other."""
    if key in COMPONENTS:
        return component_label(key, language)
    if choices("other_component").get(normalise(key)) == OTHER:
        return term("other", language)
    return term("other_named", language, name=key)


def dimension(name: str, key: str, language: str) -> str:
    """Return the name of a row or column of a cut."""
    if not key:
        return term("not_stated", language)
    match name:
        case "component":
            return component(key, language)
        case "sub_item":
            of, _, typed = key.partition(":")
            return sub_items(of)[typed].label(language) if of else typed or term("not_stated", language)
        case "nature":
            return term(key, language)
        case "frequency" | "treatment":
            return choice_labels(name, language)[key]
    return key


def dimension_title(name: str, language: str) -> str:
    """Return the header of a dimension."""
    title = choice_labels("dimension", language)[name]
    return title[0].upper() + title[1:]


def keys(name: str, found: tuple[str, ...], model: Model, language: str) -> list[Cell]:
    """Return the names of the columns of a cut."""
    if name in PERIODS:
        return model.timeline.labels(language, len(found), name)
    return [dimension(name, key, language) for key in found]


def unpriced_rows(model: Model, width: int, language: str | None = None) -> Table:
    """Return the row that names and counts lines without a price, or no row when every line has one.

    It is the last row of every table over cost lines, in the language of the costs where no other is given.
    """
    lines = model.unpriced
    if not len(lines):
        return []
    items = model.labels["item"]
    names = [items.names[c] if (c := items.codes[i]) >= 0 else f"#{model.rows[i] + 1}" for i in lines[:5]]
    shown = [*names, "…"] if len(lines) > len(names) else names
    told = term("unpriced_lines", language or model.language, count=len(lines), names=shown)
    return [[told, *[""] * (width - 1)]]
