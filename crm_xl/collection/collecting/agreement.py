"""What all returns of a collection agree on, settled once: cycle, assumptions, currency, which of them count.

Everything after it is handed this, and asks no return again.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crm_xl.collection.collecting.common_assumptions import Votes, agreed, differences, handed_over, votes
from crm_xl.collection.collecting.readings import Head, unpacked_head
from crm_xl.collection.collecting.store import Store
from crm_xl.collection.collecting.versions import Candidate, Standing, standings
from crm_xl.collection.form.stamp import Stamp
from crm_xl.collection.reading.findings import Finding
from crm_xl.collection.sending.manifest import ManifestError, read_manifest
from crm_xl.engine.assumptions import Assumptions
from crm_xl.engine.schema import normalise
from crm_xl.errors import CrmError


class AgreementError(CrmError):
    """The returns do not agree; the text says what a person has to decide."""


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


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What is collected, under which assumptions, what became of every file, and of which departments nothing came."""

    expected: Expected
    assumptions: Assumptions
    versions: tuple[Standing, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Return:
    """What of a return has a say in it."""

    name: str
    digest: str
    stamp: Stamp | None
    modified: dt.datetime | None
    rejected: bool
    copy: bool
    inputs: str
    corrects: str
    empty: bool


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


def settle(
    store: Store,
    digests: Mapping[str, str],
    *,
    expected: Expected | None,
    cycle: str | None,
    assumptions: Path | None,
    currency: str | None,
    language: str,
) -> Agreement:
    """Settle what all returns agree on.

    Parameters
    ----------
    store
        The readings.
    digests
        The digest of each file by its name.
    expected
        What went out; None where no list is at hand.
    cycle, assumptions, currency
        What the user said: the cycle to collect, a file with the assumptions, the reporting currency.
    language
        The language of the collection.

    Raises
    ------
    AgreementError
        Where the returns belong to several cycles and nobody said which.
    BasisError
        Where they do not say under which assumptions they are to be summed.
    """
    returns = [_of_head(name, digest, unpacked_head(store.head(digest))) for name, digest in digests.items()]
    expected = expected or _of_one_cycle(returns, cycle)
    in_place = [r for r in returns if r.stamp is not None and not r.rejected and not _misplaced(r.stamp, expected)]
    if assumptions is not None:
        basis = handed_over(assumptions, currency, language)
    else:
        cast: Votes = Counter()
        for own in in_place:
            cast.update(votes(own.stamp) if own.stamp else ())
        basis = agreed(cast, currency, language)
    versions = standings(_candidate(own, expected, basis) for own in returns)
    came = {normalise(standing.file.department) for standing in versions}
    missing = tuple(department for department in expected.departments if normalise(department) not in came)
    return Agreement(expected=expected, assumptions=basis, versions=tuple(versions), missing=missing)


def _of_head(name: str, digest: str, head: Head) -> _Return:
    return _Return(
        name=name,
        digest=digest,
        stamp=head.stamp,
        modified=head.modified,
        rejected=head.rejected,
        copy=any(finding.key == "annotated" for finding in head.findings),
        inputs=head.inputs,
        corrects=head.corrects,
        empty=head.empty,
    )


def _of_one_cycle(returns: Iterable[_Return], wanted: str | None) -> Expected:
    """The cycle and period of the returns, when they all have the same or the user said which."""
    cycles: Counter[tuple[str, str]] = Counter()
    for own in returns:
        if own.stamp is not None and wanted in (None, own.stamp.cycle):
            cycles[own.stamp.cycle, own.stamp.period] += 1
    if len(cycles) > 1:
        shown = [f"{cycle} / {period} ({count})" for (cycle, period), count in sorted(cycles.items())]
        raise AgreementError("collect_several_cycles", cycles=shown)
    (cycle, period), _ = next(iter(cycles.items()), ((wanted or "", ""), 0))
    return Expected(cycle=cycle, period=period, departments=())


def _misplaced(stamp: Stamp, expected: Expected) -> list[Finding]:
    """Why a return does not belong to what is collected: another cycle, or a department that was not asked."""
    found = []
    if (stamp.cycle, stamp.period) != (expected.cycle, expected.period):
        of = f"{stamp.cycle} / {stamp.period}"
        wanted = f"{expected.cycle} / {expected.period}"
        found.append(Finding(key="other_cycle", severity="blocks", found=of, expected=wanted))
    if expected.departments and normalise(stamp.department) not in expected.asked:
        found.append(Finding(key="unasked_department", severity="blocks", found=stamp.department))
    return found


def _candidate(own: _Return, expected: Expected, basis: Assumptions) -> Candidate:
    """What it takes to compare a return with the others; one that does not belong here is compared with none."""
    stamp = own.stamp
    if stamp is None:
        return Candidate(name=own.name, digest=own.digest, rejected=True)
    if misplaced := _misplaced(stamp, expected):
        return Candidate(name=own.name, digest=own.digest, rejected=True, reasons=tuple(misplaced))
    reasons = tuple(differences(stamp, basis))
    return Candidate(
        name=own.name,
        digest=own.digest,
        department=stamp.department,
        sequence=stamp.sequence,
        modified=own.modified,
        rejected=own.rejected or any(finding.blocks for finding in reasons),
        inputs=own.inputs,
        copy=own.copy,
        corrects=own.corrects,
        empty=own.empty,
        reasons=reasons,
    )
