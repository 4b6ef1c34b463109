"""Writes a compound file (MS-CFB, version 3): the container that holds a VBA project.

Only what such a project needs is here: storages and streams, all of them known beforehand, up to 7 MB.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Tree: TypeAlias = Mapping[str, "bytes | Tree"]

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_PER_SECTOR = _SECTOR // 4
_IN_HEADER = 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_BLACK = 1


class _Entry:
    """One line of the directory."""

    def __init__(self, name: str, kind: int, content: bytes = b"") -> None:
        self.name, self.kind, self.content = name, kind, content
        self.left = self.right = self.child = _FREE
        self.start, self.size = (_END, len(content)) if kind == _STREAM else (0, 0)

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le")
        return struct.pack(
            "<64sHBBIII16sIQQIQ", name, len(name) + 2, self.kind, _BLACK, self.left, self.right, self.child,
            bytes(16), 0, 0, 0, self.start, self.size,
        )  # fmt: skip


class _Sectors:
    """Sectors of one size in a row, and the table that chains them."""

    def __init__(self, size: int) -> None:
        self.size, self.data, self.table = size, bytearray(), list[int]()

    def add(self, content: bytes) -> int:
        """Append a content in sectors of its own and return the first one."""
        if not content:
            return _END
        first, count = len(self.table), -(-len(content) // self.size)
        self.data += content.ljust(count * self.size, b"\0")
        self.table += [*range(first + 1, first + count), _END]
        return first


def compound_file(tree: Tree) -> bytes:
    """Return a compound file of storages (mappings) and streams (bytes)."""
    root = _Entry("Root Entry", _ROOT)
    entries = [root]
    root.child = _add(tree, entries)
    sectors, mini = _Sectors(_SECTOR), _Sectors(_MINI)
    for entry in entries:
        if entry.kind == _STREAM:
            entry.start = (mini if entry.size < _CUTOFF else sectors).add(entry.content)
    root.start, root.size = sectors.add(bytes(mini.data)), len(mini.data)
    mini_table = sectors.add(_numbers(mini.table))
    directory = sectors.add(_padded(b"".join(entry.packed() for entry in entries)))
    return _with_header(sectors, directory, mini_table, len(mini.table))


def _add(tree: Tree, entries: list[_Entry]) -> int:
    """Append the entries of a storage, linked as a binary tree in the order of the format; return the topmost."""
    places = []
    for name, content in tree.items():
        entry = _Entry(name, _STREAM, content) if isinstance(content, bytes) else _Entry(name, _STORAGE)
        places.append(len(entries))
        entries.append(entry)
        if not isinstance(content, bytes):
            entry.child = _add(content, entries)
    places.sort(key=lambda i: (len(entries[i].name), entries[i].name.upper()))
    return _linked(places, entries)


def _linked(places: Sequence[int], entries: list[_Entry]) -> int:
    # With every node black a red-black tree is a plain binary tree (MS-CFB 2.6.4).
    if not places:
        return _FREE
    middle = len(places) // 2
    top = entries[places[middle]]
    top.left, top.right = _linked(places[:middle], entries), _linked(places[middle + 1 :], entries)
    return places[middle]


def _padded(directory: bytes) -> bytes:
    """The directory in whole sectors; lines without an entry point nowhere."""
    unused = struct.pack("<64sHBBIII", b"", 0, 0, 0, _FREE, _FREE, _FREE) + bytes(48)
    return directory + unused * (-len(directory) % _SECTOR // len(unused))


def _numbers(values: Sequence[int]) -> bytes:
    """A table of sectors in whole sectors."""
    padded = [*values, *[_FREE] * (-len(values) % _PER_SECTOR)]
    return struct.pack(f"<{len(padded)}I", *padded)


def _with_header(sectors: _Sectors, directory: int, mini_table: int, mini_count: int) -> bytes:
    used = len(sectors.table)
    count = 1
    while used + count > count * _PER_SECTOR:  # the table of all sectors chains its own sectors too
        count += 1
    if count > _IN_HEADER:
        raise ValueError("the compound file is too large")
    table = _numbers([*sectors.table, *[_FAT] * count])
    places = [*range(used, used + count), *[_FREE] * (_IN_HEADER - count)]
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII109I",
        bytes.fromhex("D0CF11E0A1B11AE1"), bytes(16), 0x003E, 3, 0xFFFE, 9, 6, bytes(6), 0, count, directory, 0,
        _CUTOFF, mini_table, -(-mini_count // _PER_SECTOR), _END, 0, *places,
    )  # fmt: skip
    return header + bytes(sectors.data) + table
