"""Every stored result of a spreadsheet program is a test of the engine: each formula is held against its own.

A formula is computed from its inputs as they are stored. Where it gives what is stored for it, the engine is proved for
this formula, and its result may be written when its inputs change. Where it does not, the engine is wrong there or the
file is old: the stored result stays, for the formula itself and for all that read it.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm_xl.hosts.headless.calculation.dependents import Failure, Readers
from crm_xl.hosts.headless.calculation.failures import failure_of
from crm_xl.hosts.headless.calculation.stored_results import FIFTEEN_DIGITS, agrees
from crm_xl.hosts.headless.formulas.uses import reads_anywhere, searches
from crm_xl.xlsx.package import WorkbookError
from crm_xl.xlsx.references import Position
from crm_xl.xlsx.sheet import Value

if TYPE_CHECKING:
    from crm_xl.hosts.headless.calculation.model import Model

# Each of two numbers is as it is stored in fifteen digits: what is left of them where they cancel out is not.
_CANCELLED = 2 * FIFTEEN_DIGITS
# Excel gives the rate that IRR and its like search for to seven digits after the point (RATE: 0.0000001).
_SEARCHED = 1e-9


@dataclass
class Proof:
    """What the stored results of a workbook proved.

    `proved` has the formulas for which the engine gives what is stored; `same` those, and others whose stored result
    is no proof, with the values that the engine had for their cells then; `differing` the formulas whose stored
    result stays, with the reason.
    """

    proved: set[Position] = field(default_factory=set)
    same: dict[Position, list[Any]] = field(default_factory=dict)
    differing: dict[Position, Failure] = field(default_factory=dict)


def prove(model: "Model") -> Proof:
    """Hold each formula against its stored result; afterwards those that differ are withheld from the engine."""
    stored = model.stored_results
    proof = Proof()
    tested = [p for p in model.formulas if p not in model.withheld and stored.has(p)]
    if not tested:
        return proof
    model.run()
    # What differs may do so only because what it reads does: over stored results everything is tried again.
    while new := {p: reason for p in tested if p not in proof.differing and (reason := _difference(model, p))}:
        proof.differing |= new
        for position in reversed(new):  # what reads a cell mostly stands below: the engine follows no chain then
            model.withhold(position)
        model.run()
    rounded = []
    for position in [p for p in proof.differing if p not in model.static]:
        model.restore(position)
        if position not in model.static:
            model.compute(position)
        reason = _difference(model, position)
        if reason is None:
            del proof.differing[position]
            continue
        if _is_rounding(model, position):
            rounded.append(position)
        proof.differing[position] = reason
        model.withhold(position)
    for position in rounded:
        del proof.differing[position]
        model.restore(position)
    model.run()
    for position in tested:
        if position not in proof.differing:
            proof.same[position] = model.held(position)
            if stored.testify(position):
                proof.proved.add(position)
    return proof


def _difference(model: "Model", position: Position) -> Failure | None:
    """Return how the result of a formula differs from what is stored; None where it does not."""
    if position in model.static:
        return model.static[position]
    stored, computed = model.stored_results.value(position), model.value(*position)
    failure = model.worksheet.failures.get(position) or failure_of(model, position)
    if failure is not None and not agrees(stored, computed):
        return failure
    if position in model.arrays:
        if model.filled(position) != model.arrays[position]:
            details = {"computed": model.filled(position).address, "stored": model.arrays[position].address}
            return Failure("formula_other_extent", details)
        for at in model.arrays[position].cells():
            cell = (position[0], *at)
            stored, computed = model.stored_results.value(cell), model.value(*cell)
            if not agrees(stored, computed):
                return _differs(stored, computed)
        return None
    return None if agrees(stored, computed) else _differs(stored, computed)


def _is_rounding(model: "Model", position: Position) -> bool:
    """Whether a number differs by no more than what is lost where large ones cancel out, or one is searched for."""
    stored, computed = model.stored_results.value(position), model.value(*position)
    if position in model.arrays or not isinstance(stored, float) or not isinstance(computed, float):
        return False
    if position in model.iterated:
        return abs(stored - computed) <= model.last_step
    if searches(model.uses_of(position)):
        return abs(stored - computed) <= _SEARCHED * max(abs(stored), abs(computed), 1.0)
    return abs(stored - computed) <= _CANCELLED * model.largest_read(position)


def _differs(stored: Value, computed: Value) -> Failure:
    return Failure("formula_differs", {"stored": shown(stored), "computed": shown(computed)})


def shown(value: Value) -> str:
    """Return a value as it reads in a message: a number in fifteen digits, a text in quotation marks."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        return f"{value:.15g}"
    return f'"{value}"' if type(value) is str else '""' if value is None else str(value)


def outdated(model: "Model") -> dict[Position, Failure]:
    """Return the formulas that keep their stored results although cells that they read have changed."""
    kept = {} if model.proof is None else model.proof.differing
    if not kept or not (changed := set(model.changed())):
        return {}
    readers = Readers({p: model.uses[p] for p in kept if p in model.uses})
    found = {reader for cell in changed for reader in readers.of(cell)}
    return {
        p: Failure("formula_outdated", {"reason": WorkbookError(reason.key, **reason.details)})
        for p, reason in kept.items()
        if p in found or p not in model.uses or reads_anywhere(model.uses_of(p))
    }
