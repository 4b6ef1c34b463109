"""Which formulas of an evaluated workbook the engine could not compute, and why.

What it cannot compute, and everything that depends on that, is told apart from formulas whose honest result is an
error.
"""

import re
from collections.abc import Mapping

import formualizer as fz

from crm_xl.functions import REGISTRY
from crm_xl.hosts.headless.calculation.dependents import Failure, causes
from crm_xl.hosts.headless.calculation.loading import Loaded
from crm_xl.xlsx.references import Area, Position, cell_name

# Errors that mean that the engine could not compute, not that the formula has no value.
_REASONS = {
    "Name": "formula_name_unknown",
    "Circ": "formula_circular",
    "NImpl": "formula_not_supported",
    "Error": "formula_unreadable",
    "Cancelled": "formula_not_supported",
    "Spill": "formula_spill_blocked",
}
# Reasons that may only have been handed down by another cell.
_INHERITED = frozenset({*_REASONS.values(), "formula_array_in_one_cell"}) - {"formula_circular"}


def judged(
    model: Loaded,
    not_computed: Mapping[Position, Failure],
    outdated: Mapping[Position, Failure],
    kept: Mapping[Position, Failure],
) -> dict[Position, Failure]:
    """Return the formulas that were not computed: those at fault, and all that depend on them.

    Parameters
    ----------
    not_computed
        Formulas at which the functions here gave up.
    outdated
        Formulas that keep what is stored although what they read has changed.
    kept
        Formulas that keep what is stored; where it is not outdated, what depends on it was computed from it.
    """
    failures = {p: f for p, f in {**model.static, **not_computed}.items() if p not in kept} | dict(outdated)
    for position in model.formulas:
        if position in failures or position in model.withheld:
            continue
        if (failure := failure_of(model, position)) is not None:
            failures[position] = failure
    for position, area in model.spills.items():
        if position not in failures and position not in model.withheld and _in_the_way(model, position, area):
            failures[position] = Failure("formula_spill_blocked", {})
    found = with_dependents(model, failures) if failures else {}
    return {p: explained(model, p, f) for p, f in {**kept, **found}.items()}


def failure_of(model: Loaded, position: Position) -> Failure | None:
    """Return why the engine could not compute a formula, or None if its value is its honest result."""
    value = model.engine.get_value(*position)
    if type(value) is not dict or (key := _REASONS.get(value["kind"])) is None:
        return None
    if value["kind"] == "Name" and model.computed_here(position):
        # What is not known is told when the formula is parsed: this is an error that it reads.
        return None
    if value["kind"] == "Spill" and position not in model.arrays and position[0] != model.trial:
        return Failure("formula_array_in_one_cell", {})
    return Failure(key, {})


def _in_the_way(model: Loaded, position: Position, area: Area) -> bool:
    """Whether a spill runs into merged cells or a table, which the engine does not know of."""
    if area.is_cell:
        return False
    others = [merged._replace(sheet=area.sheet) for merged in model.sheets[area.sheet].merged]
    others += [table.area for table in model.structure.tables.values() if table.area.sheet == area.sheet]
    return any(area.meets(other) for other in others)


def with_dependents(model: Loaded, failures: Mapping[Position, Failure]) -> dict[Position, Failure]:
    """Return the failures with those that follow from them, each of which names the one it comes from."""
    found = dict(failures)
    # A failed array keeps the cells that it has in the file; the engine may have filled others.
    filled = dict(model.arrays)
    for position, area in model.spills.items():
        old = filled[position]
        rows, columns = max(old.last_row, area.last_row), max(old.last_column, area.last_column)
        filled[position] = old._replace(last_row=rows, last_column=columns)
    for position, (sheet, row, column) in causes(failures, filled, model.uses).items():
        own = failures.get(position)
        if own is None or own.key in _INHERITED:
            found[position] = Failure("formula_depends", {"cell": f"{sheet}!{cell_name(row, column)}"})
    return found


def explained(model: Loaded, position: Position, failure: Failure) -> Failure:
    """Say which function or name a formula asks for, where the engine knows it not."""
    if failure.key != "formula_name_unknown":
        return failure
    for word in re.findall(r"([^\W\d][\w.]*)\(", re.sub(r'"[^"]*"', "", model.formulas[position])):
        if not _known(model, word):
            if close := REGISTRY.nearest(word):
                return Failure("formula_function_like", {"function": word, "suggestion": close})
            return Failure("formula_function_unknown", {"function": word})
    return failure


def _known(model: Loaded, function: str) -> bool:
    if model.rewriter.spellings.find(function):
        return True
    engine = fz.Workbook()
    engine.add_sheet("S")
    try:
        engine.set_formula("S", 1, 1, f"={function}()")
    except Exception:
        return False
    value = engine.evaluate_cell("S", 1, 1)
    return not (isinstance(value, dict) and value.get("kind") == "Name")
