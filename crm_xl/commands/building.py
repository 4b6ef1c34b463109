"""Commands that build workbooks: demo, template, workbooks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crm_xl.commands.group import command
from crm_xl.console import LANGUAGE, Language, print_report, print_table, say, shown
from crm_xl.data import LANGUAGES

if TYPE_CHECKING:
    from crm_xl.hosts.headless.book import Book

KINDS = ("finance", "department")
# A template of more lines takes a while to build, and says so.
_MANY_LINES = 300


@command("demo", "crm-xl demo")
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


def _xlsx(target: Path) -> Path:
    if target.suffix.lower() != ".xlsx":
        raise click.ClickException(say("cli_not_xlsx", file=target))
    return target


# -- templates -------------------------------------------------------------------------------------------------------


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


@command("template", "crm-xl template -o crm.xlsx --lang zh --currency CNY --years 5 --start 2027-01-01")
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


@command("workbooks", "crm-xl workbooks workbooks")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def workbooks(folder: Path) -> int:
    """Build the shipped workbooks."""
    from crm_xl.templates.build import build_all

    for path in build_all(folder):
        click.echo(say("cli_written", file=path))
    return 0
