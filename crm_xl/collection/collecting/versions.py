"""Which returns count: of several from one department the latest, and where that cannot be told, none.

The latest is the one with the highest sequence in its stamp, then the one that was saved last by its own record. Files
with the same inputs are one return, however often they were saved. A corrected copy of `crm-xl check --annotate` is
later than the return that it copies, whether the program moved the record or not. Two with the same sequence and the
same record (or none) but other inputs conflict: none of them counts until a person has decided. When the latest
cannot be used, no older one takes its place: what it says is out of date. A form in which nothing was entered is no
return; but one that was saved after a filled one of the same department may mean that its lines were taken out: the
two conflict.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crm_xl.collection.reading.findings import Finding
from crm_xl.engine.schema import normalise

# What became of a file. Only a counted one is in the sum.
State: TypeAlias = Literal["counted", "rejected", "replaced", "same", "conflict", "empty"]
STATES: tuple[State, ...] = ("counted", "rejected", "replaced", "same", "conflict", "empty")


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """What it takes to compare a file with the others; `department` is blank where no stamp could be read.

    `inputs` is a digest of everything that was entered, empty where that could not be read. `copy` marks one that
    `crm-xl check --annotate` wrote and in which nothing was corrected: it is the return that it copies. `corrects` is
    the digest of the inputs of the return of which it is a corrected copy. `reasons` say why it is out of place among
    those that are collected.
    """

    name: str
    digest: str
    department: str = ""
    sequence: int = 0
    modified: dt.datetime | None = None
    rejected: bool = False
    inputs: str = ""
    copy: bool = False
    corrects: str = ""
    empty: bool = False
    reasons: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What became of a file, and the other file because of which, if there is one."""

    file: Candidate
    state: State
    because: str = ""


def standings(files: Iterable[Candidate]) -> list[Standing]:
    """Return what became of each file, in the order of their names.

    >>> old, new = (Candidate(name=n, digest=n, department="Sales", sequence=s) for n, s in (("a", 1), ("b", 2)))
    >>> [(s.file.name, s.state, s.because) for s in standings([new, old])]
    [('a', 'replaced', 'b'), ('b', 'counted', '')]
    """
    found: list[Standing] = []
    by_department: dict[str, list[Candidate]] = {}
    for file in sorted(files, key=lambda file: file.name):
        if file.department:
            by_department.setdefault(normalise(file.department), []).append(file)
        else:
            found.append(Standing(file=file, state="rejected"))
    for group in by_department.values():
        found += _of_one_department(group)
    return sorted(found, key=lambda standing: standing.file.name)


def _of_one_department(files: list[Candidate]) -> list[Standing]:
    found: list[Standing] = []
    copies = [file for file in files if file.copy]
    empty = [file for file in files if file.empty and not file.rejected and not file.copy]
    different = _different([file for file in files if file not in empty and file not in copies], found)
    if not different:
        found += [Standing(file=file, state="empty") for file in empty]
        return found + [Standing(file=file, state="rejected") for file in copies]
    current = [file for file in different if not _is_corrected(file, different)] or different
    latest = max(current, key=_age)
    emptied = [file for file in empty if _was_emptied(file, latest)]
    found += [Standing(file=file, state="empty") for file in empty if file not in emptied]
    rivals = [file for file in current if file.sequence == latest.sequence and not _ordered(file, latest)] + emptied
    for file in copies:
        original = next((other for other in different if other.inputs == file.inputs), latest)
        found.append(Standing(file=file, state="same", because=original.name))
    for file in (*different, *emptied):
        if file not in rivals:
            found.append(Standing(file=file, state="replaced", because=latest.name))
        elif len(rivals) > 1:
            other = next(rival.name for rival in rivals if rival is not file)
            found.append(Standing(file=file, state="conflict", because=other))
        else:
            found.append(Standing(file=file, state="rejected" if file.rejected else "counted"))
    return found


def _different(files: Sequence[Candidate], found: list[Standing]) -> list[Candidate]:
    """One file of each content, of several with the same inputs the latest; the others are entered as the same."""
    chosen: dict[tuple[object, ...], Candidate] = {}
    for file in files:
        key = (file.sequence, file.rejected, file.inputs or file.digest)
        best = chosen.setdefault(key, file)
        if _age(file) > _age(best):
            chosen[key] = file
    for file in files:
        best = chosen[file.sequence, file.rejected, file.inputs or file.digest]
        if file is not best:
            found.append(Standing(file=file, state="same", because=best.name))
    return list(chosen.values())


def _is_corrected(file: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether one of the others is a corrected copy of a return, and not older than it."""
    return bool(file.inputs) and any(
        other.corrects == file.inputs and other is not file and _age(other) >= _age(file) for other in others
    )


def _was_emptied(file: Candidate, filled: Candidate) -> bool:
    """Whether a form in which nothing stands was saved after a filled one."""
    if file.modified is None or filled.modified is None or file.sequence < filled.sequence:
        return False
    return file.modified > filled.modified


def _age(file: Candidate) -> tuple[int, float]:
    return file.sequence, file.modified.timestamp() if file.modified else float("-inf")


def _ordered(one: Candidate, other: Candidate) -> bool:
    """Whether it is known which of two returns with the same sequence is the later."""
    return one.modified is not None and other.modified is not None and _age(one) != _age(other)
