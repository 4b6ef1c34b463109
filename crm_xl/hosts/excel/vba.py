"""VBA text: what of it any module needs, and Chinese in it.

A module of VBA is a text in the code page of the computer that reads it, and a Chinese text is lost on an English
one. So a module holds ASCII only: everything else stands as hexadecimal numbers in braces, and `T` of the class
CrmWords makes texts of them. A line of VBA has at most 1023 characters and a statement at most 25 lines.
"""

import re
from collections.abc import Iterable
from importlib.resources import files

LINE = 1023
CONTINUATIONS = 24
_PIECE = 200
_FOREIGN = re.compile(r"[^\x20-\x7e]+|[{}]+")


def escaped(text: str) -> str:
    """Return a text in ASCII, everything else as UTF-16 numbers in braces.

    >>> escaped("CRM 总额")
    'CRM {603B989D}'
    """
    return _FOREIGN.sub(lambda found: "{" + found[0].encode("utf-16-be").hex().upper() + "}", text)


def literal(text: str) -> str:
    """Return a text as an expression of VBA, over several lines where it is long."""
    plain = escaped(text)
    pieces = [plain[i : i + _PIECE] for i in range(0, len(plain), _PIECE)] or [""]
    quoted = ['"' + piece.replace('"', '""') + '"' for piece in pieces]
    if len(quoted) > CONTINUATIONS:
        raise ValueError(f"a text of {len(text)} characters is too long for one statement of VBA")
    expression = " & _\n        ".join(quoted)
    return f"T({expression})" if plain != text else expression


def module(name: str, lines: Iterable[str]) -> str:
    """Return the text of a module as a .bas file has it: its name first, lines ended as on Windows."""
    text = "\n".join([f'Attribute VB_Name = "{name}"', *lines]) + "\n"
    check(text, name)
    return text.replace("\n", "\r\n")


def check(text: str, name: str) -> None:
    """Refuse a text that VBA could not read: not ASCII, a line too long, a statement of too many lines."""
    if not text.isascii():
        raise ValueError(f"the module {name} is not plain ASCII")
    continued = 0
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) > LINE:
            raise ValueError(f"line {number} of the module {name} has {len(line)} characters")
        continued = continued + 1 if line.endswith(" _") else 0
        if continued > CONTINUATIONS:
            raise ValueError(f"a statement at line {number} of the module {name} goes over too many lines")


def source(name: str) -> str:
    """Return a text of VBA that stands beside this module."""
    return (files("crm_xl.hosts.excel") / "sources" / name).read_text(encoding="ascii")
