"""Commands of the departments' round trip: distribute, check, collect."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crm_xl.commands import options
from crm_xl.commands.group import as_json, command
from crm_xl.commands.guard import bounded
from crm_xl.console import LANGUAGE, Language, print_json, say, tell

if TYPE_CHECKING:
    from crm_xl.hosts.headless import InputProblem

_FILE = click.Path(path_type=Path)


def _record(problem: "InputProblem") -> dict[str, str]:
    return {
        "file": problem.workbook,
        "sheet": problem.sheet,
        "cell": problem.cell,
        "reason": problem.reason(LANGUAGE),
    }


@command(
    "distribute",
    f'crm-xl distribute departments.xlsx -o out --cycle "{say("cli_cycle_example")}" --start 2027-01-01'
    " --from collected_2026.xlsx",
)
@click.argument("departments", type=_FILE)
@click.option("-o", "--out", type=_FILE, required=True, help=say("cli_out_distribute"))
@click.option("--period", default="", help=say("cli_period"))
@click.option("--cycle", default="", help=say("cli_cycle"))
@options.template_settings
@click.option("--contact", default="", help=say("cli_contact"))
@click.option("--deadline", metavar="DATE", callback=options.date, help=say("cli_deadline"))
@click.option("--prefill", type=_FILE, metavar="FILE", help=say("cli_prefill"))
@click.option("--from", "carried_from", type=_FILE, metavar="FILE", help=say("cli_from"))
@click.option("--manifest", type=_FILE, metavar="FILE", help=say("cli_manifest"))
@click.option("--date", metavar="DATE", callback=options.date, help=say("cli_issue_date"))
@click.option("--jobs", type=click.IntRange(1, 60), help=say("cli_jobs"))
@click.option("--force", is_flag=True, help=say("cli_force_distribute"))
@as_json
@bounded
def distribute(
    departments: Path,
    out: Path,
    lang: Language,
    prefill: Path | None,
    carried_from: Path | None,
    manifest: Path | None,
    date: Any,
    jobs: int | None,
    force: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    """Make a workbook for each department."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from crm_xl.collection.sending.departments import ListError
    from crm_xl.collection.sending.distribute import Cycle
    from crm_xl.collection.sending.distribute import distribute as distributed

    cycle = Cycle(language=lang, **settings)
    console = Console(stderr=True)
    started = time.perf_counter()
    speed = TextColumn("{task.fields[speed]}")
    columns = (TextColumn(say("distribute_progress")), BarColumn(), MofNCompleteColumn(), speed, TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            running = bar.add_task("", total=None, speed="")

            def progress(done: int, total: int) -> None:
                now = say("distribute_speed", speed=f"{bar.tasks[0].speed or 0.0:.1f}")
                bar.update(running, completed=done, total=total, speed=now)

            result = distributed(
                departments,
                out,
                cycle,
                prefill=prefill,
                carried_from=carried_from,
                manifest=manifest,
                date=date,
                force=force,
                jobs=jobs,
                progress=progress,
            )
    except ListError as fault:
        if as_json:
            print_json({"workbooks": [], "problems": [_record(problem) for problem in fault.problems]})
        for problem in () if as_json else fault.problems:
            tell(problem.text(LANGUAGE), err=True)
        raise
    for problem in () if as_json else result.left_behind:
        tell(problem.text(LANGUAGE), err=True)
    if as_json:
        left = [_record(problem) for problem in result.left_behind]
        print_json(
            {
                "workbooks": [one.record() for one in result.issued],
                "unchanged": result.unchanged,
                "lines": result.lines,
                "left_behind": left,
            }
        )
        return 0
    count, seconds = len(result.issued), time.perf_counter() - started
    tell(
        say(
            "distribute_done",
            count=count,
            folder=out,
            lines=result.lines,
            seconds=f"{seconds:.1f}",
            speed=f"{count / seconds:.1f}",
        )
    )
    if result.unchanged:
        tell(say("distribute_unchanged", count=len(result.unchanged)))
    if result.left_behind:
        tell(say("distribute_left", count=len(result.left_behind)))
    tell(say("distribute_manifest", file=result.manifest))
    return 0
