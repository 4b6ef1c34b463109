"""Which formulas are left to the calculation engine: those of which it is measured that it computes them as Excel does.

These are sums, counts and arithmetic over cells, sums under plain conditions, and IF over plain comparisons, which make
up most of a workbook and are fast there. Everything else is computed by `worksheet_functions`. An error, or a
difference near zero, that the engine gives for one of these is not believed either: the model has it computed anew.
"""

from collections.abc import Callable, Sequence

from crm_xl.hosts.headless.formulas.words import Word
from crm_xl.xlsx.references import parse_area

_PLAIN = frozenset({"SUM", "AVERAGE", "MIN", "MAX", "COUNT", "COUNTA", "IF", "ABS", "TRUE", "FALSE", "NOT"})
_OF_RANGES = frozenset({"SUM", "AVERAGE", "MIN", "MAX", "COUNT", "COUNTA"})
_CONDITIONAL = frozenset({"SUMIF", "SUMIFS", "AVERAGEIF", "AVERAGEIFS", "COUNTIF", "COUNTIFS", "MAXIFS", "MINIFS"})
_ARITHMETIC = frozenset("+-*/")
_COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})


def left_to_engine(
    words: Sequence[Word], registered: Callable[[str], bool], bare: Callable[[str], str], named: Callable[[str], bool]
) -> bool:
    """Whether a formula that stands in one cell is left to the engine.

    Parameters
    ----------
    words
        The kind and the text of each token, without blanks.
    registered
        Whether a name is that of a function of the registry; what stands inside its call is the engine's anyway.
    bare
        The name of a function without the prefix of the file.
    named
        Whether an operand is a defined name that stands for a formula.
    """
    calls: list[str] = []
    own = 0
    for at, (kind, text) in enumerate(words):
        if own:
            own += (kind in ("open", "(", "{")) - (kind == "close")
            continue
        before, after = _beside(words, at - 1), _beside(words, at + 1)
        function = calls[-1] if calls else ""
        match kind:
            case "open":
                if registered(text[:-1]):
                    own = 1
                    continue
                name = bare(text[:-1])
                if name not in _PLAIN and name not in _CONDITIONAL:
                    return False
                calls.append(name)
            case "(":
                calls.append(function if function in ("", "IF") else "(")
            case "close":
                calls.pop()
            case "reference":
                if named(text):
                    return False
                if not _is_cell(text) and not (
                    function in (_OF_RANGES | _CONDITIONAL) and before[0] != "infix" and after[0] != "infix"
                ):
                    return False
            case "text":
                compared = _COMPARISONS & {before[1], after[1]}
                if function in _CONDITIONAL and text[1:3] == "<>":
                    return False
                if function not in _CONDITIONAL and not compared and function != "IF":
                    return False
                if function == "IF" and {before[0], after[0]} & {"infix"} and not compared:
                    return False
            case "logical":
                if function != "IF":
                    return False
            case "infix":
                if not _plain_infix(words, at, function):
                    return False
            case "prefix":
                if text not in "+-":
                    return False
            case "number" | "separator":
                pass
            case _:
                return False
    return True


def _beside(words: Sequence[Word], at: int) -> Word:
    return words[at] if 0 <= at < len(words) else ("", "")


def _is_cell(text: str) -> bool:
    """Whether an operand is one cell, or names what is looked at when it is resolved."""
    area = parse_area(text, "")
    return area is not None and area.is_cell and ":" not in area.sheet


def _plain_infix(words: Sequence[Word], at: int, function: str) -> bool:
    text, before, after = words[at][1], _beside(words, at - 1), _beside(words, at + 1)
    if function in _CONDITIONAL:
        # A condition put together of a sign and a cell.
        return text == "&" and before[0] == "text" and after[0] == "reference" and _is_cell(after[1])
    if text in _ARITHMETIC:
        return True
    if text not in _COMPARISONS:
        return False
    # Numbers are compared in 15 digits: for a cell and 0, or a text, that makes no difference.
    alone = before[0] == "reference" and _beside(words, at - 2)[0] in ("", "open", "separator", "(")
    ends = _beside(words, at + 2)[0] in ("", "close", "separator")
    return alone and ends and (after[0] == "text" or after == ("number", "0"))


def is_one_call(words: Sequence[Word], registered: Callable[[str], bool]) -> bool:
    """Whether a formula is nothing but a call of a function of the registry."""
    if not words or words[0][0] != "open" or not registered(words[0][1][:-1]):
        return False
    depth = 0
    for at, (kind, _) in enumerate(words):
        depth += (kind in ("open", "(", "{")) - (kind == "close")
        if not depth:
            return at == len(words) - 1
    return False
