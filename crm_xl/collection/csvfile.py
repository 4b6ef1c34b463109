"""The rows of a CSV file as spreadsheet programs of any country save it: UTF-8, UTF-16 or GBK; with , or ; or tabs."""

import csv
import io
from pathlib import Path

from crm_xl.xlsx.package import WorkbookError

SUFFIXES = (".csv", ".txt", ".tsv")
MAX_BYTES = 64 * 2**20
# So many lines tell the delimiter; where two stand on as many, the first of these: a comma may be that of decimals.
_FIRST_LINES = 20
_DELIMITERS = "\t;,"


def read_csv(path: Path) -> list[list[str]]:
    """Return the rows of a CSV file, their cells without the blanks around them.

    Raises
    ------
    WorkbookError
        Where the file cannot be read; the text says why.
    """
    text = _decoded(path)
    head = [line for line in text.splitlines()[:_FIRST_LINES] if line.strip()]
    delimiter = max(_DELIMITERS, key=lambda mark: (sum(mark in line for line in head), "".join(head).count(mark)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [[cell.strip() for cell in row] for row in reader]
    except csv.Error:  # a quotation mark that is not closed makes one endless cell of the rest
        raise WorkbookError("csv_broken", file=path.name, line=reader.line_num) from None


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except FileNotFoundError:
        raise WorkbookError("book_missing", file=path.name) from None
    except IsADirectoryError:
        raise WorkbookError("book_is_directory", file=path.name) from None
    if data is None:
        raise WorkbookError("book_too_large", file=path.name, part=path.name, limit=MAX_BYTES // 2**20)
    if not data.strip():
        raise WorkbookError("book_empty", file=path.name)
    codes = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for code in codes:
        try:
            text = data.decode(code)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise WorkbookError("csv_encoding", file=path.name)
