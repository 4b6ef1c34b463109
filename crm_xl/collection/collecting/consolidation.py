"""Goes once over the readings, file by file, and puts every line where it belongs: into the sum, or on the list.

Only the lines of a few files are in memory at any time. What grows with them goes to files (`streamed_rows`); what is
kept is a short record for each file, and totals by department and component. A file is put together by itself and
entered when it is whole: one at which that fails is listed as unreadable, and takes nothing with it.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Protocol

from crm_xl.collection.collecting.agreement import Agreement, Expected
from crm_xl.collection.collecting.amounts import Booked
from crm_xl.collection.collecting.discovery import UNREAD, Why
from crm_xl.collection.collecting.entries import Entry, Origin, Settled, Sums, entry, settle
from crm_xl.collection.collecting.readings import TABLES, Head, unpacked_head, unpacked_lines, unread
from crm_xl.collection.collecting.reconciliation import Booking, Books, Fate
from crm_xl.collection.collecting.second_count import Comparison
from crm_xl.collection.collecting.store import Store
from crm_xl.collection.collecting.streamed_rows import Rows
from crm_xl.collection.collecting.versions import Standing, State
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.reading.lines import Line
from crm_xl.data import term
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.schema import columns
from crm_xl.errors import Cell, CrmError

# Lines that are settled together: enough that the engine works on whole columns, few enough to hold.
_BATCH = 4_000
_FATES: dict[State, Fate] = {
    "counted": "counted", "rejected": "file_rejected", "replaced": "replaced", "same": "same", "conflict": "conflict",
    "empty": "counted",
}  # fmt: skip


class Sink(Protocol):
    """Something beside the workbook that takes the lines in the sum."""

    def add(self, table: str, entries: Sequence[Entry]) -> None:
        """Take lines."""


@dataclass(kw_only=True)
class File:
    """One file, put together before it is entered: what is told of it, how its amounts are booked, its lines."""

    standing: Standing
    head: Head
    counted: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    total: float = 0.0
    told: list[Sequence[Cell]] = field(default_factory=list)
    notes: int = 0
    rejections: int = 0
    bookings: list[Booking] = field(default_factory=list)
    unread: list[tuple[str, Booked]] = field(default_factory=list)
    counts: list[tuple[str, Comparison | None, int]] = field(default_factory=list)
    entries: dict[str, list[Entry]] = field(default_factory=lambda: {table: [] for table in TABLES})


@dataclass(kw_only=True)
class Result:
    """A collection: its long tables as rows, its totals, its books, and how many files are in which state."""

    language: str
    agreement: Agreement
    rows: dict[str, Rows]
    sums: list[Sums]
    books: Books
    states: Counter[str]
    skipped: tuple[tuple[str, Why], ...] = ()
    files: list[Sequence[Cell]] = field(default_factory=list)
    troubles: list[tuple[str, str]] = field(default_factory=list)
    unfilled: list[str] = field(default_factory=list)
    notes: int = 0
    rejections: int = 0
    # The cost of each file, line by line: it has to be the same money as `sums`, which is added up in another way.
    of_files: list[float] = field(default_factory=list)

    @property
    def basis(self) -> Assumptions:
        """The assumptions under which all lines are summed."""
        return self.agreement.assumptions

    @property
    def expected(self) -> Expected:
        """What went out."""
        return self.agreement.expected

    @property
    def missing(self) -> list[str]:
        """The departments of which nothing came."""
        return list(self.agreement.missing)

    @property
    def not_read(self) -> list[tuple[str, Why]]:
        """What lies among the returns and may hold some, but is not opened: links, archives, placeholders."""
        return [(name, why) for name, why in self.skipped if why in UNREAD]

    @property
    def complete(self) -> bool:
        """Whether nothing is unknown: every file was read, and every amount is in the sum or listed."""
        return self.balanced and not self.books.unknown and not self.not_read

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

    def run(self, heard: Callable[[], None] = lambda: None) -> None:
        """Go over the files in their order; `heard` is called after each."""
        lines = 0
        for standing in self._result.agreement.versions:
            file = self._file(standing)
            self._enter(file)
            lines += sum(map(len, file.entries.values()))
            if lines >= _BATCH:
                self._settle()
                lines = 0
            heard()
        self._settle()

    # -- one file ----------------------------------------------------------------------------------------------------

    def _file(self, standing: Standing) -> File:
        """Put a file together; a fault in it becomes the reason why it is rejected, and stops no other."""
        try:
            return self._together(standing, unpacked_head(self._store.head(standing.file.digest)))
        except CrmError:
            raise  # of the store: it concerns all files
        except Exception as fault:
            nothing = unpacked_head(unread(standing.file.digest, "reader_fault", fault=type(fault).__name__).head)
            rejected = replace(standing, state="rejected", file=replace(standing.file, reasons=()))
            return File(standing=rejected, head=nothing)

    def _together(self, standing: Standing, head: Head) -> File:
        file = File(standing=standing, head=head)
        for finding in (*head.findings, *standing.file.reasons):
            if finding.blocks or standing.state == "counted" or finding in head.findings:
                self._tell(file, finding)
        for finding in head.strays:
            self._tell(file, finding, rejected=finding.blocks)
        if standing.state == "empty":
            self._tell(file, Finding(key="no_lines", severity="note"))
        body = self._store.body(standing.file.digest)
        for table in TABLES:
            self._book(file, table, list(unpacked_lines(body, table)))
        return file

    def _book(self, file: File, table: str, lines: list[Line]) -> None:
        """Book what was read of a table, and send each line on its way."""
        state, stamp = file.standing.state, file.head.stamp
        count = file.head.second_count[table]
        if not lines and file.head.rejected and count is not None and count.booked.stated:
            # Nothing could be read, but the cells are there: what they hold is known, if not in which currency.
            file.unread.append((table, count.booked))
            return
        origin = Origin(
            file=file.standing.file.name,
            sheet=file.head.sheets.get(table, ""),
            department=stamp.department if stamp else "",
            currency=stamp.currency if stamp else "",
        )
        with_amount = 0
        for line in lines:
            e = entry(line, table, origin, self._result.language)
            with_amount += e.states
            file.bookings.append((table, e.currency, None, e.states, e.amount))
            for finding in line.findings:
                if state == "counted" and not finding.blocks:
                    self._tell(file, finding)
            # What the engine found is judged again under the assumptions of the collection.
            if state == "counted" and all(f.key == "problem" for f in e.reasons):
                file.entries[table].append(e)
                continue
            fate: Fate = "line_rejected" if state == "counted" else _FATES[state]
            file.bookings.append((table, e.currency, fate, e.states, e.amount))
            if state == "counted":
                file.rejected[table] += 1
            if state in ("counted", "rejected", "conflict"):
                self._reject(file, e, e.reasons)
        file.counts.append((table, count, with_amount))

    def _enter(self, file: File) -> None:
        """Enter a file that is whole into the result; its lines are settled later, many together."""
        result, name, state = self._result, file.standing.file.name, file.standing.state
        result.states[state] += 1
        books, head = result.books, file.head
        books.enter(file.bookings)
        for table, counted in file.unread:
            books.rejected(table, counted)
        for table, count, lines in file.counts:
            books.second_count(name, table, count, lines)
        books.unseen += [(name, sheet, cell) for sheet, cell in head.unseen]
        for finding in head.strays:
            books.strays.line(True, finding.amount)
        if head.rejected and not any(head.lines.values()) and not any(head.second_count.values()):
            books.unknown.append(name)
        if state == "empty":
            result.unfilled.append(name)
        elif state not in ("counted", "replaced", "same"):
            result.troubles.append((name, self._why(file)))
        self._waiting.append(file)

    # -- many files --------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Sum the lines that wait, write them out, and then what is told of their files."""
        result = self._result
        for table in TABLES:
            file_of = {id(e): file for file in self._waiting for e in file.entries[table]}
            waiting = [e for file in self._waiting for e in file.entries[table]]
            if not waiting:
                continue
            settled = self._settled(waiting, table)
            rows = result.rows[table]
            rows.together(len(settled.counted))
            if settled.model is not None and settled.counted:
                result.sums_of(len(rows.counts)).add(settled.model, rows.counts[-1] + 1)
            out = []
            for e, total in zip(settled.counted, settled.totals.tolist(), strict=True):
                file = file_of[id(e)]
                result.books.enter([(table, e.currency, "counted", e.states, e.amount)])
                file.counted[table] += 1
                file.total += total if table == "costs" else 0.0
                in_sum = total if e.states else None  # a line that is not priced yet is in no total, and costs no 0
                out.append((e.origin.file, e.origin.sheet, e.row, *e.values, e.amount, in_sum))
            rows.add(out)
            if self._sink is not None:
                self._sink.add(table, settled.counted)
            for e, reasons in settled.rejected:
                self._left_out(file_of[id(e)], e, table, "line_rejected", reasons)
            for e in settled.outside:
                self._left_out(file_of[id(e)], e, table, "outside_years", (_outside(e, result.basis),))
        for file in self._waiting:
            result.files.append(self._status(file))
            result.of_files.append(file.total)
            result.rows["findings"].add(file.told)
            result.notes += file.notes
            result.rejections += file.rejections
        self._waiting = []

    def _settled(self, waiting: list[Entry], table: str) -> Settled:
        """Settle lines; one at which the engine fails is rejected alone."""
        basis = self._result.basis
        try:
            return settle(waiting, table, basis)
        except Exception as fault:
            found = Finding(key="reader_fault", severity="blocks", details=(("fault", type(fault).__name__),))
            good: list[Entry] = []
            bad: list[tuple[Entry, tuple[Finding, ...]]] = []
            for e in waiting:
                try:
                    settle([e], table, basis)
                    good.append(e)
                except Exception:
                    bad.append((e, (replace(found, sheet=e.origin.sheet, cell=f"{e.row}:{e.row}"),)))
            settled = settle(good, table, basis)
            return replace(settled, rejected=[*settled.rejected, *bad])

    def _left_out(self, file: File, e: Entry, table: str, fate: Fate, reasons: Sequence[Finding]) -> None:
        self._result.books.enter([(table, e.currency, fate, e.states, e.amount)])
        file.rejected[table] += 1
        self._reject(file, e, reasons)

    # -- what is told ------------------------------------------------------------------------------------------------

    def _tell(self, file: File, finding: Finding, *, rejected: bool = False) -> None:
        self._row(file, finding, finding.sheet, finding.cell, amount=finding.amount)
        if rejected or finding.blocks:
            file.rejections += rejected
        else:
            file.notes += 1

    def _reject(self, file: File, e: Entry, reasons: Sequence[Finding]) -> None:
        """List a line that is not in the sum: its amount once, and every reason."""
        file.rejections += 1
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
                reasons = [f for f in (*file.head.findings, *standing.file.reasons) if f.blocks]
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


def _outside(e: Entry, basis: Assumptions) -> Finding:
    """A line that falls wholly before or after the years of the collection."""
    labels = basis.timeline.labels("en")
    years = f"{labels[0]} – {labels[-1]}"
    return Finding(
        key="outside_years", severity="blocks", sheet=e.origin.sheet, cell=f"{e.row}:{e.row}", expected=years
    )
