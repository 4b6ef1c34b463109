"""The workbook file as a package of parts: read within bounds, replaced whole or not at all.

An .xlsx or .xlsm comes from anybody, so that nothing is unpacked without a limit, and no part that
declares a document type is accepted. Writing goes to a new file beside the old one, which then takes its
place: whatever fails half-way, the old file is whole.
"""

import contextlib
import errno
import hashlib
import io
import os
import re
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from crm_xl.data import term
from crm_xl.errors import CrmError
from crm_xl.xlsx.limits import limits, variable

if sys.platform != "win32":
    import fcntl

_MB = 2**20
_RATIO_FROM_BYTES = 8 * _MB

_OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_ZIP_MAGIC = b"PK"
# With this each entry of the directory of a zip file begins.
_ENTRY = b"PK\x01\x02"
_XML_SUFFIXES = (".xml", ".rels", ".vml")
_DOCTYPE, *_WIDE_DOCTYPES = ("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_SYSTEM = {
    "ENOENT": "system_no_folder",
    "ENOTDIR": "system_no_folder",
    "EACCES": "system_no_permission",
    "EPERM": "system_no_permission",
    "ENOSPC": "system_disk_full",
    "EDQUOT": "system_disk_full",
    "EBUSY": "system_file_in_use",
    "ETXTBSY": "system_file_in_use",
    "EROFS": "system_read_only",
    "ENAMETOOLONG": "system_name_too_long",
    "EFBIG": "system_file_too_large",
}
# What Excel, and what LibreOffice, lays beside a file that it has open.
_LOCKS = (("~$", ""), (".~lock.", "#"))
# What Windows says of a file that another program has open.
_SHARING = {32: "system_file_in_use", 33: "system_file_in_use"}


class WorkbookError(CrmError):
    """A workbook file cannot be read, calculated or written; the text says why and what to do.

    A detail may be a `CrmError` itself: a reason within a message, put into the same language.
    """

    def text(self, language: str = "en") -> str:
        """Return the reason in the language of the user."""
        details = {k: v.text(language) if isinstance(v, CrmError) else v for k, v in self.details.items()}
        return term(self.key, language, **details)


def stopped(key: str, file: str) -> WorkbookError:
    """Return what to say of a workbook whose calculation ended at a limit: too slow, no memory, or its process died."""
    name = "seconds" if key == "book_too_slow" else "memory_mb"
    bounds = limits()
    return WorkbookError(key, file=file, seconds=bounds.seconds, memory=bounds.memory_mb, variable=variable(name))


@dataclass(frozen=True)
class Package:
    """The parts of a workbook file by name, in the order of the file.

    `infos` has every part of the file; `parts` those that were unpacked; `data` is the file itself.
    """

    name: str
    parts: dict[str, bytes]
    infos: dict[str, zipfile.ZipInfo]
    data: bytes = field(repr=False)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the file."""
        return hashlib.sha256(self.data).hexdigest()

    @classmethod
    def open(
        cls,
        source: str | os.PathLike[str] | bytes,
        name: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> "Package":
        """Read a workbook from a path or from its bytes.

        Parameters
        ----------
        source
            The file, or what stands in it.
        name
            The name by which messages call it.
        wanted
            Which parts to unpack, by name; all of them where it is not given. A package without some of its parts
            can be read, not written.

        Raises
        ------
        WorkbookError
            Where there is no such file, or it is not a sound .xlsx or .xlsm.
        """
        if isinstance(source, bytes):
            return cls._unpack(source, name or "workbook", wanted)
        path = Path(source)
        name = name or _file_name(path)
        try:
            if path.is_dir():
                raise WorkbookError("book_is_directory", file=name)
            data = _read_whole(path, name)
        except FileNotFoundError:
            raise WorkbookError("book_missing", file=name) from None
        except OSError as fault:
            reason = system_reason(fault)
            if reason.key == "system_no_permission":
                raise WorkbookError("book_no_permission", file=name) from None
            raise WorkbookError("book_not_read", file=name, reason=reason) from None
        return cls._unpack(data, name, wanted)

    @classmethod
    def _unpack(cls, data: bytes, name: str, wanted: Callable[[str], bool] | None) -> "Package":
        _refuse_other_formats(data, name)
        _refuse_many_parts(data.count(_ENTRY), name)  # the directory alone may fill the memory
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                infos = _checked_infos(archive, name)
                asked = infos if wanted is None else {part: infos[part] for part in infos if wanted(part)}
                parts = _read_parts(archive, asked, name)
        except zipfile.BadZipFile:
            # The directory stands at the end of the file: without it the file was cut off; with it, it is damaged.
            key = "book_damaged" if b"PK\x05\x06" in data[-65_557:] else "book_truncated"
            raise WorkbookError(key, file=name) from None
        except (EOFError, zlib.error, NotImplementedError, OSError, ValueError):
            raise WorkbookError("book_damaged", file=name) from None
        if "xl/workbook.bin" in infos:
            raise WorkbookError("book_xlsb", file=name)
        if "[Content_Types].xml" not in infos or "_rels/.rels" not in infos:
            raise WorkbookError("book_no_workbook", file=name)
        return cls(name, parts, infos, data)

    def to_bytes(
        self, changes: Mapping[str, bytes | None] | None = None, comments: Mapping[str, bytes] | None = None
    ) -> bytes:
        """Return the package with some parts changed, dropped where the change is None, or new ones put last.

        Order, time stamps and attributes of the entries stay: the same parts give the same bytes. `comments` are new
        comments of entries in the directory of the file, which spreadsheet programs pass over and do not keep.
        """
        changes, comments = changes or {}, comments or {}
        added = {name: zipfile.ZipInfo(name) for name in changes if name not in self.infos}
        for info in added.values():
            info.compress_type = zipfile.ZIP_DEFLATED
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, info in (self.infos | added).items():
                content = changes[name] if name in changes else self.parts[name]
                if content is None:
                    continue
                entry = zipfile.ZipInfo(name, info.date_time)
                entry.compress_type = (
                    info.compress_type if info.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
                )
                entry.external_attr, entry.internal_attr = info.external_attr, info.internal_attr
                entry.create_system, entry.comment = info.create_system, comments.get(name, info.comment)
                archive.writestr(entry, content)
        return buffer.getvalue()


def replace_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Put bytes in the place of a file at once: a reader sees the old file or the new one, never a part."""
    with replacing(path) as file:
        file.write(data)


