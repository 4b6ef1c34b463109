"""A form that is being filled in, and every figure that was typed into it: what has to become of it is known."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from .rawbook import RawBook, letters_of, number, text


# Where the columns of a form stand; the header is in row 5 and the lines begin in row 6.
def _columns(keys: str) -> dict[str, str]:
    return {key: letters_of(number) for number, key in enumerate(keys.split(), 2)}


COSTS = _columns(
    "component item department vendor quantity unit_cost amount discount discount_until currency frequency start end"
    " proration price_growth price_lock growth_cap quantity_growth low likely high range_as treatment in_use_from life"
    " tax_rate tax_included account notice committed total note"
)
BENEFITS = _columns(
    "benefit assumption department volume effect unit_value amount currency frequency start end growth ramp_up"
    " probability money"
)
HEADER, FIRST, LINES = 5, 6, 20
# The words of some headers, by which it is seen that the columns still stand there.
WORDS = {"amount": "Amount", "currency": "Currency", "start": "Start", "tax_rate": "Tax rate", "note": "Note"}
SHEETS = {"en": {"costs": "Costs", "benefits": "Benefits"}, "zh": {"costs": "费用", "benefits": "收益"}}
YEARS, RATES = 3, {"CNY": 1.0, "USD": 7.1, "HKD": 0.91}
_TIMES = {"": 1, "one-off": 1, "monthly": 12 * YEARS, "quarterly": 4 * YEARS, "annual": YEARS}
# What may become of a figure: it has to be in the sum, it has to be listed, or one of both.
May = Literal["sum", "list", "either"]


@dataclass(kw_only=True)
class Figure:
    """An amount that was typed. `of_total` is what it adds to the total cost where it is in the sum."""

    file: str
    edit: str
    amount: float
    may: May
    sheet: str
    cell: str
    of_total: float = 0.0
    table: str = "costs"
    # Whether it is the amount of a line of the table; else it stands somewhere.
    line: bool = False
    # Where rows were moved by a program, an amount is looked for wherever it stands.
    moved: bool = False


@dataclass(kw_only=True)
class Filled:
    """A form: `book` is edited, `figures` say what has to come of it. `whole` is the fate of the file as such."""

    book: RawBook
    file: str
    language: str
    currency: str
    chance: random.Random
    amounts: Iterator[float]
    figures: list[Figure] = field(default_factory=list)
    edits: list[str] = field(default_factory=list)
    # Places of which something has to be told, whatever becomes of the amounts.
    named: list[tuple[str, str]] = field(default_factory=list)
    row: int = FIRST
    whole: Literal["counted", "rejected", "replaced", "empty", "once", "any"] = "counted"
    edit: str = "line"

    def __post_init__(self) -> None:
        self.first_benefit = FIRST

    @property
    def costs(self) -> str:
        """The sheet of the cost lines."""
        return SHEETS[self.language]["costs"]

    @property
    def benefits(self) -> str:
        """The sheet of the benefit lines."""
        return SHEETS[self.language]["benefits"]

    def next(self) -> float:
        """An amount that stands nowhere else."""
        return next(self.amounts)

    def figure(self, amount: float, may: May, sheet: str, cell: str, of_total: float = 0.0, **more: object) -> Figure:
        """Note a figure that was typed."""
        found = Figure(
            file=self.file, edit=self.edit, amount=amount, may=may, sheet=sheet, cell=cell, of_total=of_total, **more
        )  # type: ignore[arg-type]
        self.figures.append(found)
        return found

    def put(self, cell: str, content: tuple[str, str], sheet: str = "", style: int | None = None) -> None:
        """Type into a cell."""
        self.book.sheet(sheet or self.costs).set(cell, *content, style=style)

    def words(self, row: int, **values: str | float) -> None:
        """Type words and numbers into a line."""
        for key, value in values.items():
            self.put(f"{COSTS[key]}{row}", text(value) if isinstance(value, str) else number(value))

    def begun(self, **values: str | float) -> int:
        """Begin a line with its component and item; return its row."""
        row, self.row = self.row, self.row + 1
        component = self.chance.choice(("Licence", "Customisation", "Maintenance", "Training", "维护", "培训"))
        self.words(row, **{"component": component, "item": f"Item {row}", **values})
        return row

    def line(self, content: tuple[str, str] | None = None, *, amount: float | None = None, may: May = "sum",
             style: int | None = None, **values: str | float) -> int:  # fmt: skip
        """Type a cost line with an amount, as a number or otherwise; return its row."""
        amount = self.next() if amount is None else amount
        row = self.begun(**values)
        self.put(f"H{row}", number(amount) if content is None else content, style=style)
        self.figure(amount, may, self.costs, f"H{row}", self.total_of(amount, values), line=True)
        return row

    def total_of(self, amount: float, values: dict[str, str | float]) -> float:
        """What a line comes to over the years, in the currency of the collection."""
        currency = str(values.get("currency", self.currency))
        return amount * _TIMES[str(values.get("frequency", ""))] * RATES.get(currency, 0.0)


def plain_lines(form: Filled, count: int) -> None:
    """Fill in lines as they are meant."""
    form.edit = "line"
    for _ in range(count):
        kind = form.chance.randrange(5)
        frequency = form.chance.choice(list(_TIMES))
        said = {"frequency": frequency} if frequency else {}
        if kind == 0:
            amount, quantity = form.next(), float(form.chance.choice((2, 4, 5, 10)))
            values = {**said, "quantity": quantity, "unit_cost": amount / quantity}
            row = form.begun(**values)
            form.figure(amount, "sum", form.costs, f"G{row}", form.total_of(amount, values), line=True)
        elif kind == 1:
            form.line(currency="USD", **said)
        elif kind == 2:
            amount = -form.next()
            form.line(amount=amount, may="either", **said)
        else:
            form.line(**said)


def benefit_lines(form: Filled, count: int) -> None:
    """Fill in benefit lines."""
    form.edit = "benefit"
    for row in range(form.first_benefit, form.first_benefit + count):
        amount = form.next()
        for key, content in (("benefit", text(f"Benefit {row}")), ("amount", number(amount))):
            form.put(f"{BENEFITS[key]}{row}", content, form.benefits)
        form.figure(amount, "sum", form.benefits, f"H{row}", table="benefits", line=True)
    form.first_benefit += count
