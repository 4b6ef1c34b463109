"""What a formula asks of an engine: its functions and operators, and the ways in which it uses them.

A function that is right over single values may be wrong over a range, or with an argument left out. So each use has its
own name: `ROUND`, `ROUND:range` where an argument is a range or an array, `ROUND:omitted` where one is left empty.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

import formualizer as fz

from crm_xl.hosts.headless.formulas.spellings import bare_name

# Functions whose result is one value, whatever ranges they take: what stands around them sees no range.
_ONE_VALUE = frozenset({
    "AGGREGATE", "AND", "AVERAGE", "AVERAGEA", "AVERAGEIF", "AVERAGEIFS", "COLUMNS", "CONCAT", "CORREL", "COUNT",
    "COUNTA", "COUNTBLANK", "COUNTIF", "COUNTIFS", "HLOOKUP", "INDEX", "IRR", "LARGE", "LOOKUP", "MATCH", "MAX",
    "MAXIFS", "MEDIAN", "MIN", "MINIFS", "MODE", "NPV", "OR", "PERCENTILE", "PRODUCT", "RANK", "ROWS", "SMALL",
    "STDEV", "STDEVP", "SUBTOTAL", "SUM", "SUMIF", "SUMIFS", "SUMPRODUCT", "SUMSQ", "TEXTJOIN", "VAR", "VARP",
    "VLOOKUP", "XIRR", "XMATCH", "XNPV",
})  # fmt: skip
_OPERATORS = dict.fromkeys(("=", "<>", "<", ">", "<=", ">="), "compare") | dict.fromkeys("+-*/", "arithmetic")
# The mark of a formula that calls a function of the registry.
OURS = "(registry)"
_MOVING = frozenset({"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"})
_ANYWHERE = frozenset({"INDIRECT", "OFFSET"})
_SEARCHING = frozenset({"IRR", "XIRR", "RATE", "YIELD", "ODDFYIELD"})
_DEEPEST_NAME = 8


class _Call:
    """A function whose arguments are being read."""

    def __init__(self, name: str, ours: bool) -> None:
        self.name, self.ours = name, ours
        self.range = self.omitted = False
        self.empty = self.alone = True

    def end_argument(self, *, last: bool) -> None:
        self.omitted = self.omitted or (self.empty and not (last and self.alone))
        self.empty, self.alone = True, False

    def uses(self) -> Iterator[str]:
        if not self.range and not self.omitted:
            yield self.name
        if self.range:
            yield f"{self.name}:range"
        if self.omitted:
            yield f"{self.name}:omitted"


def uses(
    formula: str, names: Mapping[str, str], ours: Callable[[str], object], *, array: bool = False, depth: int = 0
) -> frozenset[str]:
    """Return the uses in a formula, without its `=`; what cannot be read gives the use `?`.

    Parameters
    ----------
    names
        What the defined names of the workbook stand for, by name in small letters.
    ours
        Whether a function is one of the registry, which is no use of the engine's: it leaves the mark `OURS` alone.
    array
        Whether it is an array formula.
    """
    tokens = _tokens(formula)
    if tokens is None or depth > _DEEPEST_NAME:
        return frozenset("?")
    found: set[str] = set()
    calls = [_Call("", True)]
    for kind, text in tokens:
        call = calls[-1]
        if kind == "blank":
            continue
        if kind == "open":
            call.empty = False
            calls.append(_Call(bare_name(text[:-1]), bool(ours(text[:-1]))))
        elif kind == "close" and len(calls) > 1:
            call.end_argument(last=True)
            calls.pop()
            if call.ours:
                found.add(OURS)
            else:
                found.update(call.uses())
                calls[-1].range = calls[-1].range or (call.range and call.name not in _ONE_VALUE)
        elif kind == "separator":
            call.end_argument(last=False)
        else:
            call.empty = False
            if kind == "reference":
                content = names.get(text.rpartition("!")[2].casefold())
                if content is not None:
                    if "(" in content:
                        found |= uses(content, names, ours, array=True, depth=depth + 1)
                    call.range = call.range or ":" in content or "(" in content or "[" in content
                else:
                    call.range = call.range or any(mark in text for mark in ":[")
            elif kind == "infix":
                found.add(f"({_OPERATORS.get(text, text.strip() or 'intersection')})")
            elif text in ("{", "#", "%", "@"):
                call.range = call.range or text in "{#"
                found.add(f"({text})")
    if not any(kind == "open" for kind, _ in tokens):
        found.add("(reference)")
    if found and OURS not in found and (array or calls[0].range):
        found.add("(array)" if array else "(range)")
    return frozenset(found)


def moves(found: frozenset[str]) -> bool:
    """Whether a formula with these uses asks for the clock or for chance, so that it never gives the same twice."""
    return not _MOVING.isdisjoint(_functions(found))


def reads_anywhere(found: frozenset[str]) -> bool:
    """Whether a formula with these uses may read cells that its text does not name."""
    return not _ANYWHERE.isdisjoint(_functions(found))


def searches(found: frozenset[str]) -> bool:
    """Whether a formula with these uses searches for its result in steps, until it is near enough."""
    return not _SEARCHING.isdisjoint(_functions(found))


def _functions(found: frozenset[str]) -> Iterator[str]:
    return (use.partition(":")[0] for use in found)


@lru_cache(4096)
def _tokens(formula: str) -> tuple[tuple[str, str], ...] | None:
    try:
        found = fz.tokenize("=" + formula).tokens()
    except (fz.TokenizerError, ValueError):
        return None
    return tuple((_KINDS.get((token.token_type, token.subtype), "other"), token.value) for token in found)


_KINDS = {
    (fz.TokenType.Operand, fz.TokenSubType.Range): "reference",
    (fz.TokenType.Func, fz.TokenSubType.Open): "open",
    (fz.TokenType.Func, fz.TokenSubType.Close): "close",
    (fz.TokenType.Sep, fz.TokenSubType.Arg): "separator",
    (fz.TokenType.Whitespace, fz.TokenSubType.None_): "blank",
    (fz.TokenType.OpInfix, fz.TokenSubType.None_): "infix",
}
