"""Commands that bring the add-in into Excel: install, uninstall, doctor."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crm_xl.commands.group import as_json, command
from crm_xl.console import LANGUAGE, print_json, say, tell

if TYPE_CHECKING:
    from crm_xl.hosts.excel.doctor import Finding
    from crm_xl.hosts.excel.install import Step

_dry_run = click.option("--dry-run", is_flag=True, help=say("cli_dry_run"))


@command("install", "crm-xl install")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help=say("cli_install_folder"))
@click.option("--interpreter", metavar="PYTHON", help=say("cli_interpreter"))
@click.option("--add-in", "file", type=click.Path(path_type=Path, dir_okay=False), help=say("cli_add_in_file"))
@_dry_run
def install(folder: Path | None, interpreter: str | None, file: Path | None, dry_run: bool) -> int:
    """Place the add-in."""
    from crm_xl.hosts.excel.install import install, refuse_elsewhere
    from crm_xl.hosts.excel.system import ThisSystem

    if folder is not None:
        return _for_it(folder, interpreter, file, dry_run)
    system = ThisSystem()
    refuse_elsewhere(system, interpreter)
    made_with = "" if file else _xlwings()
    _tell(install(system, _add_in(file), xlwings=made_with, interpreter=interpreter, dry_run=dry_run), dry_run)
    if dry_run:
        return 0
    from crm_xl.hosts.excel.doctor import examine, healthy

    findings = examine(system)
    _report([finding for finding in findings if finding.severity != "ok"])
    if healthy(findings):
        tell(say("install_next"))
    return 0 if healthy(findings) else 1


def _for_it(folder: Path, interpreter: str | None, file: Path | None, dry_run: bool) -> int:
    """Put the add-in into a folder from which IT distributes it; it says itself which Python computes."""
    from crm_xl.hosts.excel.install import ADD_IN
    from crm_xl.xlsx.package import replace_file

    if file is not None and interpreter is not None:
        raise click.UsageError(say("install_signed_interpreter"))
    data = _add_in(file, interpreter or "")
    if not dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / ADD_IN, data)
    if dry_run:
        tell(say("install_dry_run"))
    tell(say("install_add_in", path=folder / ADD_IN))
    tell(say("install_folder_next"))
    return 0


@command("uninstall", "crm-xl uninstall")
@_dry_run
def uninstall(dry_run: bool) -> int:
    """Take the add-in away."""
    from crm_xl.hosts.excel.install import uninstall
    from crm_xl.hosts.excel.system import ThisSystem

    _tell(uninstall(ThisSystem(), dry_run=dry_run), dry_run)
    return 0


@command("doctor", "crm-xl doctor")
@click.option("--report", "file", type=click.Path(path_type=Path, dir_okay=False), help=say("cli_doctor_report"))
@click.option("--workbook", type=click.Path(path_type=Path, dir_okay=False), help=say("cli_doctor_workbook"))
@as_json
def doctor(file: Path | None, workbook: Path | None, as_json: bool) -> int:
    """Examine the installation."""
    from crm_xl.hosts.excel.doctor import examine, healthy
    from crm_xl.hosts.excel.system import ThisSystem

    if workbook is not None and file is None:
        raise click.UsageError(say("doctor_workbook_needs_report"))
    system = ThisSystem()
    findings = examine(system)
    if as_json:
        print_json([_record(finding) for finding in findings])
    else:
        _report(findings)
        tell(say("doctor_healthy" if healthy(findings) else "doctor_ill"))
    if file is not None:
        from crm_xl.hosts.excel.report import report
        from crm_xl.xlsx.package import replace_file

        replace_file(file, report(system, findings, workbook).encode())
        tell(say("doctor_reported", file=file), err=as_json)
    return 0 if healthy(findings) else 1


def _add_in(file: Path | None, python: str = "") -> bytes:
    """Return the add-in: a file that IT has signed, or the one of this version."""
    if file is not None:
        from crm_xl.hosts.excel.install import given

        return given(file)
    from crm_xl.hosts.excel.addin import addin

    return addin(python)


def _xlwings() -> str:
    """Return the version of xlwings, which an add-in made here needs; of one made elsewhere nobody knows it."""
    from xlwings import __version__

    return __version__


def _tell(steps: "list[Step]", dry_run: bool) -> None:
    if dry_run:
        tell(say("install_dry_run"))
    for step in steps:
        tell(step.text(LANGUAGE))


def _report(findings: "list[Finding]") -> None:
    for finding in findings:
        tell(say("doctor_line", severity=say(f"doctor_{finding.severity}"), text=finding.text(LANGUAGE)))
        if mend := finding.mend(LANGUAGE):
            tell(say("doctor_mend", text=mend))


def _record(finding: "Finding") -> dict[str, object]:
    return {
        "check": finding.key.removeprefix("doctor_"),
        "severity": finding.severity,
        "text": finding.text(LANGUAGE),
        "mend": finding.mend(LANGUAGE),
    }
