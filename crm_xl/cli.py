"""The command line `crm-xl`: a thin layer that turns arguments into calls, and exceptions into words.

Help and messages follow CRM_XL_LANG (en or zh), else the language of the system. Exit codes: 0 when all is well, 1 when
a workbook has a problem or cannot be read, 2 when the command was typed wrongly. Heavy things are imported late.
"""

import locale
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import click

from crm_xl._version import __version__
from crm_xl.data import LANGUAGES, term

if TYPE_CHECKING:
    from crm_xl.hosts.headless.book import Book
    from crm_xl.hosts.headless.records import Recalculation

KINDS = ("finance", "department")
Language: TypeAlias = Literal["en", "zh"]


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
        super().write_usage(prog, args, f"{say('cli_usage')}: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading({"Options": say("cli_options"), "Commands": say("cli_commands")}.get(heading, heading))


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


class _Group(_Bilingual, click.Group):
    command_class = _Bilingual


def _command(name: str, example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with its help text from the terms and an example below it."""
    return cli.command(name, help=say(f"cli_{name}"), epilog=f"{say('cli_example')}: {example}")


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
_json = click.option("--json", "as_json", is_flag=True, help=say("cli_json"))


@click.group(cls=_Group, help=say("cli_main"), context_settings=_SETTINGS)
@click.version_option(__version__, message="crm_xl %(version)s", help=say("cli_version"))
def cli() -> None:
    """Hold the commands together."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every expected fault becomes one line of words and an exit code."""
    from crm_xl.engine.errors import CrmError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # Windows consoles may be set to a code page
    try:
        code = cli.main(arguments, prog_name="crm-xl", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_page:
        click.echo(help_page.format_message())
        code = 2
    except click.UsageError as fault:
        command = fault.ctx.info_name if fault.ctx and fault.ctx.parent else ""
        text = say("cli_bad_usage", text=_usage_fault(fault), command=command or "").replace("  ", " ")
        click.echo(say("cli_error", text=text), err=True)
        code = 2
    except click.ClickException as fault:
        click.echo(say("cli_error", text=fault.format_message()), err=True)
        code = 1
    except CrmError as fault:
        click.echo(say("cli_error", text=fault.text(LANGUAGE)), err=True)
        code = 1
    except KeyError as fault:
        click.echo(say("cli_error", text=fault.args[0]), err=True)
        code = 1
    except (KeyboardInterrupt, click.Abort):
        code = 130
    sys.exit(code or 0)


def _usage_fault(fault: click.UsageError) -> str:
    match fault:
        case click.MissingParameter():
            return say("cli_missing", name=fault.param.make_metavar(fault.ctx) if fault.param and fault.ctx else "")
        case click.NoSuchOption():
            return say("cli_no_option", name=fault.option_name)
        case click.BadParameter():
            name = fault.param.opts[-1] if fault.param else ""
            return say("cli_bad_value", name=name, text=fault.message)
    if fault.message.startswith("No such command"):
        return say("cli_no_command", name=fault.message.split("'")[1])
    if "unexpected extra argument" in fault.message:
        return say("cli_too_many", name=fault.message.rpartition("(")[2].rstrip(")"))
    return fault.message


# -- recalculating --------------------------------------------------------------------------------------------------


@_command("recalc", "crm-xl recalc crm_example.xlsx -o recalculated.xlsx")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out"))
@click.option("--keep-going", is_flag=True, help=say("cli_keep_going"))
@click.option("--values", is_flag=True, help=say("cli_values"))
@_json
def recalc(book: Path, out: Path | None, keep_going: bool, values: bool, as_json: bool) -> int:
    """Recalculate a workbook."""
    from crm_xl.hosts.headless.freeze import without_crm_formulas
    from crm_xl.hosts.headless.package import replace_file
    from crm_xl.hosts.headless.recalc import recalculate

    if values and out is None:
        raise click.UsageError(say("cli_values_out"))
    report = recalculate(book, out, keep_going=keep_going)
    if values and out is not None and report.written:
        replace_file(out, without_crm_formulas(out.read_bytes()))
    if as_json:
        _print_json(_report_record(report, out or book))
    else:
        _print_report(report, out or book)
    return 0 if report.ok else 1


@_command("eval", "crm-xl eval crm_example.xlsx '=CRM_BREAKDOWN(Costs[#All],Assumptions[#All])'")
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("formula")
@_json
@click.option("--csv", "as_csv", is_flag=True, help=say("cli_csv"))
def evaluate(book: Path, formula: str, as_json: bool, as_csv: bool) -> int:
    """Print the result of a formula."""
    from crm_xl.engine.errors import ErrorValue
    from crm_xl.hosts.headless.book import open_workbook

    opened = open_workbook(book)
    result = opened.evaluate(formula)
    rows = result if isinstance(result, list) else [[result]]
    if as_json:
        _print_json({"formula": formula, "result": result})
    elif as_csv:
        _print_csv(rows)
    else:
        _print_table(rows)
    if isinstance(result, ErrorValue):
        for reason in opened.reasons(LANGUAGE):
            click.echo(reason, err=True)
        return 1
    return 0


@_command("demo", "crm-xl demo")
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out_demo"))
def demo(out: Path | None) -> int:
    """Show the main job."""
    from crm_xl.hosts.headless.book import open_workbook
    from crm_xl.hosts.headless.package import replace_file
    from crm_xl.hosts.headless.recalc import recalculate
    from crm_xl.templates.build import build
    from crm_xl.templates.spec import example_spec

    target = out or Path(f"crm_example_{LANGUAGE}.xlsx")
    built = build(example_spec(LANGUAGE))
    if out is None and target.exists() and target.read_bytes() != built:
        raise click.ClickException(say("cli_demo_exists", file=target))
    replace_file(target, built)
    report = recalculate(target)
    _print_report(report, target)
    book = open_workbook(target)
    years = book["Model_years"]
    click.echo(f"\n{say('cli_demo_title', years=f'{years:g}' if isinstance(years, float) else years)}\n")
    total = book.evaluate("=CRM_TOTAL(Costs[#All],Assumptions[#All])")
    click.echo(f"  CRM_TOTAL = {_shown(total)}\n")
    _print_table(_rows(book, "=CRM_BREAKDOWN(Costs[#All],Assumptions[#All])"))
    click.echo()
    _print_table(_rows(book, '=CRM_BREAKDOWN(Costs[#All],Assumptions[#All],"department","year")'))
    click.echo("\n" + say("cli_demo_open", file=target.resolve()))
    return 0 if report.ok else 1


def _rows(book: "Book", formula: str) -> list[list[Any]]:
    result = book.evaluate(formula)
    return result if isinstance(result, list) else [[result]]


# -- workbooks and reference ----------------------------------------------------------------------------------------


def _date(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    from crm_xl.engine.timeline import as_date

    day = as_date(value) if value else None
    if value and day is None:
        raise click.BadParameter(say("cli_date", found=value), param=__)
    return day


def _rates(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, float, None], ...]:
    from crm_xl.engine.rates import currency_pair

    found = []
    for value in values:
        pair, _, rate = value.partition("=")
        codes = currency_pair(pair)
        if codes is None or not rate.strip().replace(".", "", 1).isdecimal() or float(rate) == 0:
            raise click.BadParameter(say("cli_rate_bad", found=value), param=option)
        found.append(("/".join(codes), float(rate), None))
    return tuple(found)


@_command("template", "crm-xl template -o crm.xlsx --lang zh --currency CNY --years 5 --start 2027-01-01")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help=say("cli_out_template"))
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGE, show_default=True, help=say("cli_lang"))
@click.option("--kind", type=click.Choice(KINDS), default="finance", show_default=True, help=say("cli_kind"))
@click.option("--department", help=say("cli_department"))
@click.option("--currency", default="CNY", show_default=True, help=say("cli_currency"))
@click.option("--years", type=click.IntRange(1, 30), default=5, show_default=True, help=say("cli_years"))
@click.option("--start", metavar="DATE", callback=_date, help=say("cli_start"))
@click.option("--rate", "rates", multiple=True, metavar="PAIR=RATE", callback=_rates, help=say("cli_rate"))
@click.option("--lines", type=click.IntRange(10, 5000), default=100, show_default=True, help=say("cli_lines"))
def template(out: Path, lang: Language, currency: str, **options: Any) -> int:
    """Write a template."""
    from crm_xl.engine.schema import currencies, normalise
    from crm_xl.templates.build import write_template
    from crm_xl.templates.spec import TemplateSpec

    code = currencies().get(normalise(currency))
    if code is None:
        raise click.BadParameter(term("expected_currency", LANGUAGE), param_hint="--currency")
    write_template(TemplateSpec(language=lang, currency=code, **options), out)
    click.echo(say("cli_written", file=out))
    return 0


@_command("workbooks", "crm-xl workbooks workbooks")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def workbooks(folder: Path) -> int:
    """Build the shipped workbooks."""
    from crm_xl.templates.build import build_all

    for path in build_all(folder):
        click.echo(say("cli_written", file=path))
    return 0


@_command("docs", "crm-xl docs docs")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def docs(folder: Path) -> int:
    """Write the reference pages."""
    from crm_xl.functions.reference import pages

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        click.echo(say("cli_written", file=folder / name))
    return 0


@_command("functions", "crm-xl functions CRM_TOTAL --lang zh")
@click.argument("name", required=False)
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGE, show_default=True, help=say("cli_lang_text"))
def functions(name: str | None, lang: str) -> int:
    """List the functions."""
    from crm_xl.functions import REGISTRY
    from crm_xl.functions.reference import function_section

    if name is None:
        _print_table([[f.name, f.alias, f.summary.in_(lang)] for f in REGISTRY], header=False)
        return 0
    found = next((f for f in REGISTRY if name.upper() == f.name or name == f.alias), None)
    if found is None:
        raise click.ClickException(say("cli_function_unknown", name=name))
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown("\n".join(function_section(found, lang))))
    return 0


