"""The command that tells what is wrong with returned workbooks: check."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crm_xl.commands.group import as_json, command
from crm_xl.commands.guard import bounded
from crm_xl.console import LANGUAGE, print_json, print_table, say, tell
from crm_xl.data import visible

if TYPE_CHECKING:
    from crm_xl.collection.checking.check import Checked
    from crm_xl.collection.reading.findings import Finding

# Excel leaves such a file beside a workbook that is open.
_LOCK = "~$"
# Findings of a workbook that are printed; --json and the annotated copy have all.
_MOST_SHOWN = 500


@command("check", "crm-xl check returned/sales.xlsx --annotate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--annotate", is_flag=True, help=say("cli_annotate"))
@click.option("-o", "--out", type=click.Path(path_type=Path), help=say("cli_out_check"))
@as_json
@bounded
def check(files: tuple[Path, ...], annotate: bool, out: Path | None, as_json: bool) -> int:
    """Tell what is wrong with returned workbooks."""
    if out is not None and not annotate:
        raise click.UsageError(say("cli_check_out_alone"))
    there = [path for path in files if path.exists()]
    missing = [path for path in files if not path.exists()]
    for path in missing:
        tell(say("cli_error", text=say("book_missing", file=path)), err=True)
    named = _named(there)
    given, written = set(files), set[Path]()
    _check_out(out, len(named))
    records, blocked, noted, copies = [], 0, 0, 0
    for path, name, checked in _checked(named):
        copy = any(finding.key == "annotated" for finding in checked.findings)
        if copy and path not in given:
            copies += 1
            tell(say("cli_check_copy", file=name), err=True)
            continue
        blocked += checked.blocks
        noted += bool(checked.findings) and not checked.blocks
        if as_json:
            records.append(_record(checked))
        else:
            _print(checked)
        if annotate and checked.findings and not copy:
            target = _target(path, name, out, given)
            _annotate(path, checked, target, written)
            written.add(target.resolve())
    if as_json:
        print_json(records)
    elif len(named) > 1:
        files_checked = len(named) - copies
        good = files_checked - blocked - noted
        counts = {"files": files_checked, "good": good, "noted": noted, "blocked": blocked}
        tell(say("cli_check_all", **counts))
    return 1 if blocked or missing else 0


def _checked(named: Sequence[tuple[Path, str]]) -> "Iterator[tuple[Path, str, Checked]]":
    """Check workbooks in a process with limits: one that asks for too much is told as that, and stops no other."""
    from crm_xl.collection.checking.check import check_safely, not_checked
    from crm_xl.collection.collecting.workers import Task, done_apart

    places = {str(number): (path, name) for number, (path, name) in enumerate(named)}
    tasks = (Task(path=path, name=name, digest=number) for number, (path, name) in places.items())
    for task, checked in done_apart(tasks, check_safely, not_checked, 1):
        yield *places[task.digest], checked


def _check_out(out: Path | None, count: int) -> None:
    """Refuse a place for copies that cannot hold them. A name that ends in .xlsx is one of a file."""
    if out is None or out.is_dir():
        return
    named_as_file = out.suffix.lower() == ".xlsx"
    if count > 1 and (named_as_file or out.exists()):
        raise click.UsageError(say("cli_check_out", out=out, count=count))
    if out.exists() and not named_as_file:
        raise click.UsageError(say("cli_check_out_file", out=out))


def _named(given: Sequence[Path]) -> list[tuple[Path, str]]:
    """The workbooks, each with the name by which it is told: a file's own, in a folder the way to it.

    Where there are several folders, names begin with that of the folder.
    """
    from crm_xl.collection.collecting.discovery import is_spreadsheet

    found: list[tuple[Path, str]] = []
    several = sum(path.is_dir() for path in given) > 1
    for path in given:
        if not path.is_dir():
            found.append((path, path.name))
            continue
        here = (p for p in path.rglob("*") if is_spreadsheet(p) and p.is_file())
        inside = sorted(p for p in here if not p.name.startswith(_LOCK))
        if not inside:
            raise click.ClickException(say("cli_check_none", folder=path))
        base = Path(path.resolve().name if several else "")
        found += [(p, str(base / p.relative_to(path))) for p in inside]
    return found


def _print(checked: "Checked") -> None:
    file = visible(checked.returned.file)
    tell(say("collect_labelled", label=file, text="" if checked.findings else say("checked_ok")).rstrip())
    if checked.findings:
        some = checked.findings[:_MOST_SHOWN]
        print_table([[say(f"checked_{head}") for head in HEADS], *map(_row, some)])
        if len(checked.findings) > _MOST_SHOWN:
            tell(say("checked_more", count=len(checked.findings) - _MOST_SHOWN))
    if checked.findings or checked.lines:
        blocks = sum(finding.blocks for finding in checked.findings)
        counts = {"blocks": blocks, "notes": len(checked.findings) - blocks}
        text = say("checked_counts", lines=checked.lines, rejected=checked.rejected, **counts)
        tell(say("checked_rejected", counts=text) if checked.returned.rejected else text)
    tell()


HEADS = ("severity", "sheet", "cell", "text", "advice")


def _row(finding: "Finding") -> list[str]:
    severity = say(f"checked_{finding.severity}")
    return [severity, visible(finding.sheet), visible(finding.cell), finding.text(LANGUAGE), finding.advice(LANGUAGE)]


def _record(checked: "Checked") -> dict[str, object]:
    """A checked workbook as plain data, in the language of the user."""
    returned = checked.returned
    return {
        "file": returned.file,
        "ok": not checked.findings,
        "blocks": checked.blocks,
        "rejected": returned.rejected,
        "department": returned.stamp.department if returned.stamp else None,
        "language": returned.language or None,
        "lines": {"costs": len(returned.costs), "benefits": len(returned.benefits), "rejected": checked.rejected},
        "findings": [
            {
                "severity": finding.severity,
                "sheet": finding.sheet,
                "cell": finding.cell,
                "key": finding.key,
                "text": finding.text(LANGUAGE),
                "advice": finding.advice(LANGUAGE),
            }
            for finding in checked.findings
        ],
    }


def _target(path: Path, name: str, out: Path | None, given: set[Path]) -> Path:
    """Where the copy of a workbook goes: beside it, to the file given, or to the same place below the folder given."""
    copy = f"{path.stem}.checked.xlsx"
    if out is None:
        return path.with_name(copy)
    if out.suffix.lower() == ".xlsx" and not out.is_dir():
        return out
    return out / copy if path in given else (out / name).with_name(copy)


def _is_copy(target: Path) -> bool:
    """Whether a file is a copy with findings in which nothing was corrected: only such a one may be replaced."""
    checked = next(checked for _, _, checked in _checked([(target, target.name)]))
    return any(finding.key == "annotated" for finding in checked.findings)


def _annotate(path: Path, checked: "Checked", target: Path, written: set[Path]) -> None:
    """Write a copy, unless it would take the place of a file that is none, or of another workbook's."""
    from crm_xl.collection.checking.annotate import annotate

    if target.resolve() == path.resolve():
        raise click.ClickException(say("cli_check_out_same", file=path))
    refused: str | None
    if target.resolve() in written:
        refused = say("annotate_twice", file=target)
    elif target.exists() and not _is_copy(target):
        refused = say("annotate_taken", file=target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        refused = annotate(path, checked, target, LANGUAGE)
    if refused is None:
        tell(say("cli_annotated", file=target), err=True)
    else:
        tell(say("annotate_refused", file=path, reason=refused), err=True)
