"""Collects forms with the command as users do, and looks for every figure in what it wrote."""

import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl

from .filling import Figure, Filled
from .rawbook import number_of

_AREA = re.compile(r"\$?([A-Z]*)\$?(\d*)(?::\$?([A-Z]*)\$?(\d*))?")
_NEAR = 0.0051


@dataclass
class Tally:
    """What a trial found: everything but `forms`, `figures` and `collections` has to be 0."""

    forms: int = 0
    figures: int = 0
    collections: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    misread: list[str] = field(default_factory=list)
    false_alarms: list[str] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything that went wrong, in words."""
        kinds = ("lost", "doubled", "unlisted", "misread", "false_alarms", "totals", "broken")
        return [f"{kind}: {text}" for kind in kinds for text in getattr(self, kind)]


def command(*arguments: object, cwd: Path | None = None, timeout: int = 600) -> subprocess.CompletedProcess[str]:
    """Run crm-xl as a user does."""
    here = str(Path(__file__).parents[2])
    environment = {**os.environ, "CRM_XL_LANG": "en", "PYTHONPATH": here, "PYTHONIOENCODING": "utf-8"}
    call = [sys.executable, "-P", "-m", "crm_xl", *map(str, arguments)]
    return subprocess.run(
        call,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=environment,
        cwd=cwd,
        timeout=timeout,
        check=False,
    )


def distributed(folder: Path, departments: Sequence[tuple[str, str, str]], lines: int) -> dict[str, Path]:
    """Send a form to each department, given by name, language and currency; return their files by name."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["Department,Language,Currency", *(",".join(one) for one in departments)]
    (folder / "list.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = command(
        "distribute", folder / "list.csv", "-o", folder / "sent", "--cycle", "2027 budget", "--start", "2027-01-01",
        "--years", 3, "--lines", lines, "--rate", "USD/CNY=7.1", "--rate", "HKD/CNY=0.91", "--rate", "USD/HKD=7.8",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: folder / "sent" / f"{name}.xlsx" for name, _, _ in departments}


# -- what came of the figures ----------------------------------------------------------------------------------------


@dataclass
class Collected:
    """The collected workbook: the lines in the sum, the findings, and the files that are not in it as such."""

    lines: dict[str, list[tuple[str, str, int, float | None]]]
    findings: dict[str, list[tuple[str, str, Any, str]]]
    states: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> "Collected":
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        lines: dict[str, list[tuple[str, str, int, float | None]]] = {}
        for table in ("Costs", "Benefits"):
            rows = [[*row, *[None] * 40] for row in book[table].iter_rows(values_only=True)]
            at = {name: i for i, name in enumerate(rows[3]) if name} if len(rows) > 3 else {}
            lines[table.lower()] = [
                (row[at["File"]], row[at["Sheet"]], int(row[at["Row"]]), row[at["Stated amount"]])
                for row in rows[4:]
                if row[at["File"]]
            ]
        findings: dict[str, list[tuple[str, str, Any, str]]] = defaultdict(list)
        for row in [[*row, *[None] * 12] for row in book["Findings"].iter_rows(values_only=True)][4:]:
            if row[1]:
                words = " ".join(str(text) for text in row[7:] if text is not None)
                findings[row[1]].append((row[2] or "", str(row[3] or ""), row[6], words))
        states = {}
        for row in book["Status"].iter_rows(values_only=True):
            if len(row) > 9 and isinstance(row[9], str) and row[1]:
                states[row[9]] = str(row[1])
        return cls(lines, findings, states)

    def in_sum(self, figure: Figure) -> list[float | None]:
        """The stated amounts of the lines in the sum that come from the line of a figure."""
        mine = [line for line in self.lines[figure.table] if line[0] == figure.file]
        if figure.moved:
            return [amount for *_, amount in mine if amount is not None and abs(amount - figure.amount) < _NEAR]
        if not figure.line:
            return []
        row = int(re.sub("[A-Z]", "", figure.cell))
        return [amount for _, sheet, at, amount in mine if sheet == figure.sheet and at == row]

    def listed(self, figure: Figure) -> bool:
        """Whether a finding names the place of a figure (for a line, any cell of it), or its amount."""
        place = re.sub("[A-Z]", "", figure.cell) if figure.line else figure.cell
        for sheet, cells, amount, words in self.findings.get(figure.file, ()):
            if sheet == figure.sheet and any(_covers(area.strip(), place) for area in cells.split(",") if area.strip()):
                return True
            if amount is not None and figure.moved and abs(amount - figure.amount) < _NEAR:
                return True
            if sheet == figure.sheet and figure.amount and f"{figure.amount:,.2f}" in words:
                return True
        return False


