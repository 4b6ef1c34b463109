"""The manifest of a cycle: a line of JSON for each workbook that went out."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crm_xl.collection.form.stamp import Stamp
from crm_xl.engine.errors import CrmError
from crm_xl.engine.schema import normalise
from crm_xl.hosts.headless.package import replace_file

NAME = "manifest.jsonl"


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
        lines = path.read_text(encoding="utf-8").splitlines()
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


def write_manifest(path: Path, before: Iterable[Mapping[str, Any]], issued: Iterable[Issued]) -> None:
    """Write a manifest with what went out before and what went out now: whole, or not at all."""
    records = (*before, *(one.record() for one in issued))
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    replace_file(path, text.encode("utf-8"))
