"""What a formula is cut into while it is put into the form of the calculation engine."""

from collections.abc import Sequence
from typing import NamedTuple

from crm_xl.xlsx.references import Area

# Excel takes 8,192 characters as typed; files have prefixes besides, and names are written out here.
LONGEST = 65_536


class Uncomputable(Exception):  # noqa: N818
    """A formula is beyond the engine; `key` is the reason in the terms."""

    def __init__(self, key: str, **details: object) -> None:
        super().__init__(key)
        self.key = key
        self.details = details


class Token(NamedTuple):
    """A stretch of the new formula, and the area that it names if it is nothing but a reference.

    `moves` says whether the area moves down and to the right when the formula is filled; None where only one of its
    ends does, so that it grows.
    """

    text: str
    area: Area | None = None
    spilled: bool = False
    moves: tuple[bool | None, bool | None] = (False, False)


def only(pieces: Sequence[Token]) -> Token | None:
    """Return what stands alone, if need be in parentheses; None where there is more than one piece."""
    inside = [piece for piece in pieces if not piece.text.isspace()]
    while len(inside) > 2 and inside[0].text == "(" and inside[-1].text == ")":
        inside = inside[1:-1]
    return inside[0] if len(inside) == 1 else None


def joined(pieces: Sequence[Token]) -> str:
    """Return the text of the pieces."""
    return "".join([piece.text for piece in pieces])