def _covers(area: str, cell: str) -> bool:
    """Whether an area has a cell; where only a row is given, whether it has a cell of that row."""
    match, letters, row = _AREA.fullmatch(area), re.sub(r"\d", "", cell), int(re.sub("[A-Z]", "", cell))
    if match is None:
        return False
    first, top, last, bottom = match[1], match[2], match[3] or match[1], match[4] or match[2]
    across = not first or not letters or number_of(first) <= number_of(letters) <= number_of(last)
    return across and (not top or int(top) <= row <= int(bottom))


def judge(forms: Iterable[Filled], folder: Path, out: Path, tally: Tally, more: Sequence[object] = ()) -> None:
    """Collect a folder of forms and count what went wrong."""
    forms = list(forms)
    tally.forms += len(forms)
    tally.collections += 1
    done = command("collect", folder, "-o", out, "--json", *more)
    where = ", ".join(f"{form.file} ({'; '.join(form.edits)})" for form in forms)
    try:
        record = json.loads(done.stdout)
    except ValueError:
        tally.broken.append(f"collect ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]} {where}")
        return
    if "Traceback" in done.stderr:
        tally.broken.append(f"collect: {done.stderr.strip().splitlines()[-1]} {where}")
    collected = Collected.read(out)
    expected, unlisted_before = 0.0, len(tally.wrong)
    for form in forms:
        if form.whole == "once":
            _settle_which(form, collected, tally)
    for form in forms:
        expected += _judged(form, collected, tally)
    if abs(record["total"] - expected) > 0.01 + 1e-9 * abs(expected):
        tally.totals.append(f"{record['total']:.2f} for {expected:.2f}: {where}")
    if not record["reconciles"]:
        tally.false_alarms.append(f"does not reconcile: {where} {record.get('differences')}")
    if len(tally.wrong) > unlisted_before and record["ok"]:
        tally.broken.append(f"the command says that all is well: {where}")


def _settle_which(form: Filled, collected: Collected, tally: Tally) -> None:
    """Of a file that lies there twice one is in the sum, whichever: its figures are looked for under that name."""
    both = form.file, f"Copy of {form.file}"
    counted = [name for name in both if collected.states.get(name) == "in the sum"]
    if len(counted) != 1:
        tally.doubled.append(f"{counted} of {both} are in the sum")
    else:
        form.file = counted[0]
        for figure in form.figures:
            figure.file = counted[0]


def _judged(form: Filled, collected: Collected, tally: Tally) -> float:
    """Look for the figures of a form; return what those in the sum come to."""
    state = collected.states.get(form.file)
    if state is None:
        tally.lost.append(f"{form.file} is on no list ({'; '.join(form.edits)})")
        return 0.0
    counted = state == "in the sum"
    if form.whole in ("replaced", "empty") and state != form.whole:
        tally.misread.append(f"{form.file} is {state} and not {form.whole} ({'; '.join(form.edits)})")
    if not counted and form.whole == "counted" and form.figures:
        tally.false_alarms.append(f"{form.file} is {state} ({'; '.join(form.edits)})")
    if counted and form.whole == "rejected":
        tally.misread.append(f"{form.file} is in the sum ({'; '.join(form.edits)})")
    expected = 0.0
    times: Counter[tuple[str, float]] = Counter()
    for figure in form.figures:
        times[figure.table, round(figure.amount, 2)] += 1
    for sheet, cell in form.named if counted else ():
        place = Figure(file=form.file, edit="", amount=0.0, may="list", sheet=sheet, cell=cell)
        if not collected.listed(place):
            tally.unlisted.append(f"{form.file} {sheet}!{cell} is not told of ({'; '.join(form.edits)})")
    for figure in form.figures:
        tally.figures += 1
        said = (
            f"{figure.file} {figure.sheet}!{figure.cell} {figure.amount:.2f} ({figure.edit}; {'; '.join(form.edits)})"
        )
        found = collected.in_sum(figure)
        right = [amount for amount in found if amount is not None and abs(amount - figure.amount) < _NEAR]
        allowed = times[figure.table, round(figure.amount, 2)] if figure.moved else 1
        if len(found) > allowed or (right and figure.may == "list"):
            tally.doubled.append(said)
        elif (len(right) < len(found) and figure.may != "list") or (
            found and not right and figure.may == "list" and any(found)
        ):
            tally.misread.append(f"{said} as {found}")
        if right:
            expected += figure.of_total
        elif counted and not collected.listed(figure):
            (tally.lost if figure.may == "sum" else tally.unlisted).append(said)
        elif counted and figure.may == "sum":
            tally.false_alarms.append(said)
    return expected
