"""The manifest of a cycle: a line of JSON for each workbook, added as soon as it went out."""

import datetime as dt
import errno
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crm_xl.collection.form.stamp import Stamp
from crm_xl.engine.schema import normalise
from crm_xl.errors import CrmError
from crm_xl.xlsx.package import WorkbookError, replace_file, system_reason

NAME = "manifest.jsonl"
_BEGINNING = b'{"file": "'


class ManifestError(CrmError):
    """A manifest cannot be read; the text says where."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A workbook that went out: its file, the digest of its bytes (sha256), its stamp, and the day if one was given."""

    file: str
    sha256: str
    date: dt.date | None
    stamp: Stamp

    def record(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        stamp = {
            key: value.isoformat() if isinstance(value, dt.date) else value for key, value in asdict(self.stamp).items()
        }
        return {"file": self.file, "sha256": self.sha256, "date": self.date and self.date.isoformat(), **stamp}


def read_manifest(path: Path) -> list[dict[str, Any]]:
    """Return the records of a manifest in their order; none where there is no such file.

    Raises
    ------
    ManifestError
        Where a line is no record; the text says which.
    """
    try:
        # Not splitlines: a text may hold what Python takes for the end of a line, and JSON does not.
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise ManifestError("manifest_broken", file=path.name, line=1) from None
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            sound = isinstance(record["department"], str) and isinstance(record["cycle"], str)
            sound = sound and isinstance(record["sequence"], int)
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            raise ManifestError("manifest_broken", file=path.name, line=number)
        found.append(record)
    return found


def last_issues(records: Iterable[Mapping[str, Any]], cycle: str) -> dict[str, Mapping[str, Any]]:
    """Return the record of the last workbook that each department was sent in a cycle, by its normalised name."""
    found: dict[str, Mapping[str, Any]] = {}
    for record in records:
        if record["cycle"] == cycle:
            name = normalise(record["department"])
            found[name] = max(found.get(name, record), record, key=lambda one: one["sequence"])
    return found


def mend_manifest(path: Path) -> None:
    """Take away a last record that was cut off together with its run; no other run may be adding to the manifest."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    whole, end, last = data.rpartition(b"\n")
    if not last.strip():
        return
    try:
        json.loads(last)
    except ValueError:
        if _BEGINNING.startswith(last[: len(_BEGINNING)]):
            replace_file(path, whole + end)
    else:
        replace_file(path, data + b"\n")


def add_issue(path: Path, issued: Issued) -> None:
    """Add a workbook to a manifest, of which the end of the run can then take nothing away.

    Raises
    ------
    WorkbookError
        Where the file cannot be written; it then ends with the record before.
    """
    line = json.dumps(issued.record(), ensure_ascii=False).encode() + b"\n"
    try:
        with path.open("ab", buffering=0) as file:
            before = file.tell()
            if file.write(line) < len(line):
                file.truncate(before)
                raise OSError(errno.ENOSPC, "no room for a record")
    except OSError as fault:
        raise WorkbookError("book_not_written", file=path.name, reason=system_reason(fault)) from fault