# -- printing -------------------------------------------------------------------------------------------------------


def _print_report(report: "Recalculation", target: Path) -> None:
    seconds = f"{report.seconds:.2f}"
    details = {"book": report.workbook, "formulas": report.formulas, "changed": report.changed, "seconds": seconds}
    click.echo(say("cli_recalculated", **details))
    for problem in report.problems:
        click.echo(problem.text(LANGUAGE), err=True)
    if report.written:
        click.echo(say("cli_written", file=target))
    elif not report.ok:
        click.echo(say("cli_not_written"), err=True)


def _report_record(report: "Recalculation", target: Path) -> dict[str, object]:
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
        "written": str(target) if report.written else None,
        "ok": report.ok,
        "problems": problems,
    }


def _print_json(record: object) -> None:
    import json

    click.echo(json.dumps(record, ensure_ascii=False, indent=2, default=str))


def _print_csv(rows: Iterable[Sequence[object]]) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    for row in rows:
        writer.writerow([_inert(value) for value in row])


def _inert(value: object) -> object:
    """A text that a spreadsheet program would take for a formula gets an apostrophe before it."""
    from crm_xl.engine.errors import ErrorValue

    text = isinstance(value, str) and not isinstance(value, ErrorValue)
    return f"'{value}" if text and str(value).startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _print_table(rows: Sequence[Sequence[object]], *, header: bool = True) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if len(rows) == 1 and len(rows[0]) == 1:
        click.echo(_shown(rows[0][0]))
        return
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, 2, 0, 0))
    shares = _share_columns(rows)
    body = rows[1:] if header else rows
    for j, name in enumerate(rows[0]):
        numbers = any(isinstance(row[j], float) for row in body)
        table.add_column(Text(_shown(name, year=True)), justify="right" if numbers else "left", overflow="fold")
    for row in body:
        table.add_row(*(Text(_shown(value, share=j in shares, year=j == 0)) for j, value in enumerate(row)))
    console = Console()
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def _share_columns(rows: Sequence[Sequence[object]]) -> set[int]:
    titles = {term(key, language) for key in ("share", "variance_share", "share_of_cost") for language in LANGUAGES}
    return {j for j, name in enumerate(rows[0]) if name in titles}


def _shown(value: object, *, share: bool = False, year: bool = False) -> str:
    if isinstance(value, float) and share:
        return f"{value:.1%}"
    if isinstance(value, float) and year and value == int(value):
        return f"{value:.0f}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "" if value is None else str(value)


if __name__ == "__main__":
    main()
