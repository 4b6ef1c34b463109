"""Commands that need or serve LibreOffice Calc: calc-addin, verify, pdf."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crm_xl.commands.group import as_json, command
from crm_xl.commands.guard import limited
from crm_xl.console import LANGUAGE, print_json, say, tell
from crm_xl.xlsx.package import WorkbookError

if TYPE_CHECKING:
    from crm_xl.hosts.calc.office import Office

# More cells than anybody looks up one by one.
_SHOWN_CELLS = 10


@command("calc-addin", "crm-xl calc-addin -o crm_xl.oxt")
@click.option("-o", "--out", type=click.Path(path_type=Path), default=Path("crm_xl.oxt"), help=say("cli_out_oxt"))
@click.option("--python", type=click.Path(path_type=Path), default=Path(sys.executable), help=say("cli_python"))
def calc_addin(out: Path, python: Path) -> int:
    """Write the extension for LibreOffice Calc."""
    from crm_xl.hosts.calc.oxt import build
    from crm_xl.xlsx.package import replace_file

    if out.suffix.lower() != ".oxt":
        raise click.ClickException(say("cli_not_oxt", file=out))
    replace_file(out, build(str(python)))
    tell(say("cli_written", file=out))
    tell(say("cli_calc_addin_next", python=python))
    return 0


@command("verify", "crm-xl verify crm_example.xlsx")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("--engine", type=click.Choice(("calc", "formulon")), default="calc", help=say("cli_verify_engine"))
@as_json
@limited
def verify(book: Path, engine: str, as_json: bool) -> int:
    """Calculate a workbook in several engines and compare."""
    from crm_xl.hosts.calc.office import Office, find_office

    records: list[dict[str, object]] = []
    if engine == "formulon":
        records.append(_with_formulon(book, quiet=as_json))
        try:
            find_office()
        except WorkbookError:
            if as_json:
                print_json(records[0])
            return 0 if records[0]["ok"] else 1
    with Office() as office:
        records.append(_with_calc(book, office, quiet=as_json))
    if as_json:
        print_json(records[-1] if len(records) == 1 else {"ok": all(r["ok"] for r in records), "engines": records})
    return 0 if all(record["ok"] for record in records) else 1


def _with_formulon(book: Path, *, quiet: bool) -> dict[str, object]:
    from crm_xl.hosts.headless import second_opinion

    started = time.perf_counter()
    found = second_opinion(book)
    counts = {"file": found.workbook, "formulas": found.formulas, "left_out": found.left_out}
    if not quiet:
        key = "verify_formulon_differ" if found.differences else "verify_formulon_same"
        tell(say(key, seconds=f"{time.perf_counter() - started:.1f}", count=len(found.differences), **counts))
        for difference in found.differences:
            tell(difference.text(LANGUAGE), err=True)
    return {
        "engine": "formulon",
        "workbook": found.workbook,
        "compared": found.formulas,
        "left_out": found.left_out,
        "ok": found.ok,
        "differences": [vars(d) for d in found.differences],
    }


def _with_calc(book: Path, office: "Office", *, quiet: bool) -> dict[str, object]:
    from crm_xl.hosts.calc.verify import verify as compared

    started = time.perf_counter()
    found = compared(book, office)
    counts = {"file": found.workbook, "cells": found.cells, "calls": found.calls, "count": len(found.differences)}
    if not quiet:
        key = "verify_differ" if found.differences else "verify_same"
        tell(say(key, seconds=f"{time.perf_counter() - started:.1f}", **counts))
        for difference in found.differences:
            tell(difference.text(LANGUAGE), err=True)
        if found.uncompared:
            tell(say("verify_left_out", count=len(found.uncompared)))
        for uncompared in found.uncompared:
            tell(uncompared.text(LANGUAGE), err=True)
    return {
        "workbook": found.workbook,
        "compared": found.cells,
        "calls": found.calls,
        "ok": found.ok,
        "differences": [vars(d) for d in found.differences],
        "uncompared": [u.text(LANGUAGE) for u in found.uncompared],
    }


@command("pdf", "crm-xl pdf crm_example.xlsx -o board.pdf")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out_pdf"))
@click.option("--sheet", "sheets", multiple=True, help=say("cli_sheet"))
@limited
def pdf(book: Path, out: Path | None, sheets: tuple[str, ...]) -> int:
    """Write the board page as PDF."""
    from crm_xl.hosts.calc.office import Office
    from crm_xl.hosts.calc.pdf import print_sheets
    from crm_xl.xlsx.package import replace_file

    target = out or book.with_suffix(".pdf")
    if target.suffix.lower() != ".pdf":
        raise click.ClickException(say("cli_not_pdf", file=target))
    with Office() as office:
        data, errors = print_sheets(book, sheets, office)
    replace_file(target, data)
    tell(say("cli_written", file=target))
    if errors:
        cells = [*errors[:_SHOWN_CELLS], "…"] if len(errors) > _SHOWN_CELLS else errors
        tell(say("pdf_errors", file=book.name, count=len(errors), cells=cells), err=True)
    return 1 if errors else 0
