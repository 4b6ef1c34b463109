"""The stamp in a distributed workbook: which template went to which department, for which period and cycle."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What stands in the custom document properties of a distributed workbook, and in a hidden defined name.

    `sequence` counts the issues to one department within a cycle: of two returns the one with the higher number is
    the later. `layout` is a digest of everything that a department cannot change (headers, locked cells, the places of
    the tables), so that a change is seen without building the template again.
    """

    schema: int
    template: str
    department: str
    period: str
    cycle: str
    sequence: int
    language: str
    layout: str
