"""A reading: what one returned file holds, packed so that it can be sent between processes and kept in the store.

It is packed as JSON and not pickled: the store stands beside the output, where others may write, and reading it must
never run anything. Beside what `read_return` found stands a count of its own of the amounts (`second_count`), against
which the collection is reconciled.
"""

import datetime as dt
import errno
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from crm_xl.collection.collecting.amounts import Booked
from crm_xl.collection.collecting.second_count import Comparison, SecondCount, compared, second_count
from crm_xl.collection.form.stamp import Stamp
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.reading.lines import Line
from crm_xl.collection.reading.returned import MAX_FILE_BYTES, Return, file_bytes, read_return, unreadable
from crm_xl.errors import CrmError

TABLES = ("costs", "benefits")
# Cells that nobody looked at are named up to here.
_MOST_UNSEEN = 1000
# Blank and repeated cells pack to a twentieth at the lowest level already.
_LEVEL = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What is known of one file by its content: `head` is short and `body` holds the lines, both packed.

    `reliable` is False for a reader that died or hung: the next run tries again.
    """

    digest: str
    head: str
    body: bytes
    reliable: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The short part of a reading.

    `strays` are amounts outside the tables. `lines` are the lines read of each table, and `second_count` is what the
    cells say of it, None where a second opening of the file failed or found no such table. `unseen` are cells with an
    amount that the first reading told of nowhere: there should be none. `inputs` is a digest of what was entered, and
    `corrects` that of the return of which the file is a corrected copy.
    """

    stamp: Stamp | None
    modified: dt.datetime | None
    sheets: dict[str, str]
    findings: tuple[Finding, ...]
    strays: tuple[Finding, ...]
    lines: dict[str, int]
    second_count: dict[str, Comparison | None]
    unseen: tuple[tuple[str, str], ...]
    inputs: str
    corrects: str

    @property
    def empty(self) -> bool:
        """Whether nothing was entered: no line, and no amount anywhere else."""
        counted = any(count.booked.stated for count in self.second_count.values() if count)
        return not (any(self.lines.values()) or self.strays or self.unseen or counted)

    @property
    def rejected(self) -> bool:
        """Whether nothing of the file counts."""
        return any(finding.blocks for finding in self.findings)


def read_file(path: Path, name: str) -> Reading:
    """Read a returned file; whatever is wrong with it becomes a finding in the reading, never an exception."""
    try:
        data = file_bytes(path, name)
    except CrmError as error:
        return packed(unreadable(name, error), SecondCount())
    found = read_return(data, name)
    try:
        # Another library opens the file without limits: not one that was refused.
        refused = any(finding.key == "not_read" for finding in found.findings)
        second = SecondCount() if refused else second_count(data, found)
    except Exception:  # what calamine raises is its own affair; a table without a second count does not reconcile
        second = SecondCount()
    return packed(found, second)


def packed(found: Return, second: SecondCount) -> Reading:
    """Return what was read of a file, and counted in it a second time, as a reading."""
    lines = {table: getattr(found, table) for table in TABLES}
    head = {
        "stamp": found.stamp and found.stamp.texts(),
        "modified": found.modified and found.modified.isoformat(),
        "sheets": dict(found.sheets),
        "inputs": found.inputs if found.stamp else "",
        "corrects": found.corrects,
        "findings": [_finding(f) for f in found.findings],
        "strays": [_finding(f) for f in found.strays],
        "lines": {table: len(lines[table]) for table in TABLES},
        "second_count": {
            table: asdict(compared(second.amounts[table], table, lines[table])) if table in second.amounts else None
            for table in TABLES
        },
        "unseen": second.unseen[:_MOST_UNSEEN],
    }
    body = {
        table: [(line.row, line.values, [_finding(f) for f in line.findings]) for line in lines[table]]
        for table in TABLES
    }
    return Reading(digest=found.digest, head=_text(head), body=zlib.compress(_text(body).encode(), _LEVEL))


def unread(digest: str, key: str, **details: str) -> Reading:
    """Return the reading of a file that no reader came back from."""
    finding = Finding(key=key, severity="blocks", details=tuple(details.items()))
    empty = Return(file="", digest=digest, modified=None, stamp=None, findings=(finding,))
    return replace(packed(empty, SecondCount()), reliable=False)


def unpacked_head(text: str) -> Head:
    """Return the short part of a reading."""
    head = json.loads(text)
    return Head(
        stamp=Stamp.from_texts(head["stamp"]) if head["stamp"] else None,
        modified=dt.datetime.fromisoformat(head["modified"]) if head["modified"] else None,
        sheets=head["sheets"],
        findings=tuple(map(_as_finding, head["findings"])),
        strays=tuple(map(_as_finding, head["strays"])),
        lines=head["lines"],
        second_count={
            table: found and Comparison(booked=Booked(**found["booked"]), differing=tuple(found["differing"]))
            for table, found in head["second_count"].items()
        },
        unseen=tuple((sheet, cell) for sheet, cell in head["unseen"]),
        inputs=head["inputs"],
        corrects=head["corrects"],
    )


def unpacked_lines(body: bytes, table: str) -> Iterator[Line]:
    """Return the lines of a table of a reading."""
    for row, values, findings in json.loads(zlib.decompress(body), object_hook=_as_date).get(table, ()):
        yield Line(row=row, values=tuple(values), findings=tuple(map(_as_finding, findings)))


def digest_of(path: Path) -> str:
    """Return the digest of a file as `Return.digest` has it."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise OSError(errno.EFBIG, "too large to be a return")  # it is refused, and not read to its end
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_as_text)


def _as_text(value: object) -> object:
    """What JSON does not know: dates as a dictionary of their text, anything else in details as its text."""
    return {"date": value.isoformat()} if isinstance(value, dt.date) else str(value)


def _as_date(found: dict[str, Any]) -> Any:
    if found.keys() == {"date"}:
        text = found["date"]
        return dt.datetime.fromisoformat(text) if "T" in text else dt.date.fromisoformat(text)
    return found


def _finding(finding: Finding) -> dict[str, Any]:
    return {key: value for key, value in asdict(finding).items() if value}


def _as_finding(found: dict[str, Any]) -> Finding:
    details = tuple((key, value) for key, value in found.pop("details", ()))
    return Finding(**found, details=details)
