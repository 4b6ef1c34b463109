"""Finds the returned workbooks in folders, and says what it left out."""

import contextlib
import io
import os
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from crm_xl.collection.reading.returned import MAX_FILE_BYTES
from crm_xl.errors import CrmError

# What may hold a department's lines. Only .xlsx is read; the others are rejected one by one, and not passed over.
SUFFIXES = (
    ".xlsx", ".xlsm", ".xlsb", ".xltx", ".xltm", ".xls", ".xlt", ".ods", ".ots", ".fods", ".et", ".ett", ".numbers",
    ".csv", ".tsv",
)  # fmt: skip
# What may hold returns and is not opened: packed together, sent along with a mail, or kept elsewhere.
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".eml", ".msg", ".mbox")
_PLACEHOLDERS = (".icloud", ".gsheet", ".url", ".lnk", ".webloc", ".desktop", ".cloud", ".cloudf")
# What Windows says of a file whose content is kept elsewhere: offline, fetched when it is opened, or when it is read.
_ELSEWHERE = 0x1000 | 0x40000 | 0x400000
# What operating systems leave in folders.
_LEFT_BY_SYSTEMS = ("thumbs.db", "desktop.ini")
# The property by which a consolidated workbook is known, so that it is never taken for a return.
MARK = "crm_xl_collection"
# A consolidated workbook has fewer; the directory of a hostile file may fill the memory.
_MOST_PARTS = 1000
# Encodings in which the names of files may be written where the system has another.
_ENCODINGS = ("utf-8", "gb18030")
# Files that hold no return: of programs at work, copies and outputs of this product, and what may hold one all the
# same.
Why: TypeAlias = Literal["lock", "temporary", "output", "collected", "other", "link", "archive", "placeholder"]
# What may hold returns: nobody knows which.
UNREAD: tuple[Why, ...] = ("link", "archive", "placeholder")


class FolderError(CrmError):
    """A folder to collect from is not there, or cannot be read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file that may be a return; `name` is its path below the folder, with `/` on every system."""

    path: Path
    name: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """The files of folders in the order of their names, and the workbooks that were left out, with the reason."""

    files: tuple[Source, ...]
    skipped: tuple[tuple[str, Why], ...]


def find(folders: Sequence[Path], outputs: Sequence[Path]) -> Found:
    """Return everything that may be a return in folders and the folders below them; links are not followed.

    Where there are several folders, names begin with that of the folder.

    Raises
    ------
    FolderError
        Where a folder is not there or cannot be read.
    """
    own = {Path(os.path.realpath(path)) for path in outputs}
    seen: dict[Path, Source] = {}
    skipped: dict[Path, tuple[str, Why]] = {}
    for folder in folders:
        if not folder.is_dir():
            raise FolderError("collect_no_folder", folder=folder)
        prefix = f"{readable(folder.resolve().name)}/" if len(folders) > 1 else ""
        for path in _files(folder):
            name = prefix + readable(path.relative_to(folder).as_posix())
            real = Path(os.path.realpath(path))
            if real in own and not is_spreadsheet(path):
                continue
            why: Why | None = "output" if real in own else _why_not(path)
            if why:
                skipped.setdefault(path.absolute(), (name, why))
            else:
                seen.setdefault(real, Source(path=path, name=name))
    for path in [path for path, (_, why) in skipped.items() if why == "link" and path.resolve() in seen]:
        del skipped[path]  # what it leads to is read
    files = sorted(seen.values(), key=lambda source: source.name)
    return Found(files=tuple(_told_apart(files)), skipped=tuple(sorted(skipped.values())))


def readable(name: str) -> str:
    r"""Return the name of a file as a person wrote it, also where the system has kept it in another encoding.

    >>> readable("\udcbf\udccd\udcb7\udcfe\udcb2\udcbf.xlsx")
    '客服部.xlsx'
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        data = os.fsencode(name) if os.name != "nt" else name.encode("utf-8", "surrogatepass")
        for encoding in _ENCODINGS:
            with contextlib.suppress(UnicodeDecodeError):
                return data.decode(encoding)
        return data.decode("utf-8", "backslashreplace")
    return name


def is_collected(path: Path) -> bool:
    """Return whether a workbook was written by a collection."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_FILE_BYTES else b""
        if content.count(b"PK\x01\x02") > _MOST_PARTS:
            return False
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("docProps/custom.xml") as part:
            return MARK.encode() in part.read(4096)
    except (OSError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError):
        return False


def is_spreadsheet(path: Path) -> bool:
    """Whether a file has the name of a spreadsheet, of whatever program."""
    return path.name.lower().endswith(SUFFIXES)


def _files(folder: Path) -> Iterator[Path]:
    """Every file that a person has put there."""

    def refuse(fault: OSError) -> None:
        raise FolderError("collect_folder_not_read", folder=fault.filename) from None

    for place, folders, names in os.walk(folder, onerror=refuse, followlinks=False):
        linked = [name for name in folders if os.path.islink(Path(place, name))]
        for path in (Path(place, name) for name in (*linked, *names) if name.lower() not in _LEFT_BY_SYSTEMS):
            hidden = path.name.startswith(".") and not path.name.lower().endswith(_PLACEHOLDERS)
            if is_spreadsheet(path) or not hidden:
                yield path


def _why_not(path: Path) -> Why | None:
    name = path.name.lower()
    if name.endswith(_PLACEHOLDERS):
        return "placeholder"
    if path.is_symlink() or not path.is_file():  # a pipe would never end
        return "link"
    if name.startswith("~$"):
        return "lock"
    if name.endswith(".tmp") or name.startswith((".", "~")):
        return "temporary"
    if name.endswith(_ARCHIVES):
        return "archive"
    if is_spreadsheet(path):
        return "placeholder" if getattr(path.stat(), "st_file_attributes", 0) & _ELSEWHERE else None
    return "other"


def _told_apart(files: list[Source]) -> Iterator[Source]:
    """Files with their names; where two folders of the same name were given, with the whole path."""
    times = Counter(source.name for source in files)
    seen: Counter[str] = Counter()
    for source in files:
        name = readable(source.path.as_posix()) if times[source.name] > 1 else source.name
        seen[name] += 1
        yield Source(path=source.path, name=name if seen[name] == 1 else f"{name} [{seen[name]}]")
