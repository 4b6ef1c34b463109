"""Commands for workbooks that others work on: repair, serve-folder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crm_xl.commands.group import as_json, command
from crm_xl.commands.guard import limited
from crm_xl.console import LANGUAGE, print_json, say, tell

if TYPE_CHECKING:
    from crm_xl.hosts.headless import Mended, Repair
    from crm_xl.hosts.serve import Served

# More formulas than anybody reads at once are counted; --json has them all.
_SHOWN = 20


@command("repair", "crm-xl repair sales.xlsx -o sales_repaired.xlsx")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out_repair"))
@as_json
@limited
def repair(book: Path, out: Path | None, as_json: bool) -> int:
    """Put plain names back."""
    from crm_xl.hosts.headless import repair

    report = repair(book, out)
    if as_json:
        print_json(_record(report, out or book))
    else:
        _print(report, out or book)
    return 1 if report.unread else 0


def _print(report: "Repair", target: Path) -> None:
    for formula in report.formulas[:_SHOWN]:
        tell(say("repair_formula", place=formula.place(LANGUAGE), was=formula.was, now=formula.now))
    if len(report.formulas) > _SHOWN:
        tell(say("repair_more", count=len(report.formulas) - _SHOWN))
    if report.spills:
        tell(say("repair_spills", count=len(report.spills), cells=report.spills[:_SHOWN]))
    for file in report.links:
        tell(say("repair_link", file=file))
    for file in report.kept:
        tell(say("repair_kept", file=file), err=True)
    for formula in report.unread:
        tell(say("repair_unread", place=formula.place(LANGUAGE), was=formula.was), err=True)
    if report.sound:
        tell(say("repair_sound", file=report.workbook))
    if report.written:
        tell(say("cli_written", file=target))
    if not report.sound:
        tell(say("repair_recalc", file=target))


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


@command("serve-folder", "crm-xl serve-folder //server/finance --log served.log")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help=say("cli_serve_out"))
@click.option("--once", is_flag=True, help=say("cli_serve_once"))
@click.option("--polling", is_flag=True, help=say("cli_serve_polling"))
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), help=say("cli_serve_log"))
def serve_folder(folder: Path, out: Path | None, once: bool, polling: bool, log: Path | None) -> int:
    """Keep a folder recalculated."""
    import threading

    from crm_xl.hosts.child_process import ChildProcess
    from crm_xl.hosts.serve import Folder

    if log is not None:
        log.open("a").close()  # where it cannot be written, that is said before anything is done
    child = ChildProcess()
    served = Folder(folder, out=out, language=LANGUAGE, compute=child)
    try:
        if once:
            return min(1, sum(not _tell(found, log) for found in served.once()))
        tell(say("serve_watching", folder=folder))
        for found in served.watch(threading.Event(), polling=True if polling else None):
            _tell(found, log)
    except KeyboardInterrupt:
        tell(say("serve_stopped"))
    finally:
        child.end()
    return 0


def _tell(found: "Served", log: Path | None) -> bool:
    """Print what became of a workbook, and keep it in the log."""
    import time

    first, *more = found.lines(LANGUAGE)
    lines = [f"{time.strftime('%Y-%m-%d %H:%M:%S')} {first}", *(f"    {line}" for line in more)]
    tell("\n".join(lines[: _SHOWN + 1]), err=not found.ok)
    if log is not None:
        try:
            with log.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
        except OSError as fault:
            # A full disk or a share that is away for a while does not end the service.
            tell(say("serve_no_log", file=log, report=fault.strerror or type(fault).__name__), err=True)
    return found.ok
