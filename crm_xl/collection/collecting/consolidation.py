"""Goes once over the readings, file by file, and puts every line where it belongs: into the sum, or on the list.

Only the lines of a few files are in memory at any time. What grows with them goes to files (`sheetrows`); what is
kept is a short record for each file, and totals by department and component.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

from crm_xl.collection.collecting.common_assumptions import differences
from crm_xl.collection.collecting.entries import Entry, Origin, Sums, entry, settle
from crm_xl.collection.collecting.readings import TABLES, Head, unpacked_head, unpacked_lines
from crm_xl.collection.collecting.reconciliation import Books, Fate
from crm_xl.collection.collecting.store import Store
from crm_xl.collection.collecting.streamed_rows import Rows
from crm_xl.collection.collecting.versions import Candidate, Standing, State
from crm_xl.collection.form.stamp import Stamp
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.reading.lines import Line
from crm_xl.collection.sending.manifest import ManifestError, read_manifest
from crm_xl.data import term
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.cells import Cell
from crm_xl.engine.schema import columns, normalise

# Lines that are settled together: enough that the engine works on whole columns, few enough to hold.
_BATCH = 4_000
_FATES: dict[State, Fate] = {
    "counted": "counted", "rejected": "file_rejected", "replaced": "replaced", "same": "same", "conflict": "conflict",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What went out: the cycle and period, and the departments of which a return is expected, in their order."""

    cycle: str
    period: str
    departments: tuple[str, ...]

    @cached_property
    def asked(self) -> frozenset[str]:
        """The departments as they are compared."""
        return frozenset(map(normalise, self.departments))


def expected_of(manifest: Path, cycle: str | None) -> Expected:
    """Return what a manifest says that went out: in a cycle, or in the one that it tells of last.

    Raises
    ------
    ManifestError
        Where there is no manifest, or it tells of no such cycle.
    """
    records = read_manifest(manifest)
    if not records:
        raise ManifestError("collect_no_manifest", file=manifest)
    wanted = cycle or str(records[-1]["cycle"])
    of_cycle = [record for record in records if record["cycle"] == wanted]
    if not of_cycle:
        known = list(dict.fromkeys(str(record["cycle"]) for record in records))
        raise ManifestError("collect_no_such_cycle", file=manifest.name, cycle=wanted, known=known)
    departments = {normalise(record["department"]): record["department"] for record in of_cycle}
    return Expected(cycle=wanted, period=str(of_cycle[-1].get("period", "")), departments=tuple(departments.values()))


class Sink(Protocol):
    """Something beside the workbook that takes the lines in the sum."""

    def add(self, table: str, entries: Sequence[Entry]) -> None:
        """Take lines."""


@dataclass(kw_only=True)
class File:
    """What is told of one file on the status sheet."""

    standing: Standing
    head: Head
    counted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    total: float = 0.0
    told: list[Sequence[Cell]] = field(default_factory=list)


@dataclass(kw_only=True)
class Result:
    """A collection: its long tables as rows, its totals, its books, and how many files are in which state."""

    language: str
    basis: Assumptions
    expected: Expected
    rows: dict[str, Rows]
    sums: list[Sums]
    books: Books
    states: Counter[str]
    missing: list[str]
    files: list[Sequence[Cell]] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)
    unfilled: list[str] = field(default_factory=list)
    notes: int = 0
    rejections: int = 0
    # The cost of each file, line by line: it has to be the same money as `sums`, which is added up in another way.
    of_files: list[float] = field(default_factory=list)

    @property
    def total(self) -> float:
        """The total of all cost lines in the reporting currency, file by file."""
        return math.fsum(self.of_files)

    def is_total(self, amount: float) -> bool:
        """Whether an amount is that total, but for what floating point makes of large sums."""
        return abs(amount - self.total) <= 0.005 + abs(self.total) / 10**12

    @property
    def balanced(self) -> bool:
        """Whether every amount ended in one place, and the totals by department and component add up to the lines'."""
        cut = math.fsum(float(years.sum()) for part in self.sums for years in part.money.values())
        return self.books.balanced and self.is_total(cut)

    def sums_of(self, sheet: int) -> Sums:
        """Return the totals of the lines that stand on one of the sheets of cost lines, counted from 1."""
        while len(self.sums) < sheet:
            self.sums.append(Sums(years=self.basis.years))
        return self.sums[sheet - 1]


