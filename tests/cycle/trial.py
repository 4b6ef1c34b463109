"""Forms filled in and edited at random, in collections of some departments each."""

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .edits import EDITS, LAST
from .filling import LINES, Filled, benefit_lines, plain_lines
from .judge import Tally, distributed, judge
from .rawbook import RawBook

# Departments with the language and the currency of their forms.
DEPARTMENTS = [
    (f"Department {i:02d}", "zh" if i % 3 == 2 else "en", "HKD" if i % 7 == 6 else "USD" if i % 11 == 10 else "CNY")
    for i in range(1, 26)
]
_SAVED = "2026-11-{day:02d}T{hour:02d}:00:00Z"


def amounts() -> Iterator[float]:
    """Amounts of which no two are the same, nor the sum of others by chance."""
    for i in itertools.count():
        yield round(1_000 + i * 7 + (i * 37 % 100) / 100 + 0.01, 2)


def filled(
    sent: Path, file: str, language: str, currency: str, chance: random.Random, values: Iterator[float]
) -> Filled:
    """Fill in a form and edit it."""
    form = Filled(book=RawBook(sent), file=file, language=language, currency=currency, chance=chance, amounts=values)
    plain_lines(form, chance.randrange(1, 4))
    if chance.random() < 0.4:
        benefit_lines(form, chance.randrange(1, 3))
    chosen = chance.sample(sorted(EDITS), chance.randrange(0, 4))
    form.edit = "line"
    last = [name for name in chosen if name in LAST][:1]
    for name in [name for name in chosen if name not in LAST] + last:
        form.edit = name.replace("_", " ")
        form.edits.append(form.edit)
        EDITS[name](form)
        if form.row > LINES:
            break
    if "saved_in_year_one" not in chosen:
        form.book.saved(_SAVED.format(day=chance.randrange(1, 28), hour=chance.randrange(24)))
    return form


def run(forms: int, seed: int, scratch: Path, heard: Callable[[Tally], None] = lambda tally: None, size: int = 20,
        departments: Sequence[tuple[str, str, str]] = DEPARTMENTS) -> Tally:  # fmt: skip
    """Try so many forms; `heard` is called after each collection."""
    tally, chance, values = Tally(), random.Random(seed), amounts()
    sent = distributed(scratch, departments, LINES)
    while tally.forms < forms:
        number = tally.collections
        folder = scratch / f"returned{number}"
        chosen = chance.sample(departments, min(size, len(departments), forms - tally.forms))
        made = []
        for name, language, currency in chosen:
            file = f"{name}.xlsx"
            form = filled(sent[name], file, language, currency, chance, values)
            form.book.save(folder / file)
            made.append(form)
        judge(made, folder, scratch / f"total{number}.xlsx", tally)
        heard(tally)
    return tally
