"""Who vouches for a result that no stored one could prove: a second engine, or what was measured of this one.

`data/reproduced.csv` lists the functions and the ways to use them for which this engine gave Excel's stored values
again in the workbooks of public repositories (`python -m benchmarks.fidelity FOLDER --list` measures them). A formula
that asks for anything else is told; where a value stands in its cell, that stays.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from crm_xl.data import rows
from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.calculation.dependents import Failure, causes
from crm_xl.hosts.headless.calculation.proving import shown
from crm_xl.hosts.headless.formulas.uses import OURS
from crm_xl.xlsx.references import Position, cell_name

if TYPE_CHECKING:
    from crm_xl.hosts.headless.calculation.model import Model


# What no stored value can prove, for it never gives the same twice; and what gives an error, which proves nothing.
_UNMEASURABLE = frozenset({"NOW", "TODAY", "RAND", "RANDBETWEEN", "NA"})
# What gives errors as Excel does beyond doubt.
_PLAIN = frozenset({"(arithmetic)", "(reference)", "NA"})


# A note gets what gives less than the file holds, rests on other workbooks, or depends on where iteration began.
_LOST = frozenset({"formula_spill_shrunk", "formula_value_lost", "formula_external_values", "formula_iterated"})


@dataclass
class Verdict:
    """The formulas that nothing vouches for: those whose cells keep what they hold, and those written all the same."""

    kept: dict[Position, Failure] = field(default_factory=dict)
    written: dict[Position, Failure] = field(default_factory=dict)


@cache
def reproduced() -> frozenset[str]:
    """Return the uses of functions and operators for which the engine was measured to give what Excel gives."""
    return frozenset(row["use"] for row in rows("reproduced")) | _UNMEASURABLE


def vouched(model: "Model", *, stale: bool) -> Verdict:
    """Look for somebody to vouch for each result that is new and unproved.

    Parameters
    ----------
    stale
        Whether the stored results are old, so that they need not stay.
    """
    verdict = Verdict()
    asked = [p for p in _unproved(model) if model.differs(p)]
    answers = model.second_engine.answers(model, asked) if model.second_engine is not None and asked else {}
    for position in asked:
        answer = answers.get(position)
        agreed = answer is not None and answer.agrees
        unmeasured = model.uses_of(position) - reproduced() - {OURS}
        if answer is not None and not answer.agrees:
            # Where nothing stands that could be kept, what was measured is written, and named.
            kept = bool(unmeasured) or model.stored_results.has(position)
            failure = Failure("engines_differ", {"first": answer.first, "second": answer.second})
            (verdict.kept if kept else verdict.written)[position] = failure
        elif not agreed and unmeasured:
            failure = Failure("formula_unmeasured", {"uses": sorted(unmeasured)})
            kept = model.stored_results.has(position) and not stale
            (verdict.kept if kept else verdict.written)[position] = failure
        elif (error := _new_error(model, position)) is not None:
            verdict.written[position] = Failure("formula_error_unproved", {"error": error})
        elif (lost := _lost(model, position)) is not None:
            verdict.written[position] = lost
    told = dict.fromkeys(_from_other_workbooks(model), "formula_external_values")
    told |= dict.fromkeys(model.iterated, "formula_iterated")
    for position, key in told.items():
        known = position in verdict.kept or position in verdict.written or model.stays(position)
        if not known and model.differs(position):
            verdict.written[position] = Failure(key, {})
    errors = {p for p, failure in verdict.written.items() if failure.key == "formula_error_unproved"}
    losses = {p for p, failure in verdict.written.items() if failure.key in _LOST}
    _name_dependents(model, verdict, verdict.written.keys() - errors - losses, "formula_depends_unproved")
    _name_dependents(model, verdict, errors, "formula_depends_error")
    return verdict


def _name_dependents(model: "Model", verdict: Verdict, roots: Set[Position], key: str) -> None:
    """Name what is computed from results that nothing vouches for."""
    in_order = [p for p in model.formulas if p in roots]
    for position, (sheet, row, column) in causes(in_order, model.arrays | model.spills, model.uses).items():
        if position not in verdict.written and position not in model.failures and model.differs(position):
            verdict.written[position] = Failure(key, {"cell": f"{sheet}!{cell_name(row, column)}"})


def _new_error(model: "Model", position: Position) -> ErrorValue | None:
    """Return the error that a formula gives and none of the cells that it reads has; None where there is none such."""
    if position in model.calls.callers or model.uses_of(position) <= _PLAIN:
        return None
    found = next((value for value in model.results(position) if isinstance(value, ErrorValue)), None)
    if found is None:
        return None
    for area in model.uses.get(position, ()):
        if found in model.errors_in(area):
            return None
    return found


def _from_other_workbooks(model: "Model") -> Iterator[Position]:
    """Yield the formulas that read what the file keeps of other workbooks."""
    if model.external_sheets:
        for position, areas in model.uses.items():
            if any(area.sheet in model.external_sheets for area in areas) and position in model.formulas:
                yield position


def _lost(model: "Model", position: Position) -> Failure | None:
    """Return what a result has no more of what the file holds: a value, or cells of a spill; None where nothing."""
    old, new = model.arrays.get(position), model.filled(position)
    if old is not None and not (new.last_row >= old.last_row and new.last_column >= old.last_column):
        return Failure("formula_spill_shrunk", {"computed": new.address, "stored": old.address})
    for row, column in new.cells():
        at = (position[0], row, column)
        if isinstance(found := model.value(*at), ErrorValue) and model.stored_results.has(at):
            stored = model.stored_results.value(at)
            if not isinstance(stored, ErrorValue):
                return Failure("formula_value_lost", {"error": found, "stored": shown(stored)})
    return None


def _unproved(model: "Model") -> Iterator[Position]:
    for position in model.unproved:
        if not model.stays(position):
            yield position
