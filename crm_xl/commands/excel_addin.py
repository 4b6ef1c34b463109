"""Commands that make what Excel loads: addin, vba."""

from pathlib import Path

import click

from crm_xl.commands.group import command
from crm_xl.console import say, tell
from crm_xl.errors import CrmError


@command("vba", "crm-xl vba -o crm_xl.bas")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=say("cli_out_vba"))
def vba(out: Path) -> int:
    """Write the module of wrappers."""
    from crm_xl.hosts.excel import wrappers

    _check(out, ".bas")
    _write(out, wrappers.bas().encode("ascii"))
    return 0


@command("addin", "crm-xl addin -o crm_xl.xlam")
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help=say("cli_out_addin"))
@click.option("--python", default="", metavar="PATH", help=say("cli_addin_python"))
@click.option("--sources", type=click.Path(path_type=Path, file_okay=False), help=say("cli_addin_sources"))
def addin(out: Path, python: str, sources: Path | None) -> int:
    """Write the add-in, and its sources where they are wanted."""
    from crm_xl.hosts.excel import addin

    _check(out, ".xlam")
    _write(out, addin.addin(python))
    if sources is not None:
        sources.mkdir(parents=True, exist_ok=True)
        for name, content in addin.sources(python).items():
            _write(sources / name, content)
    return 0


def _check(path: Path, suffix: str) -> None:
    """Refuse a name by which Excel would not know the file."""
    if path.suffix.lower() != suffix:
        raise CrmError("addin_suffix", file=path.name, suffix=suffix)


def _write(path: Path, content: bytes) -> None:
    from crm_xl.xlsx.package import replace_file

    replace_file(path, content)
    tell(say("cli_written", file=path))