def save_over(source: Path | None, digest: str, target: Path, data: bytes) -> bool:
    """Write what was made of a file; over that file only while it is still what was read.

    Parameters
    ----------
    source, digest
        The file that was read, and its digest then; no file where it was read from bytes.
    target, data
        Where to write, and what.

    Returns
    -------
    bool
        Whether the target is the file that was read.

    Raises
    ------
    WorkbookError
        Where another program changed the file meanwhile, or it cannot be written.
    """
    in_place = source is not None and source.exists() and target.exists() and source.samefile(target)
    if in_place and digest_of(target) != digest:
        raise WorkbookError("book_changed_meanwhile", file=_file_name(target))
    replace_file(target, data)
    return in_place


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Give a new file to write to, which takes the place of another once it is whole, and never before.

    What a run that was killed left half-written is cleared away by the next one that writes the same file.

    Raises
    ------
    WorkbookError
        Where it cannot be written, or a program has it open; the old file is then as it was.
    """
    target = Path(os.path.realpath(path))
    temporary = None
    try:
        if target.is_dir():
            raise WorkbookError("book_is_directory", file=_file_name(target))
        if not target.parent.is_dir():
            given = Path(path).parent
            folder = target.parent if given.is_dir() else given
            raise WorkbookError("book_no_folder", file=target.name, folder=folder)
        _refuse_open_elsewhere(target)
        _clear_away(target)
        handle, temporary = _temporary(target)
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.chmod(temporary, _mode(target))
            if sys.platform != "win32":
                os.replace(temporary, target)
        if sys.platform == "win32":
            os.replace(temporary, target)  # an open file cannot be moved there
        temporary = None
    except OSError as fault:
        raise WorkbookError("book_not_written", file=target.name, reason=system_reason(fault)) from fault
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as it is now; of one that cannot be read, nothing."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _refuse_open_elsewhere(target: Path) -> None:
    """Refuse to replace a workbook under a program that has it open and would write its own over it."""
    lock = lock_of(target)
    if lock is not None and target.exists():
        raise WorkbookError("book_in_use", file=target.name, lock=lock.name)


def lock_of(path: Path) -> Path | None:
    """Return what a program that has a workbook open has laid beside it; nothing where none has."""
    locks = (path.with_name(f"{prefix}{path.name}{suffix}") for prefix, suffix in _LOCKS)
    return next((lock for lock in locks if os.path.exists(lock)), None)


def _temporary(target: Path) -> tuple[int, str]:
    """Return a new file beside the target, locked for as long as it is open, so that no other run clears it away."""
    while True:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent)
        if sys.platform == "win32":
            return handle, name
        with contextlib.suppress(OSError):  # some network folders know no locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.path.exists(name):
            return handle, name
        os.close(handle)


def _clear_away(target: Path) -> None:
    """Remove the temporary files of runs that were killed: those that nobody holds open."""
    ours = re.compile(re.escape(f".{target.name[:40]}.") + r"[a-z0-9_]{8}\.tmp")
    for name in filter(ours.fullmatch, os.listdir(target.parent)):
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                os.unlink(target.with_name(name))
                continue
            with open(target.with_name(name), "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(target.with_name(name))


def declares_doctype(xml: bytes) -> bool:
    """Whether a part has a document type, in which entities are declared that grow or that name files."""
    return _DOCTYPE in xml or (b"\0" in xml and any(mark in xml for mark in _WIDE_DOCTYPES))


def refuse_bloated(xml: bytes, file: str, part: str, most: int) -> None:
    """Refuse a part that would grow in a parser, before one sees it: by its tags, or by what is in one of them.

    Raises
    ------
    WorkbookError
        Where it has more than `most` tags, or a tag with its attributes, or a text, of more than 1 MB.
    """
    if xml.count(b"<") > most:
        raise WorkbookError("book_too_many_tags", file=file, part=part, limit=most, variable=variable("cells"))
    at = 0
    while len(xml) - at > _MB:
        # A tag or text begins at `at` or before: the last mark within reach ends it, or nothing does.
        at = xml.rfind(b"<", at + 1, at + _MB)
        if at < 0:
            raise WorkbookError("book_long_tag", file=file, part=part)


def _read_whole(path: Path, name: str) -> bytes:
    """Return what a file holds, unless it is too large, another program's mark, or being written meanwhile."""
    for prefix, suffix in _LOCKS:
        if path.name.startswith(prefix) and path.name.endswith(suffix):
            book = path.name.removeprefix(prefix).removesuffix(suffix)
            raise WorkbookError("book_is_lock", file=name, book=book)
    most = limits().file_mb
    if not path.is_file() and path.exists():
        raise WorkbookError("book_not_zip", file=name)  # a pipe would never end
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        data = file.read(most * _MB + 1)
        after = os.fstat(file.fileno())
    if len(data) > most * _MB:
        raise WorkbookError("book_file_too_large", file=name, limit=most, variable=variable("file_mb"))
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise WorkbookError("book_changing", file=name)
    return data