class Consolidation:
    """Puts the lines of returns together, under one set of assumptions."""

    def __init__(self, store: Store, result: Result, sink: Sink | None = None) -> None:
        self._store, self._result, self._sink = store, result, sink
        self._waiting: list[File] = []
        self._entries: dict[str, list[tuple[File, Entry]]] = {table: [] for table in TABLES}

    def run(self, files: Iterable[Standing], heard: Callable[[], None] = lambda: None) -> None:
        """Go over the files in their order; `heard` is called after each."""
        for standing in files:
            self._take(standing)
            if sum(map(len, self._entries.values())) >= _BATCH:
                self._settle()
            heard()
        self._settle()

    # -- one file ----------------------------------------------------------------------------------------------------

    def _take(self, standing: Standing) -> None:
        result = self._result
        head = unpacked_head(self._store.head(standing.file.digest))
        file = File(standing=standing, head=head)
        result.states[standing.state] += 1
        reasons = [*head.findings, *self._of_place(head)]
        if head.stamp and standing.state == "counted":
            reasons += differences(head.stamp, result.basis)
        for finding in reasons:
            self._tell(file, finding)
        for finding in head.strays:
            self._tell(file, finding, rejected=finding.blocks)
        result.books.unseen += [(standing.file.name, sheet, cell) for sheet, cell in head.unseen]
        if head.rejected and not any(head.lines.values()) and not any(head.second_count.values()):
            result.books.unknown.append(standing.file.name)
        body = self._store.body(standing.file.digest)
        for table in TABLES:
            lines = list(unpacked_lines(body, table))
            self._book(file, table, lines)
        if standing.state == "counted" and not any(head.lines.values()) and not head.strays:
            # Perhaps meant, perhaps an empty form that took the place of a filled one.
            result.unfilled.append(standing.file.name)
            self._tell(file, Finding(key="no_lines", severity="note"))
        if standing.state not in ("counted", "replaced", "same"):
            result.troubles.append((standing.file.name, self._why(file)))
        self._waiting.append(file)

    def _of_place(self, head: Head) -> list[Finding]:
        stamp, expected = head.stamp, self._result.expected
        return [] if stamp is None else misplaced(stamp, expected)

    def _book(self, file: File, table: str, lines: list[Line]) -> None:
        """Book what was read of a table, and send each line on its way."""
        books, state = self._result.books, file.standing.state
        count = file.head.second_count[table]
        if not lines and file.head.rejected and count is not None and count.booked.stated:
            # Nothing could be read, but the cells are there: what they hold is known, if not in which currency.
            books.cells += count.booked.stated
            books.read(table, "").all(count.booked)
            books.ended(table, "", "file_rejected").all(count.booked)
            return
        own = file.head.stamp.currency if file.head.stamp else ""
        department = file.head.stamp.department if file.head.stamp else ""
        sheet = file.head.sheets.get(table, "")
        origin = Origin(file=file.standing.file.name, sheet=sheet, department=department, currency=own)
        with_amount = 0
        for line in lines:
            e = entry(line, table, origin, self._result.language)
            with_amount += e.states
            books.read(table, e.currency).line(e.states, e.amount)
            for finding in line.findings:
                if state == "counted" and not finding.blocks:
                    self._tell(file, finding)
            # What the engine found is judged again under the assumptions of the collection.
            if state == "counted" and all(f.key == "problem" for f in e.reasons):
                self._entries[table].append((file, e))
                continue
            fate = "line_rejected" if state == "counted" else _FATES[state]
            books.ended(table, e.currency, fate).line(e.states, e.amount)
            if state == "counted":
                file.rejected[table] += 1
            if state in ("counted", "rejected", "conflict"):
                self._reject(file, e, e.reasons)
        books.second_count(file.standing.file.name, table, count, with_amount)

    # -- many files --------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Sum the lines that wait, write them out, and then what is told of their files."""
        result = self._result
        for table in TABLES:
            waiting, self._entries[table] = self._entries[table], []
            if not waiting:
                continue
            file_of = {id(e): file for file, e in waiting}
            settled = settle([e for _, e in waiting], table, result.basis)
            rows = result.rows[table]
            rows.together(len(settled.counted))
            if settled.model is not None and settled.counted:
                result.sums_of(len(rows.counts)).add(settled.model, rows.counts[-1] + 1)
            out = []
            for e, total in zip(settled.counted, settled.totals.tolist(), strict=True):
                file = file_of[id(e)]
                result.books.ended(table, e.currency, "counted").line(e.states, e.amount)
                file.counted[table] += 1
                file.total += total if table == "costs" else 0.0
                in_sum = total if e.states else None  # a line that is not priced yet is in no total, and costs no 0
                out.append((e.origin.file, e.origin.sheet, e.row, *e.values, e.amount, in_sum))
            rows.add(out)
            if self._sink is not None:
                self._sink.add(table, settled.counted)
            for e, reasons in settled.rejected:
                file = file_of[id(e)]
                result.books.ended(table, e.currency, "line_rejected").line(e.states, e.amount)
                file.rejected[table] += 1
                self._reject(file, e, reasons)
        for file in self._waiting:
            result.files.append(self._status(file))
            result.of_files.append(file.total)
            result.rows["findings"].add(file.told)
        self._waiting = []

    # -- what is told ------------------------------------------------------------------------------------------------

    def _tell(self, file: File, finding: Finding, *, rejected: bool = False) -> None:
        self._row(file, finding, finding.sheet, finding.cell, amount=finding.amount)
        if rejected or finding.blocks:
            self._result.rejections += rejected
        else:
            self._result.notes += 1

    def _reject(self, file: File, e: Entry, reasons: Sequence[Finding]) -> None:
        """List a line that is not in the sum: its amount once, and every reason."""
        self._result.rejections += 1
        sheet, row = e.origin.sheet, e.row
        if not reasons:
            what = term("collect_line_of_file", self._result.language, why=self._why(file))
            file.told.append(self._told(file, sheet, f"{row}:{row}", "blocks", e.currency, e.amount, what, "", "", ""))
        for i, finding in enumerate(reasons):
            first = i == 0
            self._row(file, finding, sheet, finding.cell, e.currency if first else "", e.amount if first else None)

    def _row(
        self, file: File, finding: Finding, sheet: str, cell: str, currency: str = "", amount: float | None = None
    ) -> None:
        language = self._result.language
        found, expected = (
            text if isinstance(text, str) else text[language] for text in (finding.found, finding.expected)
        )
        finding = replace(finding, details=tuple((key, _in_words(value)) for key, value in finding.details))
        what, advice = finding.text(language), finding.advice(language)
        file.told.append(
            self._told(file, sheet, cell, finding.severity, currency, amount, what, found, expected, advice)
        )

    def _told(
        self, file: File, sheet: str, cell: str, severity: str, currency: str, amount: float | None, *texts: str
    ) -> Sequence[Cell]:
        department = file.head.stamp.department if file.head.stamp else ""
        word = term(f"collect_severity_{severity}", self._result.language)
        row = (department, file.standing.file.name, sheet, cell, word, currency, amount, *texts)
        return tuple(None if value == "" else value for value in row)

    def _why(self, file: File) -> str:
        """Why a file is not in the sum, in a sentence."""
        language, standing = self._result.language, file.standing
        match standing.state:
            case "counted":
                return ""
            case "rejected":
                reasons = [f for f in [*file.head.findings, *self._of_place(file.head)] if f.blocks]
                if file.head.stamp and not reasons:
                    reasons = [f for f in differences(file.head.stamp, self._result.basis) if f.blocks]
                return term("collect_and", language).join(finding.text(language) for finding in reasons)
            case state:
                return term(f"collect_why_{state}", language, other=standing.because)

    def _status(self, file: File) -> Sequence[Cell]:
        stamp, standing, language = file.head.stamp, file.standing, self._result.language
        counted = standing.state == "counted"
        saved = file.head.modified
        return (
            stamp.department if stamp else None,
            term(f"collect_state_{standing.state}", language),
            stamp.sequence if stamp else None,
            saved.astimezone(dt.UTC).replace(tzinfo=None) if saved else None,
            *(v for table in TABLES for v in (file.counted[table], file.rejected[table])),
            file.total if counted else None,
            standing.file.name,
            self._why(file) or None,
        )


