"""Rows of a sheet that may become millions: written to a file as they come, and put into the workbook at its end.

XlsxWriter draws a workbook whose long sheets have a header and one sample row; `assembled` copies it and puts the
rows in the place of the samples. Texts stand in the cells themselves, as texts: nothing that comes from a return can
become a formula or a link.
"""

import datetime as dt
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from xlsxwriter.utility import xl_col_to_name

from crm_xl.engine.cells import Cell
from crm_xl.templates.page import LINE_HEIGHT, lines_of
from crm_xl.xlsx.sheet_writing import xml_text

# Rows of a sheet in Excel, and the characters of a cell.
MOST_ROWS = 1_048_576
MOST_CHARACTERS = 32_767
# How much of the width of a column texts take that wrap at words; Chinese wraps anywhere.
_AT_WORDS = 0.95
# The highest row, in points.
_HIGHEST = 409.0
_EPOCH = dt.date(1899, 12, 30).toordinal()
_CHUNK = 2**20
# A tenth of the time of the usual level, and a quarter more bytes.
_LEVEL = 1
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


def row_height(cells: Iterable[tuple[Cell, float]]) -> float:
    """Return the height in points that a row needs for texts that wrap in columns of a width; 0 for the usual one."""
    need = 1
    for text, width in cells:
        # A short one is on one line, and told so without looking at its letters.
        if type(text) is str and (len(text) * (1 if text.isascii() else 2) > width * _AT_WORDS or "\n" in text):
            need = max(need, _lines(text, width))
    return min(need * LINE_HEIGHT + 1, _HIGHEST) if need > 1 else 0.0


@lru_cache(maxsize=50_000)
def _lines(text: str, width: float) -> int:
    return lines_of(text, width * (_AT_WORDS if text.isascii() else 1))


class Rows:
    """The rows of one long table, in as many sheets as they need.

    Parameters
    ----------
    styles
        The number of the style of each column, as the workbook has them.
    header
        The row (from 1) of the header on each sheet; rows follow below it.
    folder
        Where the files are kept until the workbook is written.
    wraps
        The columns whose texts wrap, with their widths in characters: their rows are made high enough.
    """

    def __init__(
        self,
        styles: Sequence[int],
        header: int,
        folder: str,
        most_rows: int = MOST_ROWS,
        wraps: Mapping[int, float] | None = None,
    ) -> None:
        self.styles = list(styles)
        self._shapes = [
            (
                f'<c r="{xl_col_to_name(i)}',
                f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">',
                f'" s="{style}"><v>',
            )
            for i, style in enumerate(styles)
        ]
        self._header, self._folder, self._most = header, folder, most_rows
        self._wraps = wraps or {}
        self._files: list[IO[bytes]] = []
        self.counts: list[int] = []
        # The columns that no row has filled so far.
        self.unfilled = list(range(len(self.styles)))

    def together(self, count: int) -> None:
        """Begin another sheet where so many rows no longer fit on the last."""
        if not self.counts or self._header + self.counts[-1] + count > self._most:
            self._files.append(TemporaryFile(dir=self._folder))  # noqa: SIM115  (closed by `close`)
            self.counts.append(0)

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows; blank cells are None."""
        rows = list(rows)
        self.unfilled = [i for i in self.unfilled if all(row[i] is None for row in rows)]
        out: list[str] = []
        for row in rows:
            if not self.counts or self._header + self.counts[-1] >= self._most:
                self._write(out)
                out = []
                self.together(1)
            self.counts[-1] += 1
            number = self._header + self.counts[-1]
            height = row_height((row[i], width) for i, width in self._wraps.items())
            out.append(f'<row r="{number}"' + (f' ht="{height:g}" customHeight="1">' if height else ">"))
            for value, shape in zip(row, self._shapes, strict=True):
                if value is None:
                    continue
                begin, as_text, as_number = shape
                kind = type(value)
                if kind is float or kind is int:
                    out.append(f"{begin}{number}{as_number}{value!r}</v></c>")
                elif isinstance(value, str):
                    out.append(f"{begin}{number}{as_text}{_escaped(value)}</t></is></c>")
                elif isinstance(value, dt.datetime):
                    seconds = (value.hour * 60 + value.minute) * 60 + value.second
                    out.append(f"{begin}{number}{as_number}{value.toordinal() - _EPOCH + seconds / 86400!r}</v></c>")
                elif isinstance(value, dt.date):
                    out.append(f"{begin}{number}{as_number}{value.toordinal() - _EPOCH}</v></c>")
                else:
                    out.append(f"{begin}{number}{as_number}{float(value)!r}</v></c>")
            out.append("</row>")
        self._write(out)

    def _write(self, out: list[str]) -> None:
        if out:
            self._files[-1].write("".join(out).encode())

    def __len__(self) -> int:
        return sum(self.counts)

    def part(self, number: int) -> Iterator[bytes]:
        """Return the rows of one of the sheets in pieces."""
        file = self._files[number]
        file.seek(0)
        while piece := file.read(_CHUNK):
            yield piece

    def close(self) -> None:
        """Drop the files."""
        for file in self._files:
            file.close()


@lru_cache(maxsize=50_000)
def _escaped(text: str) -> str:
    return xml_text(text[:MOST_CHARACTERS]).decode()


def _sample_styles(row: bytes) -> list[int]:
    """The numbers of the styles of the cells of a row, as XlsxWriter writes it."""
    return [int(style) for style in re.findall(rb'<c r="[A-Z]+\d+" s="(\d+)"', row)]


def assembled(
    frame: BinaryIO,
    target: BinaryIO,
    long: Mapping[str, tuple[Rows, int]],
    changed: Mapping[str, tuple[bytes, bytes]],
) -> None:
    """Write a workbook with its long sheets filled.

    Parameters
    ----------
    frame
        The workbook as XlsxWriter drew it.
    target
        The file to write to.
    long
        By the part of each long sheet: its rows, and which of their sheets it is.
    changed
        By part: what stands there, and what is to stand in its place.
    """
    with zipfile.ZipFile(frame) as drawn, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for info in drawn.infolist():
            entry = zipfile.ZipInfo(info.filename, _FIXED_TIME)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            content = drawn.read(info)
            if info.filename not in long:
                archive.writestr(entry, content.replace(*changed.get(info.filename, (b"", b""))))
                continue
            rows, number = long[info.filename]
            head, sample, tail = _split(content)
            if _sample_styles(sample) != rows.styles:
                raise AssertionError(f"{info.filename} has other styles than its rows were written with")
            entry._compresslevel = _LEVEL  # type: ignore[attr-defined]  # has no public name before Python 3.13
            with archive.open(entry, "w", force_zip64=True) as part:
                part.write(head)
                for piece in rows.part(number):
                    part.write(piece)
                part.write(tail)


def _split(content: bytes) -> tuple[bytes, bytes, bytes]:
    """A long sheet as it was drawn: what comes before its sample row, that row, and what comes after."""
    start, end = content.rindex(b"<row "), content.rindex(b"</sheetData>")
    # The area in use is said no longer; every program finds it itself.
    return re.sub(rb"<dimension [^>]*/>", b"", content[:start]), content[start:end], content[end:]