def _file_name(path: Path) -> str:
    """The last part of a path, also where it is written as `.` or `..`."""
    return (path.name if path.name not in ("", "..") else path.resolve().name) or str(path)


def system_reason(fault: OSError) -> WorkbookError:
    """Return what the system reports, in words of ours where it is common."""
    key = _SHARING.get(getattr(fault, "winerror", None) or 0) or _SYSTEM.get(errno.errorcode.get(fault.errno or 0, ""))
    if key is None:
        return WorkbookError("system_reports", report=fault.strerror or type(fault).__name__)
    return WorkbookError(key)


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        umask = os.umask(0)
        os.umask(umask)
        return 0o666 & ~umask


def _refuse_other_formats(data: bytes, name: str) -> None:
    if not data:
        raise WorkbookError("book_empty", file=name)
    if data.startswith(_OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise WorkbookError("book_encrypted", file=name)
        if any(stream.encode("utf-16-le") in data for stream in ("Workbook", "Book")):
            raise WorkbookError("book_xls", file=name)
    if not data.startswith(_ZIP_MAGIC):
        raise WorkbookError("book_not_zip", file=name)


def _refuse_many_parts(count: int, name: str) -> None:
    if count > (most := limits().parts):
        raise WorkbookError("book_too_many_parts", file=name, limit=most)


def _checked_infos(archive: zipfile.ZipFile, name: str) -> dict[str, zipfile.ZipInfo]:
    """Return the entries by name after checks that need no unpacking."""
    entries = archive.infolist()
    _refuse_many_parts(len(entries), name)
    infos: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for info in entries:
        # A file that Windows packed may have backslashes, which mean the same to spreadsheet programs.
        part = info.filename.replace("\\", "/")
        if part.startswith("/") or ":" in part or ".." in part.split("/"):
            raise WorkbookError("book_bad_part_name", file=name, part=part)
        if part.lower() in seen:
            raise WorkbookError("book_duplicate_part", file=name, part=part)
        if info.flag_bits & 1:
            raise WorkbookError("book_encrypted", file=name)
        seen.add(part.lower())
        infos[part] = info
    return infos


def _read_parts(archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo], name: str) -> dict[str, bytes]:
    """Unpack every part, never past the limits whatever its header says."""
    parts: dict[str, bytes] = {}
    total = 0
    bounds = limits()
    for part, info in infos.items():
        by_ratio = max(_RATIO_FROM_BYTES, bounds.ratio * info.compress_size)
        bound = min(bounds.part_mb * _MB, bounds.total_mb * _MB - total, by_ratio)
        with archive.open(info) as file:
            content = file.read(bound + 1)
        if len(content) > bound:
            raise WorkbookError("book_too_large", file=name, part=part, limit=bound // 2**20)
        if part.lower().endswith(_XML_SUFFIXES) and declares_doctype(content):
            raise WorkbookError("book_doctype", file=name, part=part)
        total += len(content)
        parts[part] = content
    return parts
