"""What a number format adds to the number that a cell shows: a currency, a percent sign, a unit such as 万元.

A number typed into such a cell is meant with what stands beside it: 12 in a cell that shows “12 万元” is 120,000.
"""

import re
from functools import lru_cache

_PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"?'
    r"|[\\!](?P<escaped>.)"
    r"|_.|\*."  # room as wide as a letter; a letter that fills the cell
    r"|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]"
    r"|\[(?P<bracket>[^\]]*)\]?"
    r"|(?P<general>general)"
    r"|(?P<digits>[#0?](?:[#0?.,]*[#0?])?)(?P<scaled>,*)"
    r"|(?P<power>e[+-][#0?]*)"
    r"|(?P<plain>.)",
    re.IGNORECASE | re.DOTALL,
)
# What is longer was not made by anybody in a dialog.
_LONGEST = 255


@lru_cache(maxsize=1024)
def shown_with(code: str) -> str:
    """Return how a format shows the number 1, without digits behind the point; empty where it shows the number alone.

    One that shows thousands or ten thousands as ones (`0.0,"k"`, `0!.0,"万"`) shows the number as it is, and adds
    nothing.

    Parameters
    ----------
    code
        The format as the workbook writes it.

    Examples
    --------
    >>> shown_with('"$"#,##0.00'), shown_with('0"万元"'), shown_with("0.0%"), shown_with("[$€-407] #,##0")
    ('$1', '1万元', '1%', '€ 1')
    >>> shown_with('#,##0.00_);(#,##0.00);"–"'), shown_with('0!.0,"万"'), shown_with('0.0,"k"'), shown_with("General")
    ('', '', '', '')
    """
    if len(code) > _LONGEST:
        return ""
    before, after, numbers = "", "", 0
    for piece in _PIECE.finditer(_of_positive(code)):
        if piece["scaled"] or (numbers and piece["escaped"] in (".", ",", "．")):
            return ""
        if piece["digits"] or piece["general"]:
            numbers += 1
            continue
        said = piece["quoted"] or piece["escaped"] or piece["currency"] or piece["plain"] or ""
        if numbers:
            after += said
        else:
            before += said
    before, after = before.lstrip(), after.rstrip()
    if not numbers or (before, after) in (("", ""), ("(", ")"), ("+", "")):
        return ""
    return f"{before}1{after}"


def _of_positive(code: str) -> str:
    """The section of a format by which it shows a number above 0: the first, as a rule."""
    for piece in _PIECE.finditer(code):
        if piece["plain"] == ";":
            return code[: piece.start()]
    return code
