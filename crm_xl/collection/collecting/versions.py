"""Which returns count: of several from one department the latest, and where that cannot be told, none.

The latest is the one with the highest sequence in its stamp, then the one that was saved last by its own record.
Files of the same content are one return. Two with the same sequence and the same record (or none) but other content
conflict: none of them counts until a person has decided. When the latest cannot be used, no older one takes its
place: what it says is out of date.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from crm_xl.engine.schema import normalise

# What became of a file. Only a counted one is in the sum.
State: TypeAlias = Literal["counted", "rejected", "replaced", "same", "conflict"]
STATES: tuple[State, ...] = ("counted", "rejected", "replaced", "same", "conflict")


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """What it takes to compare a file with the others; `department` is blank where no stamp could be read.

    `copy` marks one that `crm-xl check --annotate` wrote and nobody has saved since: it is the return that it copies,
    and never a later one.
    """

    name: str
    digest: str
    department: str = ""
    sequence: int = 0
    modified: dt.datetime | None = None
    rejected: bool = False
    copy: bool = False


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
    found = []
    first_with: dict[str, Candidate] = {}
    for file in files:
        if (same := first_with.setdefault(file.digest, file)) is not file:
            found.append(Standing(file=file, state="same", because=same.name))
    different = [file for file in first_with.values() if not file.copy]
    copies = [file for file in first_with.values() if file.copy]
    if not different:
        return found + [Standing(file=file, state="rejected") for file in copies]
    latest = max(different, key=_age)
    rivals = [file for file in different if file.sequence == latest.sequence and not _ordered(file, latest)]
    for file in copies:
        original = next((other for other in different if other.modified == file.modified), latest)
        found.append(Standing(file=file, state="same", because=original.name))
    for file in different:
        if file not in rivals:
            found.append(Standing(file=file, state="replaced", because=latest.name))
        elif len(rivals) > 1:
            other = next(rival.name for rival in rivals if rival is not file)
            found.append(Standing(file=file, state="conflict", because=other))
        else:
            found.append(Standing(file=file, state="rejected" if file.rejected else "counted"))
    return found


def _age(file: Candidate) -> tuple[int, float]:
    return file.sequence, file.modified.timestamp() if file.modified else float("-inf")


def _ordered(one: Candidate, other: Candidate) -> bool:
    """Whether it is known which of two returns with the same sequence is the later."""
    return one.modified is not None and other.modified is not None and _age(one) != _age(other)
