"""The command line `crm-xl`: a thin layer that turns arguments into calls, and exceptions into words.

Help and messages follow CRM_XL_LANG (en or zh), else the language of the system. Exit codes: 0 when all is well, 1 when
a workbook has a problem or cannot be read, 2 when the command was typed wrongly. Heavy things are imported late.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crm_xl._version import __version__
from crm_xl.console import (
    LANGUAGE,
    BilingualGroup,
    Language,
    print_csv,
    print_json,
    print_report,
    print_table,
    report_record,
    say,
    shown,
    usage_fault,
)
from crm_xl.data import LANGUAGES

if TYPE_CHECKING:
    from crm_xl.hosts.headless.book import Book

KINDS = ("finance", "department")
# A template of more lines takes a while to build, and says so.
_MANY_LINES = 300


def _command(name: str, example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """A command with its help text from the terms and an example below it."""
    return cli.command(name, help=say(f"cli_{name}"), epilog=f"{say('cli_example')}: {example}")


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
_json = click.option("--json", "as_json", is_flag=True, help=say("cli_json"))


@click.group(cls=BilingualGroup, help=say("cli_main"), context_settings=_SETTINGS)
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
        text = say("cli_bad_usage", text=usage_fault(fault), command=command or "").replace("  ", " ")
        click.echo(say("cli_error", text=text), err=True)
        code = 2
    except click.ClickException as fault:
        click.echo(say("cli_error", text=fault.format_message()), err=True)
        code = 1
    except CrmError as fault:
        click.echo(say("cli_error", text=fault.text(LANGUAGE)), err=True)
        code = 1
    except OSError as fault:
        click.echo(say("cli_error", text=f"{fault.filename}: {fault.strerror}"), err=True)
        code = 1
    except (KeyboardInterrupt, click.Abort):
        code = 130
    sys.exit(code or 0)


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
        print_json(report_record(report, out or book))
    else:
        print_report(report, out or book)
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
        print_json({"formula": formula, "result": result})
    elif as_csv:
        print_csv(rows)
    else:
        print_table(rows)
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

    target = _xlsx(out or Path(f"crm_example_{LANGUAGE}.xlsx"))
    built = build(example_spec(LANGUAGE))
    if target.is_file() and target.read_bytes() != built:
        raise click.ClickException(say("cli_demo_exists", file=target))
    replace_file(target, built)
    report = recalculate(target)
    print_report(report, target)
    book = open_workbook(target)
    years = book["Model_years"]
    click.echo(f"\n{say('cli_demo_title', years=f'{years:g}' if isinstance(years, float) else years)}\n")
    total = book.evaluate("=CRM_TOTAL(Costs[#All],Assumptions[#All])")
    click.echo(f"  CRM_TOTAL = {shown(total)}\n")
    print_table(_rows(book, "=CRM_BREAKDOWN(Costs[#All],Assumptions[#All])"))
    click.echo()
    print_table(_rows(book, '=CRM_BREAKDOWN(Costs[#All],Assumptions[#All],"department","year")'))
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


def _currency(context: click.Context, option: click.Parameter, value: str) -> str:
    from crm_xl.engine.schema import currencies, normalise

    code = currencies().get(normalise(value))
    if code is None:
        raise click.BadParameter(
            say("problem_text", found=f'"{value}"', expected=say("expected_currency")), param=option
        )
    return code


def _xlsx(target: Path) -> Path:
    if target.suffix.lower() != ".xlsx":
        raise click.ClickException(say("cli_not_xlsx", file=target))
    return target


def _rates(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, float, None], ...]:
    from crm_xl.engine.rates import currency_pair

    found = []
    for value in values:
        pair, _, rate = value.partition("=")
        codes = currency_pair(pair)
        if (
            codes is None
            or codes[0] == codes[1]
            or not rate.strip().replace(".", "", 1).isdecimal()
            or float(rate) == 0
        ):
            raise click.BadParameter(say("cli_rate_bad", found=value), param=option)
        found.append(("/".join(codes), float(rate), None))
        if len({frozenset(name.split("/")) for name, *_ in found}) < len(found):
            raise click.BadParameter(say("cli_rate_twice", found=value), param=option)
    return tuple(found)


@_command("template", "crm-xl template -o crm.xlsx --lang zh --currency CNY --years 5 --start 2027-01-01")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help=say("cli_out_template"))
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGE, show_default=True, help=say("cli_lang"))
@click.option("--kind", type=click.Choice(KINDS), default="finance", show_default=True, help=say("cli_kind"))
@click.option("--department", help=say("cli_department"))
@click.option("--currency", default="CNY", show_default=True, callback=_currency, help=say("cli_currency"))
@click.option("--years", type=click.IntRange(1, 30), default=5, show_default=True, help=say("cli_years"))
@click.option("--start", metavar="DATE", callback=_date, help=say("cli_start"))
@click.option("--rate", "rates", multiple=True, metavar="PAIR=RATE", callback=_rates, help=say("cli_rate"))
@click.option("--lines", type=click.IntRange(10, 5000), default=100, show_default=True, help=say("cli_lines"))
@click.option("--force", is_flag=True, help=say("cli_force"))
def template(out: Path, lang: Language, force: bool, **options: Any) -> int:
    """Write a template."""
    from crm_xl.templates.build import write_template
    from crm_xl.templates.spec import TemplateSpec

    if _xlsx(out).is_file() and not force:
        raise click.ClickException(say("cli_exists", file=out))
    if options["lines"] > _MANY_LINES:
        click.echo(say("cli_building"), err=True)
    write_template(TemplateSpec(language=lang, **options), out)
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
        print_table([[f.name, f.alias, f.summary.in_(lang)] for f in REGISTRY], header=False)
        return 0
    found = next((f for f in REGISTRY if name.upper() == f.name or name == f.alias), None)
    if found is None:
        raise click.ClickException(say("cli_function_unknown", name=name))
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown("\n".join(function_section(found, lang))))
    return 0


if __name__ == "__main__":
    main()
