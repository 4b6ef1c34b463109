"""Commands that calculate a workbook: recalc, eval."""

from functools import partial
from pathlib import Path

import click

from crm_xl.commands.group import as_json, command
from crm_xl.commands.guard import limited
from crm_xl.console import LANGUAGE, print_csv, print_json, print_report, print_table, report_record, say, tell

ENGINES = ("headless", "calc")


@command("recalc", "crm-xl recalc crm_example.xlsx -o recalculated.xlsx")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out"))
@click.option("--strict", is_flag=True, help=say("cli_strict"))
@click.option("--stale", is_flag=True, help=say("cli_stale"))
@click.option("--second-engine", is_flag=True, help=say("cli_second_engine"))
@click.option("--values", is_flag=True, help=say("cli_values"))
@click.option("--engine", type=click.Choice(ENGINES), default="headless", show_default=True, help=say("cli_engine"))
@as_json
@limited
def recalc(
    book: Path,
    out: Path | None,
    strict: bool,
    stale: bool,
    second_engine: bool,
    values: bool,
    engine: str,
    as_json: bool,
) -> int:
    """Recalculate a workbook."""
    from crm_xl.hosts.headless import recalculate

    if values and out is None:
        raise click.UsageError(say("cli_values_out"))
    if engine == "calc":
        from crm_xl.hosts.calc.model import CalcModel
        from crm_xl.hosts.calc.office import Office

        with Office() as office:
            make = partial(CalcModel, office=office)
            report = recalculate(
                book, out, strict=strict, stale=stale, second_engine=second_engine, values=values, make_model=make
            )
    else:
        report = recalculate(book, out, strict=strict, stale=stale, second_engine=second_engine, values=values)
    if as_json:
        print_json(report_record(report, out or book))
    else:
        print_report(report, out or book)
    return 0 if report.ok else 1


@command("eval", "crm-xl eval crm_example.xlsx '=CRM_BREAKDOWN(Costs[#All],Assumptions[#All])'")
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("formula")
@click.option("--stale", is_flag=True, help=say("cli_stale_eval"))
@as_json
@click.option("--csv", "as_csv", is_flag=True, help=say("cli_csv"))
@limited
def evaluate(book: Path, formula: str, stale: bool, as_json: bool, as_csv: bool) -> int:
    """Print the result of a formula."""
    from crm_xl.errors import ErrorValue
    from crm_xl.hosts.headless import open_workbook

    opened = open_workbook(book)
    if stale:
        opened.recalculate(stale=True)
    result = opened.evaluate(formula)
    rows = result if isinstance(result, list) else [[result]]
    if as_json:
        print_json({"formula": formula, "result": result})
    elif as_csv:
        print_csv(rows)
    else:
        print_table(rows)
    for note in opened.notes(LANGUAGE):
        tell(note, err=True)
    if isinstance(result, ErrorValue):
        for reason in opened.reasons(LANGUAGE):
            tell(reason, err=True)
        return 1
    return 0
