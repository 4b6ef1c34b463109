"""Commands that build workbooks: demo, template, workbooks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crm_xl.commands import options
from crm_xl.commands.group import command
from crm_xl.console import LANGUAGE, Language, print_report, print_table, say, shown, tell

if TYPE_CHECKING:
    from crm_xl.hosts.headless import Book

KINDS = ("finance", "department")
EDITIONS = ("plain", "lite")
# A template of more lines takes a while to build, and says so.
_MANY_LINES = 300


@command("demo", "crm-xl demo")
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out_demo"))
def demo(out: Path | None) -> int:
    """Show the main job."""
    from crm_xl.hosts.headless import open_workbook, recalculate
    from crm_xl.templates.build import build
    from crm_xl.templates.spec import example_spec
    from crm_xl.xlsx.package import replace_file

    target = _xlsx(out or Path(f"crm_example_{LANGUAGE}.xlsx"))
    built = build(example_spec(LANGUAGE))
    if target.is_file() and target.read_bytes() != built:
        raise click.ClickException(say("cli_demo_exists", file=target))
    replace_file(target, built)
    report = recalculate(target)
    print_report(report, target)
    book = open_workbook(target)
    years = book["Model_years"]
    tell(f"\n{say('cli_demo_title', years=f'{years:g}' if isinstance(years, float) else years)}\n")
    total = book.evaluate("=CRM_TOTAL(Costs[#All],Assumptions[#All])")
    tell(f"  CRM_TOTAL = {shown(total)}\n")
    print_table(_rows(book, "=CRM_BREAKDOWN(Costs[#All],Assumptions[#All])"))
    tell()
    print_table(_rows(book, '=CRM_BREAKDOWN(Costs[#All],Assumptions[#All],"department","year")'))
    tell("\n" + say("cli_demo_open", file=target.resolve()))
    return 0 if report.ok else 1


def _rows(book: "Book", formula: str) -> list[list[Any]]:
    result = book.evaluate(formula)
    return result if isinstance(result, list) else [[result]]


def _xlsx(target: Path) -> Path:
    if target.suffix.lower() != ".xlsx":
        raise click.ClickException(say("cli_not_xlsx", file=target))
    return target


# -- templates -------------------------------------------------------------------------------------------------------


@command("template", "crm-xl template -o crm.xlsx --lang zh --currency CNY --years 5 --start 2027-01-01")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help=say("cli_out_template"))
@click.option("--kind", type=click.Choice(KINDS), default="finance", show_default=True, help=say("cli_kind"))
@click.option("--edition", type=click.Choice(EDITIONS), default="plain", show_default=True, help=say("cli_edition"))
@click.option("--department", help=say("cli_department"))
@options.template_settings
@click.option("--force", is_flag=True, help=say("cli_force"))
def template(out: Path, lang: Language, force: bool, **settings: Any) -> int:
    """Write a template."""
    from crm_xl.templates.build import write_template
    from crm_xl.templates.spec import TemplateSpec

    if _xlsx(out).is_file() and not force:
        raise click.ClickException(say("cli_exists", file=out))
    if settings["lines"] > _MANY_LINES:
        tell(say("cli_building"), err=True)
    write_template(TemplateSpec(language=lang, **settings), out)
    tell(say("cli_written", file=out))
    return 0


@command("workbooks", "crm-xl workbooks workbooks")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def workbooks(folder: Path) -> int:
    """Build the shipped workbooks."""
    from crm_xl.templates.build import build_all

    for path in build_all(folder):
        tell(say("cli_written", file=path))
    return 0
