"""Recalculating a workbook file: evaluate every formula, write the values back, report the rest."""

import dataclasses
import os
import time
from collections.abc import Iterable

from crm_xl.functions.registry import Function
from crm_xl.hosts.headless.book import MakeModel, nothing_collected, open_workbook
from crm_xl.hosts.headless.calculation.model import Model
from crm_xl.hosts.headless.calculation.report import FindProblems, Recalculation


@nothing_collected()
def recalculate(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    strict: bool = False,
    stale: bool = False,
    second_engine: bool = False,
    values: bool = False,
    registry: Iterable[Function] | None = None,
    find_problems: FindProblems | None = None,
    make_model: MakeModel = Model,
) -> Recalculation:
    """Evaluate every formula of a workbook file and write the values into it, or into another file.

    A formula that cannot be computed, or that the engine computes otherwise than the program that saved the file, keeps
    its value and is reported; all others are written.

    Parameters
    ----------
    path
        The workbook.
    out
        The file to write; the workbook itself when left out.
    strict
        Write nothing at all where input cells are wrong. Else the formulas over them show errors, as in Excel.
    stale
        Whether the stored results are old: nothing is held against them, and all of them may be overwritten.
    second_engine
        Whether formulon computes, too, what no stored result proves: where the two differ, the cell keeps its value.
    values
        Write values in place of the formulas that call functions of the registry.
    make_model
        Makes what calculates: the headless engine when left out.

    Returns
    -------
    Recalculation
        With `written` telling whether a file was written; one that already holds these values is left alone.

    Raises
    ------
    WorkbookError
        Where a file cannot be read or written. Nothing on disk has changed then.
    """
    started = time.perf_counter()
    book = open_workbook(path, registry=registry, find_problems=find_problems, make_model=make_model)
    report = book.recalculate(stale=stale, second_engine=second_engine)
    write = not (strict and report.wrong_inputs) and (out is not None or book.changed)
    if write:
        book.save(out, values=values)
    return dataclasses.replace(report, written=write, seconds=time.perf_counter() - started)
