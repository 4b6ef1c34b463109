"""Entries of the ledger that cost lines make, month by month, until everything is charged.

An invoice debits the expense, the prepaid or the asset and the input tax, and credits the payable. What is prepaid is
released, what is capitalised amortised, straight line as the profit-and-loss view has it. What is used before its bill
is accrued month by month, and the bill debits what is accrued. Lines that need the same accounts are posted together.

Money is cut to the minor unit where it is handed out. What is cut is the running sum of each kind of posting, and an
entry is the difference of two of those: the balances that entries leave are those of the engine to the unit, however
many entries there are, and each entry balances, being made of whole units.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from crm_xl.engine.accounting import ACCRUE, CAPITALISE, EXPENSE, PREPAY, charges, spread_months, treatments
from crm_xl.engine.costs import distinct
from crm_xl.engine.model import Model
from crm_xl.engine.reading import Floats, Ints
from crm_xl.engine.schema import minor_digits
from crm_xl.errors import NoAnswerError

# Above it a float has no unit of its own.
_LARGEST = 2.0**53


@dataclass(frozen=True, kw_only=True, eq=False)
class Journal:
    """Postings of groups of lines by month, groups × months, in minor units of the reporting currency.

    `example` is a line of each group and `of_line` the group of each line; `treatment` is that of the group and `long`
    says that its prepaid runs for more than a year. `invoiced` is without `tax`; `charged` is what is released,
    amortised or accrued, 0 where the cost is expensed at once.
    """

    of_line: Ints
    example: Ints
    treatment: Ints
    long: npt.NDArray[np.bool_]
    invoiced: Ints
    tax: Ints
    charged: Ints
    digits: int


def build_journal(model: Model) -> Journal:
    """Return the postings of a model: each group has one component, department, treatment and account of its own."""
    treatment, _ = treatments(model)
    long = (treatment.codes == PREPAY) & (spread_months(model, treatment) > 12)
    keys = (model.labels[key].codes for key in ("component", "department", "account"))
    of_line, example = distinct(*keys, treatment.codes, long.astype(np.int64))
    count, digits = len(example), minor_digits(model.assumptions.currency)
    charged = charges(model, treatment, treatment.codes != EXPENSE, of_line, count, 1)
    invoiced, tax = (
        np.cumsum(_padded(model.money_by(of_line, count, 1, prices), charged.shape[1]), axis=1)
        for prices in (model.price, model.price * model.tax)
    )
    charged = np.cumsum(charged, axis=1)
    # What is all charged is charged to the unit: no cent is left over from adding up.
    charged = np.where(np.abs(invoiced - charged) <= 1e-9 * np.abs(invoiced) + 1e-9, invoiced, charged)
    charged[treatment.codes[example] == EXPENSE] = 0.0
    posted = [_in_units(sums, digits) for sums in (invoiced, tax, charged)]
    return Journal(
        of_line=of_line, example=example, treatment=treatment.codes[example], long=long[example],
        invoiced=posted[0], tax=posted[1], charged=posted[2], digits=digits,
    )  # fmt: skip


def _padded(money: Floats, months: int) -> Floats:
    """Money by month with the months after the model, in which nothing falls due."""
    return np.pad(money, ((0, 0), (0, months - money.shape[1])))


def _in_units(sums: Floats, digits: int) -> Ints:
    """Return running sums of money as the money of each month in minor units: differences of what is cut to them.

    Raises
    ------
    NoAnswerError
        When a sum is too large to be counted in them.
    """
    units = np.rint(sums * 10.0**digits)
    if not np.abs(units).max(initial=0.0) < _LARGEST:
        raise NoAnswerError("figure_too_large", function="CRM_JOURNAL")
    found: Ints = units.astype(np.int64)
    found[:, 1:] -= found[:, :-1].copy()
    return found


def balance(journal: Journal, treatment: int) -> Ints:
    """Return what stands on the accounts of a treatment after each month, in units; below 0 for what is accrued."""
    groups = journal.treatment == treatment
    moved = (journal.invoiced - journal.charged)[groups].sum(axis=0)
    found: Ints = np.cumsum(moved)
    return found


__all__ = ["ACCRUE", "CAPITALISE", "EXPENSE", "PREPAY", "Journal", "balance", "build_journal"]
