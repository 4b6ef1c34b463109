"""What can no longer be cancelled on a day, and by when notice must be given.

A line that states Committed until cannot end before that day, one that states Notice months not before so many months
after notice is given: on a day *D* it is bound to the later of the two, and what falls due after *D* up to then is
committed. A line that states neither is neither committed nor free: nobody has said, and its money stands apart.

Notice for the end of a term counts back from the day after it: three months to the end of 31 December is 30 September.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from crm_xl.engine.contracts import Terms, as_typed
from crm_xl.engine.costs import Bools
from crm_xl.engine.due import NEVER, NO_END, same_day
from crm_xl.engine.problems import Problem, Severity
from crm_xl.engine.reading import Floats, Ints, Table
from crm_xl.engine.timeline import Timeline, month_starts, months_of_days

if TYPE_CHECKING:
    from crm_xl.engine.model import Model


@dataclass(frozen=True, kw_only=True, eq=False)
class Commitments:
    """How long each line is bound: days as ordinals.

    `start` is its first due day, `day` the day of the month on which it falls due in later months; `until` is the last
    day of its commitment (0: none stated), `notice` the months of its notice (NaN: none stated).
    """

    start: Ints
    day: Ints
    until: Ints
    notice: Floats

    @property
    def stated(self) -> Bools:
        """The lines that say how long they are bound."""
        found: Bools = (self.until > 0) | ~np.isnan(self.notice)
        return found


def read_commitments(
    table: Table, timeline: Timeline, terms: Terms, planned: Bools, problems: list[Problem]
) -> Commitments:
    """Return how long the lines of a table are bound; problems are added.

    `planned` marks lines that state their money by period, which falls at the beginning of each where they say no more.
    """
    moments, notice = table.moments("committed_until"), table.numbers("notice_months")
    until, start = np.zeros(len(table), dtype=np.int64), terms.start[terms.of_line]
    for i in np.flatnonzero(notice % 1 > 0).tolist():
        problems.append(table.problem(i, "notice_months", float(notice[i]), "expected_whole_number"))
    stated = np.flatnonzero(moments)
    until[stated] = timeline.days(moments[stated], last=True)
    end = np.where(table.moments("end")[stated] != 0, terms.end[terms.of_line[stated]], NO_END)
    for i in stated[until[stated] > end].tolist():
        found = as_typed(table, "committed_until", i)
        problems.append(table.problem(i, "committed_until", found, "note_committed_after_end", severity=Severity.NOTE))
    for i in stated[until[stated] < start[stated]].tolist():
        found = as_typed(table, "committed_until", i)
        problems.append(table.problem(i, "committed_until", found, "note_committed_before", severity=Severity.NOTE))
    day = np.where(terms.by_day, 1, terms.start - month_starts(months_of_days(terms.start)) + 1)[terms.of_line]
    if planned.any():
        day[planned & (terms.step[terms.of_line] == NEVER)] = 1
    return Commitments(start=start, day=day, until=until, notice=notice)


@dataclass(frozen=True, kw_only=True, eq=False)
class Committed:
    """What falls due after a day, in the reporting currency, by line: later = committed + free + unstated."""

    later: Floats
    committed: Floats
    free: Floats
    unstated: Floats


def committed(model: "Model", day: int) -> Committed:
    """Return what falls due after a day (an ordinal) within the model, and what of it is bound on that day."""
    bound = model.commitments
    notice = np.nan_to_num(bound.notice).astype(np.int64)
    days = np.full(len(model), day)
    until = np.maximum(bound.until, same_day(days, notice))
    later = due_between(model, days, None)
    certain = np.where(bound.stated, due_between(model, days, until), 0.0)
    return Committed(
        later=later,
        committed=certain,
        free=np.where(bound.stated, later - certain, 0.0),
        unstated=np.where(bound.stated, 0.0, later),
    )


def due_between(model: "Model", after: Ints, until: Ints | None) -> Floats:
    """Return what each line has falling due after a day, up to another one of its own; None: the end of the model."""
    sums, of_line = model.weights_before, model.patterns.of_line
    begin = _months_due(model, after)
    end = np.full(len(model), model.timeline.months) if until is None else np.maximum(_months_due(model, until), begin)
    result: Floats = (sums[end, of_line] - sums[begin, of_line]) * model.price
    return result


def _months_due(model: "Model", days: Ints) -> Ints:
    """How many months of the model have their due day on or before a day, line by line."""
    bound, month = model.commitments, months_of_days(days)
    begin = month_starts(month)
    first = month == months_of_days(bound.start)
    day = np.where(first, bound.start - begin + 1, np.minimum(bound.day, month_starts(month + 1) - begin))
    found: Ints = np.clip(month - model.timeline.origin + (days - begin + 1 >= day), 0, model.timeline.months)
    return found


def notice_days(model: "Model") -> Ints:
    """Return the last day on which notice ends each line with its commitment; 0 where no commitment is stated."""
    bound = model.commitments
    notice = np.nan_to_num(bound.notice).astype(np.int64)
    found: Ints = np.where(bound.until > 0, same_day(np.maximum(bound.until, 1) + 1, -notice) - 1, 0)
    return found
