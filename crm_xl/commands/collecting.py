"""The command that sums the returned workbooks: collect."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crm_xl.commands import options
from crm_xl.commands.group import as_json, command
from crm_xl.commands.guard import bounded
from crm_xl.console import LANGUAGE, Language, print_json, say, shown, tell
from crm_xl.data import LANGUAGES

if TYPE_CHECKING:
    from crm_xl.collection.collecting.amounts import Booked, Kind
    from crm_xl.collection.collecting.collect import Order, Progress, Reader, Report
    from crm_xl.collection.collecting.reconciliation import Account, Books

# More files in trouble than anybody reads at once are counted; the status sheet has them all.
_SHOWN = 20
# More columns of amounts do not fit on a screen.
_COLUMNS = 5


@command("collect", "crm-xl collect returned -o total.xlsx --manifest sent/manifest.jsonl")
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help=say("cli_collect_out"))
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGE, show_default=True, help=say("cli_collect_lang"))
@click.option("--manifest", type=click.Path(path_type=Path), help=say("cli_collect_manifest"))
@click.option("--cycle", help=say("cli_collect_cycle"))
@click.option("--assumptions", type=click.Path(path_type=Path), help=say("cli_collect_assumptions"))
@click.option("--currency", callback=options.currency, help=say("cli_collect_currency"))
@click.option("--parquet", type=click.Path(path_type=Path), help=say("cli_collect_parquet"))
@click.option("--jobs", type=click.IntRange(1, 64), help=say("cli_collect_jobs"))
@click.option(
    "--time-limit", type=click.IntRange(1, 3600), default=60, show_default=True, help=say("cli_collect_time_limit")
)
@click.option("--dask", metavar="ADDRESS", help=say("cli_collect_dask"))
@click.option("--watch", is_flag=True, help=say("cli_collect_watch"))
@as_json
@bounded
def collect(
    folders: tuple[Path, ...],
    out: Path,
    lang: Language,
    manifest: Path | None,
    cycle: str | None,
    jobs: int | None,
    time_limit: int,
    dask: str | None,
    watch: bool,
    as_json: bool,
    **more: Any,
) -> int:
    """Collect returned workbooks."""
    from crm_xl.collection.collecting.agreement import expected_of
    from crm_xl.collection.collecting.collect import Order

    if out.suffix.lower() != ".xlsx":
        raise click.ClickException(say("cli_not_xlsx", file=out))
    expected = expected_of(manifest, cycle) if manifest else None
    order = Order(folders=folders, out=out, language=lang, cycle=cycle, expected=expected, **more)
    with _reader(jobs, time_limit, dask) as reader:
        if watch:
            return _watch(order, reader, as_json)
        return _once(order, reader, as_json)


@contextmanager
def _reader(jobs: int | None, time_limit: int, dask: str | None) -> Iterator["Reader"]:
    """What reads the files: processes of this machine, or a cluster."""
    if dask is None:
        from crm_xl.collection.collecting.workers import read_here

        yield partial(read_here, jobs=jobs or os.cpu_count() or 1, time_limit=time_limit)
        return
    from crm_xl.collection.collecting.cluster import connect, read_there

    with connect(dask) as client:
        yield partial(read_there, client, time_limit=time_limit)


def _once(order: "Order", reader: "Reader", as_json: bool) -> int:
    from crm_xl.collection.collecting.collect import collect

    started = time.perf_counter()
    with _progress() as progress:
        report = collect(order, reader, progress)
    seconds = time.perf_counter() - started
    if as_json:
        print_json(_record(report, order.out, seconds))
    else:
        _print(report, order.out, seconds)
    return 0 if report.ok else 1


def _watch(order: "Order", reader: "Reader", as_json: bool) -> int:
    from crm_xl.collection.collecting.watch import arrivals
    from crm_xl.errors import CrmError

    code = 0
    try:
        for _ in arrivals(order.folders, order.outputs):
            try:
                code = _once(order, reader, as_json)
            except CrmError as fault:  # no return yet, or one of another cycle: the next change may mend it
                tell(say("cli_error", text=fault.text(LANGUAGE)), err=True)
                code = 1
            tell(say("collect_watching", folder=order.folders), err=True)
    except KeyboardInterrupt:
        tell(say("collect_watch_ended"), err=True)
    return code


# -- what is shown ---------------------------------------------------------------------------------------------------


@contextmanager
def _progress() -> Iterator["Progress | None"]:
    """A bar with files a second and the time left, where somebody watches; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(say("collect_rate", rate=f"{task.speed or 0:,.0f}"))

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bars(bars)


class _Bars:
    """Shows the two halves of a collection, one after the other."""

    def __init__(self, bars: Any) -> None:
        self._bars = bars
        self._bar = bars.add_task(say("collect_reading"), total=None)

    def begin(self, total: int, known: int) -> None:
        self._bars.update(self._bar, total=total - known)

    def read(self) -> None:
        self._bars.advance(self._bar)

    def writing(self, total: int) -> None:
        self._bar = self._bars.add_task(say("collect_writing"), total=total)

    def written(self) -> None:
        self._bars.advance(self._bar)


