"""The cost and benefit lines in the sum as Parquet, for BI tools: written in pieces, and in place only when whole."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crm_xl.collection.collecting.discovery import MARK
from crm_xl.collection.collecting.entries import Entry
from crm_xl.engine.schema import columns
from crm_xl.errors import CrmError
from crm_xl.xlsx.package import replacing

# The mark stands in so many bytes at the end.
_FOOTER = 65_536
_NUMBERS = ("number", "money", "rate", "discount")


class ParquetError(CrmError):
    """Parquet cannot be written."""


def parquet_paths(path: Path) -> dict[str, Path]:
    """Return the file of each table: the benefit lines stand beside the cost lines, in `NAME.benefits.parquet`."""
    return {"costs": path, "benefits": path.with_name(f"{path.stem}.benefits{path.suffix}")}


def is_lines(path: Path) -> bool:
    """Return whether a file was written by a collection: the last bytes of a Parquet file say by whom."""
    try:
        with path.open("rb") as file:
            begins = file.read(4)
            file.seek(max(path.stat().st_size - _FOOTER, 0))
            return begins == b"PAR1" and MARK.encode() in file.read()
    except OSError:
        return False


class ParquetFile:
    """The Parquet files of both tables; one without lines is written too, over that of an earlier collection."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow  # type: ignore[import-untyped]
            import pyarrow.parquet  # type: ignore[import-untyped]
        except ImportError:
            raise ParquetError("collect_no_parquet") from None
        self._arrow, self._parquet = pyarrow, pyarrow.parquet
        self._paths = parquet_paths(path)
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        with ExitStack() as files:
            for table, path in self._paths.items():
                file = files.enter_context(replacing(path))
                self._writers[table] = self._parquet.ParquetWriter(file, self._schema(table))
            self._files = files.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close()
        self._files.__exit__(kind, fault, trace)

    def add(self, table: str, entries: Sequence[Entry]) -> None:
        """Add lines."""
        if not entries:
            return
        found: dict[str, list[Any]] = {
            "file": [e.origin.file for e in entries],
            "sheet": [e.origin.sheet for e in entries],
            "row": [e.row for e in entries],
        }
        for i, (key, field) in enumerate(columns(table).items()):
            cells = [e.values[i] for e in entries]
            found[key] = cells if field.type in _NUMBERS else [None if v is None else str(v) for v in cells]
        found["stated_amount"] = [e.amount for e in entries]
        self._writers[table].write_table(self._arrow.table(found, schema=self._schema(table)))

    def _schema(self, table: str) -> Any:
        text, number = self._arrow.string(), self._arrow.float64()
        fields = [("file", text), ("sheet", text), ("row", self._arrow.int64())]
        fields += [(key, number if f.type in _NUMBERS else text) for key, f in columns(table).items()]
        return self._arrow.schema([*fields, ("stated_amount", number)], metadata={MARK: table})
