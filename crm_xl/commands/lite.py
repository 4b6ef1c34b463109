"""The command that puts the functions into a workbook: lite."""

from pathlib import Path

import click

from crm_xl.commands.group import as_json, command
from crm_xl.commands.guard import limited
from crm_xl.console import LANGUAGE, Language, print_json, say, tell
from crm_xl.data import LANGUAGES

# So many letters of a digest tell one core from another.
_LETTERS = 12


@command("lite", "crm-xl lite crm_example.xlsx -o crm_example_lite.xlsx")
@click.argument("book", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out_lite"))
@click.option("--lang", type=click.Choice(LANGUAGES), default=LANGUAGE, show_default=True, help=say("cli_lite_lang"))
@click.option("--remove", "taken_out", is_flag=True, help=say("cli_lite_remove"))
@click.option("--from-index", is_flag=True, help=say("cli_lite_from_index"))
@as_json
@limited
def lite(book: Path, out: Path | None, lang: Language, taken_out: bool, from_index: bool, as_json: bool) -> int:
    """Put the functions into a workbook, or take them out."""
    from crm_xl.hosts.lite.workbook import carry, remove

    change = remove(book, out) if taken_out else carry(book, out, language=lang, from_index=from_index)
    if as_json:
        print_json({**vars(change), "written": str(out or book)})
        return 0
    counts = {"file": out or book, "version": change.version, "digest": change.digest[:_LETTERS]}
    tell(say("lite_removed" if taken_out else "lite_carried", count=change.formulas, **counts))
    for place in change.unread:
        tell(say("lite_unread", place=place), err=True)
    if not taken_out:
        tell(say("lite_next"))
    return 1 if change.unread else 0