def _print(report: "Report", out: Path, seconds: float) -> None:
    from crm_xl.collection.collecting.sheets import total_of
    from crm_xl.collection.collecting.status_sheet import open_questions

    result = report.result
    files = report.read + report.known
    for file, why in report.skipped[:_SHOWN]:
        tell(say("collect_skipped", file=file, why=say(f"collect_skipped_{why}")))
    if len(report.skipped) > _SHOWN:
        tell(say("collect_skipped_more", count=len(report.skipped) - _SHOWN))
    tell(say("collect_done", files=files, read=report.read, known=report.known, seconds=f"{seconds:.1f}"))
    counts = [(say(f"collect_count_{state}"), count) for state, count in sorted(result.states.items())]
    for text, count in [*counts, (say("collect_count_missing"), len(result.missing))]:
        tell("  " + say("collect_labelled", label=text, text=count))
    if result.missing:
        names = result.missing[:_SHOWN] + ["…"] * (len(result.missing) > _SHOWN)
        tell(say("collect_missing", departments=names))
    if result.unfilled:
        files_shown = result.unfilled[:_SHOWN] + ["…"] * (len(result.unfilled) > _SHOWN)
        tell(say("collect_unfilled", files=files_shown))
    for name, reason in result.troubles[:_SHOWN]:
        tell("  " + say("collect_labelled", label=name, text=reason))
    if len(result.troubles) > _SHOWN:
        tell(say("collect_more", count=len(result.troubles) - _SHOWN))
    _print_books(result.books)
    strays = result.books.strays.booked
    if strays.stated:
        tell(say("collect_strays", count=strays.stated, total=shown(strays.amount)))
    questions = open_questions(result, LANGUAGE)
    for text in questions[:_SHOWN]:
        tell(text, err=True)
    if len(questions) > _SHOWN:
        tell(say("collect_more", count=len(questions) - _SHOWN), err=True)
    if result.rejections:
        tell(say("collect_rejections", count=result.rejections))
    closing = "balanced" if result.complete else "unknown" if result.balanced else "not_balanced"
    tell(say(f"collect_{closing}"))
    tell(say("collect_printed_total", total=shown(total_of(result)), currency=result.basis.currency))
    tell(say("cli_written", file=out))


def _print_books(books: "Books") -> None:
    """The amounts read and what became of them: by table and currency, and what is below 0 by itself.

    Few currencies stand in columns; many stand below each other, so that the table can be read.
    """
    from crm_xl.collection.collecting.reconciliation import FATES
    from crm_xl.console import print_table
    from crm_xl.data import term

    accounts = books.accounts
    if not accounts:
        return
    named = [
        (f"{term(f'table_{a.table}', LANGUAGE)} {a.currency or say('collect_currency_unknown')}", a) for a in accounts
    ]
    columns: list[tuple[str, Account, Kind]] = [(name, a, "positive") for name, a in named]
    columns += [(f"{name} < 0", a, "negative") for name, a in named if a.read.negative_lines]
    rows: list[list[object]] = [[say("collect_books_title"), *(name for name, _, _ in columns)]]
    count = sum(a.read.lines for a in accounts)
    label = say("collect_counted", label=say("collect_books_read_amount"), count=count)
    rows.append([label, *(a.read.of(kind)[1] for _, a, kind in columns)])
    for fate in FATES:
        if fate == "counted" or any(a.fates[fate].lines for a in accounts):
            count = sum(a.fates[fate].lines for a in accounts)
            label = say("collect_counted", label=say(f"collect_fate_{fate}"), count=count)
            rows.append([label, *(a.fates[fate].of(kind)[1] for _, a, kind in columns)])
    rows.append([say("collect_books_left"), *(round(a.difference.of(kind)[1], 2) + 0.0 for _, a, kind in columns)])
    print_table(rows if len(columns) <= _COLUMNS else list(zip(*rows, strict=True)), money=True)
    for name, a in named:
        if a.read.unread_lines:
            tell(say("collect_labelled", label=say("collect_kind_unread", table=name), text=a.read.unread_lines))


def _record(report: "Report", out: Path, seconds: float) -> dict[str, Any]:
    from crm_xl.collection.collecting.sheets import total_of

    result = report.result
    strays = result.books.strays.booked
    books = [
        {
            "table": account.table,
            "currency": account.currency or None,
            "read": _booked(account.read),
            **{fate: _booked(booked) for fate, booked in account.fates.items()},
            "difference": account.difference.amount,
        }
        for account in result.books.accounts
    ]
    return {
        "written": str(out),
        "cycle": result.expected.cycle,
        "period": result.expected.period,
        "files": report.read + report.known,
        "read": report.read,
        "known": report.known,
        "states": dict(sorted(result.states.items())),
        "missing": result.missing,
        "without_lines": result.unfilled,
        "troubles": [{"file": file, "why": why} for file, why in result.troubles],
        "skipped": [{"file": file, "why": why} for file, why in report.skipped],
        "rejections": result.rejections,
        "notes": result.notes,
        "reconciliation": books,
        "reconciles": result.balanced,
        "complete": result.complete,
        "amounts_unknown": result.books.unknown,
        "not_read": [{"file": file, "why": why} for file, why in result.not_read],
        "differences": [
            {"file": file, "table": table, "rows": list(rows)} for file, table, rows in result.books.differing
        ],
        "not_counted_again": [{"file": file, "table": table} for file, table in result.books.uncounted],
        "not_listed": [{"file": file, "sheet": sheet, "cell": cell} for file, sheet, cell in result.books.unseen],
        "outside_tables": {"numbers": strays.stated, "sum": strays.amount},
        "total": total_of(result),
        "currency": result.basis.currency,
        "ok": report.ok,
        "seconds": round(seconds, 3),
    }


def _booked(booked: "Booked") -> dict[str, Any]:
    return {
        "lines": booked.lines,
        "amount": booked.amount,
        "below_zero": booked.negative,
        "unreadable_lines": booked.unread_lines,
    }
