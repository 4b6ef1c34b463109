"""Commands for workbooks that others work on: repair, serve-folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crm_xl.commands.group import as_json, command
from crm_xl.console import LANGUAGE, print_json, say

if TYPE_CHECKING:
    from crm_xl.hosts.headless.repair import Mended, Repair

# More formulas than anybody reads at once are counted; --json has them all.
_SHOWN = 20


@command("repair", "crm-xl repair sales.xlsx -o sales_repaired.xlsx")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out_repair"))
@as_json
def repair(book: Path, out: Path | None, as_json: bool) -> int:
    """Put plain names back."""
    from crm_xl.hosts.headless.repair import repair

    report = repair(book, out)
    if as_json:
        print_json(_record(report, out or book))
    else:
        _print(report, out or book)
    return 1 if report.unread else 0


def _print(report: "Repair", target: Path) -> None:
    for formula in report.formulas[:_SHOWN]:
        click.echo(say("repair_formula", place=formula.place(LANGUAGE), was=formula.was, now=formula.now))
    if len(report.formulas) > _SHOWN:
        click.echo(say("repair_more", count=len(report.formulas) - _SHOWN))
    if report.spills:
        click.echo(say("repair_spills", count=len(report.spills), cells=", ".join(report.spills[:_SHOWN])))
    for file in report.links:
        click.echo(say("repair_link", file=file))
    for file in report.kept:
        click.echo(say("repair_kept", file=file), err=True)
    for formula in report.unread:
        click.echo(say("repair_unread", place=formula.place(LANGUAGE), was=formula.was), err=True)
    if report.sound:
        click.echo(say("repair_sound", file=report.workbook))
    if report.written:
        click.echo(say("cli_written", file=target))
    if not report.sound:
        click.echo(say("repair_recalc", file=target))


def _record(report: "Repair", target: Path) -> dict[str, object]:
    def said(formula: "Mended") -> dict[str, str]:
        return {"place": formula.place(LANGUAGE), "was": formula.was, "now": formula.now}

    return {
        "workbook": report.workbook,
        "sound": report.sound,
        "written": str(target) if report.written else None,
        "formulas": [said(formula) for formula in report.formulas],
        "spills": list(report.spills),
        "links": list(report.links),
        "kept": list(report.kept),
        "unread": [said(formula) for formula in report.unread],
    }
