"""Forms filled in and edited at random, in collections of some departments each."""

import itertools
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from . import file_edits  # noqa: F401  (it enters its edits into the list)
from .edits import EDITS, LAST
from .filling import FIRST, LINES, Filled, benefit_lines, plain_lines
from .judge import Tally, command, distributed, judge
from .rawbook import RawBook

# Departments with the language and the currency of their forms.
DEPARTMENTS = [
    (f"Department {i:02d}", "zh" if i % 3 == 2 else "en", "HKD" if i % 7 == 6 else "USD" if i % 11 == 10 else "CNY")
    for i in range(1, 26)
]
_SAVED = "2026-11-{day:02d}T{hour:02d}:00:00Z"
_LATER, _LATEST = "2026-12-01T08:00:00Z", "2026-12-02T08:00:00Z"


# How often a form comes back as it went out, and how often each thing that may come of a department beside its return.
_UNTOUCHED, _TWICE = 0.04, 0.04
# What leaves a file of which no other can be made by this trial's simple means.
_NOT_AGAIN = {
    name.replace("_", " ")
    for name in ("saved_in_year_one", "sheet_moved", "strict_format", "prefixed_names", "cells_without_places",
                 "saved_with_macros_allowed", "counts_from_1904", "table_made_smaller", "sheet_renamed")
}  # fmt: skip


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


def again(form: Filled, sent: Path, folder: Path, chance: random.Random) -> list[Filled]:
    """What else comes of a department: the same file twice, an older one, a corrected copy with findings."""
    kind, path = chance.random(), folder / form.file
    if kind < _TWICE:
        shutil.copyfile(path, folder / f"Copy of {form.file}")
        form.whole = "once"
        return [replace(form, file=f"Copy of {form.file}", figures=[], edits=["same file again"])]
    if kind < 2 * _TWICE:
        older = filled(sent, f"Old {form.file}", form.language, form.currency, chance, form.amounts)
        older.book.saved("2026-10-01T00:00:00Z")
        older.book.save(folder / older.file)
        older.whole, older.edits = "replaced" if older.whole == "counted" else "any", ["older return"]
        return [older] if older.file.endswith(".xlsx") else []
    if kind < 3 * _TWICE:
        copy = folder / f"Corrected {form.file}"
        done = command("check", path, "--annotate", "-o", copy)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        if not copy.exists():
            return []
        corrected = replace(
            form, file=copy.name, book=RawBook(copy), figures=[replace(f, file=copy.name) for f in form.figures],
            edits=["corrected copy", *form.edits], edit="corrected copy",
        )  # fmt: skip
        corrected.row = max(corrected.row, FIRST)
        if corrected.row < FIRST + LINES:
            corrected.line()
            corrected.book.saved(_LATEST)
            corrected.book.save(copy)
            form.whole = "replaced"
            return [corrected]
        copy.unlink()
    return []


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
            if chance.random() < _UNTOUCHED:
                form = Filled(book=RawBook(sent[name]), file=file, language=language, currency=currency, chance=chance,
                              amounts=values, whole="empty", edits=["untouched"])  # fmt: skip
                form.book.saved(_LATER)
            else:
                form = filled(sent[name], file, language, currency, chance, values)
            form.book.save(folder / form.file)
            made.append(form)
            if form.whole == "counted" and not set(form.edits) & _NOT_AGAIN:
                made += again(form, sent[name], folder, chance)
        judge(made, folder, scratch / f"total{number}.xlsx", tally)
        heard(tally)
    return tally
