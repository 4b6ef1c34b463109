"""What the command line shows: language, help pages in both languages, reports and tables on the console."""

import difflib
import locale
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import click

from crm_xl.data import LANGUAGES, term, visible

if TYPE_CHECKING:
    from crm_xl.hosts.headless import Recalculation

Language: TypeAlias = Literal["en", "zh"]
# More problems than anybody reads at once are counted; --json has them all.
_SHOWN_PROBLEMS = 50
# What click writes after the help text of an option.
_REMARKS = re.compile(r"  \[(.+)\]$")


def ui_language() -> Language:
    """Return the language of help and messages."""
    system = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    chosen = os.environ.get("CRM_XL_LANG", "").strip() or system
    return "zh" if chosen.lower().startswith(("zh", "chinese")) else "en"


LANGUAGE = ui_language()


def say(key: str, **details: object) -> str:
    """Return a text in the language of the user."""
    return term(key, LANGUAGE, **details)


# -- click in both languages ---------------------------------------------------------------------------------------


class _Formatter(click.HelpFormatter):
    """Help pages with their headings in the language of the user."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        for word, key in (("[OPTIONS]", "options"), ("COMMAND", "command"), ("[ARGS]", "arguments")):
            args = args.replace(word, say(f"cli_usage_{key}"))
        super().write_usage(prog, args, say("cli_usage"))

    def write_heading(self, heading: str) -> None:
        self.write(say(f"cli_{heading.lower()}") + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        said = [(name, _REMARKS.sub(_remarks, text)) for name, text in rows]
        super().write_dl(said, col_max, col_spacing)


def _remarks(found: re.Match[str]) -> str:
    """What click remarks on an option (its default, its range), in the language of the user."""
    said = []
    for remark in found[1].split("; "):
        word, _, value = remark.partition(": ")
        said.append(say(f"cli_{word}", value=value) if word in ("default", "required") else remark)
    return f"  [{say('cli_remark_between').join(said)}]"


class _Context(click.Context):
    formatter_class = _Formatter


class _Bilingual(click.Command):
    """What commands and groups share: the formatter, and the help text of -h."""

    context_class = _Context

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("cli_help")
        return option


class BilingualGroup(_Bilingual, click.Group):
    """The group of all commands."""

    command_class = _Bilingual


def usage_fault(fault: click.UsageError) -> str:
    """Return what is wrong with the command that was typed."""
    match fault:
        case click.MissingParameter():
            return say("cli_missing", name=_named(fault))
        case click.NoSuchOption():
            return say("cli_no_option", name=fault.option_name)
        case click.BadOptionUsage():
            return say("cli_needs_value", name=fault.option_name)
        case click.BadParameter():
            name = fault.param.opts[-1] if fault.param else ""
            return say("cli_bad_value", name=name, text=_allowed(fault))
    if fault.message.startswith("No such command"):
        return _no_command(fault.message.split("'")[1], fault.ctx)
    if "unexpected extra argument" in fault.message:
        return say("cli_too_many", name=fault.message.rpartition("(")[2].rstrip(")"))
    return fault.message


def _named(fault: click.MissingParameter) -> str:
    """What a user types for the parameter that is missing: the option with its value, or the argument."""
    if fault.param is None or fault.ctx is None:
        return ""
    metavar = fault.param.make_metavar(fault.ctx)
    return f"{fault.param.opts[0]} {metavar}" if isinstance(fault.param, click.Option) else metavar


def _no_command(name: str, ctx: click.Context | None) -> str:
    known = ctx.command.list_commands(ctx) if ctx and isinstance(ctx.command, click.Group) else []
    if near := difflib.get_close_matches(name, known, n=1):
        return say("cli_no_command_near", name=name, near=near[0])
    return say("cli_no_command", name=name)


def _allowed(fault: click.BadParameter) -> str:
    match fault.param.type if fault.param else None:
        case click.IntRange(min=low, max=high):
            return say("cli_range", minimum=low, maximum=high)
        case click.Choice(choices=choices):
            return say("cli_choice", choices=list(choices))
        case click.Path():
            return say("cli_no_folder")
    return fault.message


# -- printing -------------------------------------------------------------------------------------------------------


def tell(text: str = "", *, err: bool = False, end: str = "\n") -> None:
    """Print a text: the one way in which anything reaches the terminal.

    What a workbook or the name of a file holds may steer a terminal, turn the direction of what follows, or be seen by
    nobody: such characters stand there by their numbers. Lines stay lines.
    """
    click.echo("\n".join(map(visible, text.split("\n"))) + end, err=err, nl=False)


def print_report(report: "Recalculation", target: Path) -> None:
    """Print what a recalculation did and found."""
    seconds = f"{report.seconds:.2f}"
    details = {"book": report.workbook, "formulas": report.formulas, "changed": report.changed, "seconds": seconds}
    tell(say("cli_recalculated" if report.written or report.ok else "cli_would_change", **details))
    tell(say("cli_proved", proved=report.proved, unproved=report.unproved, kept=report.kept))
    if report.stored is not None and report.unproved:
        tell(say("cli_stored", reason=say(report.stored)))
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        tell(problem.text(LANGUAGE), err=True)
    if len(report.problems) > _SHOWN_PROBLEMS:
        tell(say("cli_more_problems", count=len(report.problems) - _SHOWN_PROBLEMS), err=True)
    if report.written:
        tell(say("cli_written", file=target))
    elif not report.ok:
        tell(say("cli_not_written"), err=True)


def report_record(report: "Recalculation", target: Path) -> dict[str, object]:
    """Return a report as plain data, for JSON."""
    problems = [
        {
            "workbook": p.workbook,
            "sheet": p.sheet,
            "cell": p.cell,
            "severity": p.severity,
            "reason": p.reason(LANGUAGE),
        }
        for p in report.problems
    ]
    return {
        "workbook": report.workbook,
        "formulas": report.formulas,
        "changed": report.changed,
        "proved": report.proved,
        "unproved": report.unproved,
        "kept": report.kept,
        "stored_values": None if report.stored is None else say(report.stored),
        "written": str(target) if report.written else None,
        "ok": report.ok,
        "problems": problems,
    }


def print_json(record: object) -> None:
    """Print a record as JSON; what is not seen stands in it as `\\u202e`, which JSON reads as the character."""
    import json

    tell(json.dumps(record, ensure_ascii=False, indent=2, default=str))


def print_csv(rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV; no text in it is a formula."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_inert(value) for value in row])
    tell(out.getvalue(), end="")


def _inert(value: object) -> object:
    """A text that a spreadsheet program would take for a formula gets an apostrophe before it."""
    from crm_xl.errors import ErrorValue

    text = isinstance(value, str) and not isinstance(value, ErrorValue)
    return f"'{value}" if text and str(value).startswith(("=", "+", "-", "@", "\t", "\r")) else value


def print_table(rows: Sequence[Sequence[object]], *, header: bool = True, money: bool = False) -> None:
    """Print rows as a table, or one value alone; `money` says that every number is an amount, however round it is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if len(rows) == 1 and len(rows[0]) == 1:
        tell(shown(rows[0][0]))
        return
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, 2, 0, 0))
    shares = _share_columns(rows)
    body = rows[1:] if header else rows
    whole = {j for j in range(len(rows[0])) if not money and _all_whole([row[j] for row in body])}
    for j, name in enumerate(rows[0]):
        numbers = any(isinstance(row[j], float) for row in body)
        table.add_column(
            Text(_in_cell(shown(name, year=True))), justify="right" if numbers else "left", overflow="fold"
        )
    for row in body:
        table.add_row(
            *(Text(_in_cell(shown(value, share=j in shares, year=j in whole))) for j, value in enumerate(row))
        )
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def _in_cell(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _all_whole(values: Sequence[object]) -> bool:
    """Whether a column counts something (years, rows): no number in it has a fraction, none is as large as money."""
    numbers = [v for v in values if isinstance(v, float)]
    return all(v == int(v) and abs(v) < 10_000 for v in numbers)


def _share_columns(rows: Sequence[Sequence[object]]) -> set[int]:
    titles = {term(key, language) for key in ("share", "variance_share", "share_of_cost") for language in LANGUAGES}
    return {j for j, name in enumerate(rows[0]) if name in titles}


def shown(value: object, *, share: bool = False, year: bool = False) -> str:
    """Return a value as people read it: money with two decimals, shares in per cent, counts and years whole."""
    if isinstance(value, float) and share:
        return f"{value:.1%}"
    if isinstance(value, float) and year and value == int(value):
        return f"{value:.0f}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "" if value is None else str(value)
