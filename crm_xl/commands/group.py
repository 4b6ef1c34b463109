"""The group of all commands, and what they share."""

from collections.abc import Callable
from typing import Any

import click

from crm_xl._version import __version__
from crm_xl.console import BilingualGroup, say

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 110}
as_json = click.option("--json", "as_json", is_flag=True, help=say("cli_json"))


@click.group(cls=BilingualGroup, help=say("cli_main"), context_settings=_SETTINGS)
@click.version_option(__version__, message="crm_xl %(version)s", help=say("cli_version"))
def cli() -> None:
    """Hold the commands together."""


def command(name: str, example: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Return the decorator of a command: its help text is the term `cli_<name>`, an example stands below it."""
    help_text = say(f"cli_{name.replace('-', '_')}")
    return cli.command(name, help=help_text, epilog=say("cli_example") + example)
