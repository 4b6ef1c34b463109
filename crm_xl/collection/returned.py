"""A returned workbook as plain data: its stamp, its lines with the rows where they stand, what was found in it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from crm_xl.collection.findings import Finding
from crm_xl.collection.stamp import Stamp
from crm_xl.engine.cells import Cell


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of an input table: `values` by column key in the order of the schema; `row` is its row on the sheet."""

    row: int
    values: tuple[Cell, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether the line is kept out of the sum."""
        return any(finding.severity == "blocks" for finding in self.findings)


@dataclass(frozen=True, kw_only=True)
class Return:
    """What one returned file holds. It can be pickled: files are read in other processes.

    `findings` are those of the whole workbook; one that blocks rejects every line of it. `modified` is the file's own
    record of its last saving. `costs` and `benefits` hold every line that is not blank, the rejected ones too.
    """

    file: str
    digest: str
    modified: dt.datetime | None
    stamp: Stamp | None
    sheets: tuple[tuple[str, str], ...] = ()
    costs: tuple[Line, ...] = ()
    benefits: tuple[Line, ...] = ()
    assumptions: tuple[tuple[Cell, ...], ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether nothing of the file counts."""
        return any(finding.severity == "blocks" for finding in self.findings)


def read_return(source: Path, name: str | None = None) -> Return:
    """Read a returned workbook within bounds; whatever is wrong with it becomes a finding, never an exception."""
    raise NotImplementedError
