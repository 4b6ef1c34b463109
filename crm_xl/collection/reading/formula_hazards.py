"""What a formula in a returned workbook may reach beyond the workbook: other files, programs, the network."""

import re

_LITERAL = re.compile(r'"[^"]*"')
# [1]Sheet!A1, '[Book.xlsx]Sheet'!A1, [1]!Name. In a structured reference no exclamation mark follows the bracket.
_OTHER_FILE = re.compile(r"\[[^\[\]]+\][^\[\]!,;()+*/<>=&^]*!")
_REACHING = re.compile(
    r"\b(?:WEBSERVICE|FILTERXML|HYPERLINK|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|SQL\.REQUEST|DDE|IMPORT\w+"
    r"|CUBE\w+|STOCKHISTORY)\s*\(",
    re.IGNORECASE,
)


def hazard(formula: str) -> str | None:
    """Return what a formula reaches for, as the end of a finding's key, or None where it stays in its workbook.

    >>> hazard("SUM(Costs[Amount])"), hazard("[1]Sheet1!A1*2"), hazard("cmd|'/c calc'!A0")
    (None, 'external', 'dde')
    """
    bare = _LITERAL.sub('""', formula)
    if "|" in bare:
        return "dde"
    if _REACHING.search(bare):
        return "reaching"
    return "external" if _OTHER_FILE.search(bare) else None