def _in_words(detail: Any) -> Any:
    """A detail of a finding; the header of a column, in whichever language the workbook has it, in both languages."""
    return _headers().get(detail, detail) if isinstance(detail, str) else detail


@cache
def _headers() -> dict[str, dict[str, str]]:
    fields = [field for table in TABLES for field in columns(table).values()]
    return {header: {"en": field.en, "zh": field.zh} for field in fields for header in (field.en, field.zh)}


def misplaced(stamp: Stamp, expected: Expected) -> list[Finding]:
    """Return why a return does not belong to what is collected: another cycle, or a department that was not asked."""
    found = []
    if (stamp.cycle, stamp.period) != (expected.cycle, expected.period):
        of = f"{stamp.cycle} / {stamp.period}"
        wanted = f"{expected.cycle} / {expected.period}"
        found.append(Finding(key="other_cycle", severity="blocks", found=of, expected=wanted))
    if expected.departments and normalise(stamp.department) not in expected.asked:
        found.append(Finding(key="unasked_department", severity="blocks", found=stamp.department))
    return found


def candidate(name: str, digest: str, head: Head, expected: Expected, basis: Assumptions) -> Candidate:
    """Return what it takes to compare a file with the others; one that does not belong here is compared with none."""
    stamp = head.stamp
    if stamp is None or misplaced(stamp, expected):
        return Candidate(name=name, digest=digest, rejected=True)
    return Candidate(
        name=name,
        digest=digest,
        department=stamp.department,
        sequence=stamp.sequence,
        modified=head.modified,
        rejected=head.rejected or any(finding.blocks for finding in differences(stamp, basis)),
        copy=any(finding.key == "annotated" for finding in head.findings),
    )


def missing(files: Iterable[Standing], expected: Expected) -> list[str]:
    """Return the departments of which nothing came that could be read."""
    came = {normalise(standing.file.department) for standing in files}
    return [department for department in expected.departments if normalise(department) not in came]
