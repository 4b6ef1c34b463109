"""Commands that tell what there is: docs, functions."""

from pathlib import Path

import click

from crm_xl.commands.group import command
from crm_xl.console import LANGUAGE, print_table, say, tell
from crm_xl.data import LANGUAGES


@command("docs", "crm-xl docs docs")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def docs(folder: Path) -> int:
    """Write the reference pages."""
    from crm_xl.functions.reference import pages

    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        tell(say("cli_written", file=folder / name))
    return 0


@command("functions", "crm-xl functions CRM_TOTAL --lang zh")
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
