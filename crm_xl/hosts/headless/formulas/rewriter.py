"""Formulas as files hold them, put into the form that the calculation engine takes.

Three things are brought about on the way. A function of the registry is found under every spelling that programs save
(`spellings`). Names and structured references become plain areas (`resolving`). And an area that a function of the
registry takes directly is handed over through one cell of a scratch sheet (`scratch`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import NamedTuple

import formualizer as fz

from crm_xl.functions.registry import Function
from crm_xl.hosts.headless.formulas.conditional_sums import FUNCTIONS as CONDITIONAL
from crm_xl.hosts.headless.formulas.conditional_sums import conditional
from crm_xl.hosts.headless.formulas.engine_subset import is_one_call, left_to_engine
from crm_xl.hosts.headless.formulas.filled import CALLER_MARK, MARKS, Pattern, column_mark, row_mark, scratch_mark
from crm_xl.hosts.headless.formulas.operands import Place, Resolver
from crm_xl.hosts.headless.formulas.scratch_sheet import EMPTY, EVALUATE, Scratch
from crm_xl.hosts.headless.formulas.spellings import Spellings, bare_name
from crm_xl.hosts.headless.formulas.tokens import LONGEST, Token, Uncomputable, joined, only
from crm_xl.hosts.headless.formulas.words import Word, words_of
from crm_xl.hosts.headless.worksheet_functions.parsing import Parser
from crm_xl.xlsx.references import LAST_COLUMN, LAST_ROW, Area, Position, Table, parse_area, respelled

_DEEPEST_NAME = 16
# An area of more cells is handed over once for all formulas that read it.
_MANY_CELLS = 24


class Rewritten(NamedTuple):
    """A formula in the engine's form, the areas that it reads, and whether the engine may leave errors out of it."""

    text: str
    areas: Set[Area]
    leaves_errors_out: bool


class _Call:
    """A function whose arguments are being read: `head` is what opens it, `tail` what closes it."""

    __slots__ = ("arguments", "function", "head", "tail")

    def __init__(self, head: str, tail: str, function: Function | None) -> None:
        self.head, self.tail, self.function = head, tail, function
        self.arguments: list[list[Token]] = [[]]


class Rewriter:
    """Puts the formulas of one workbook into the engine's form and notes the areas to hand over."""

    def __init__(
        self,
        spellings: Spellings,
        sheets: Iterable[str],
        names: Mapping[tuple[str | None, str], str],
        tables: Mapping[str, Table],
        scratch: Scratch,
    ) -> None:
        self.spellings, self.scratch = spellings, scratch
        self.resolver = Resolver(sheets, names, tables, self._named)
        self._tokens: dict[str, list[tuple[str, str]]] = {}
        self._heads: dict[str, tuple[str, str, Function | None]] = {}

    def rewrite(
        self,
        formula: str,
        sheet: str,
        row: int,
        column: int,
        *,
        array: bool = False,
        caller: Position | None = None,
        with_errors: bool = False,
    ) -> Rewritten:
        """Return a formula (without its `=`) in the engine's form, and the areas that it reads.

        Parameters
        ----------
        sheet, row, column
            The cell that holds it.
        array
            Whether it may return many cells. One that may not takes, as Excel does, the one value of an area
            that stands in its own row or column, and the first value of a table that a function returns.
        caller
            The formula that functions are told they are called from.
        with_errors
            Whether sums under conditions have the errors that the engine leaves out, which takes it longer.

        Raises
        ------
        Uncomputable
            Where it calls on another workbook or on what the engine is known to answer wrongly.
        """
        place = Place(sheet, row, column, (0, 0), array, caller is not None, with_errors)
        pattern = self._pattern(formula, place)
        return Rewritten(
            pattern.text(row, column, self.caller(pattern, caller)),
            pattern.areas(row, column),
            pattern.leaves_errors_out,
        )

    def pattern(
        self, formula: str, sheet: str, row: int, column: int, *, array: bool, doubted: bool = False
    ) -> Pattern:
        """Return a formula of a cell in the engine's form, for every cell to which it may be filled.

        `doubted` has it computed by the functions here even where it would be left to the engine.

        Raises
        ------
        Uncomputable
            As `rewrite` does.
        """
        return self._pattern(formula, Place(sheet, row, column, (0, 0), array, True, False), doubted=doubted)

    def caller(self, pattern: Pattern, caller: Position | None) -> str:
        """Return the argument that tells the functions in a formula from where they are called."""
        return self.scratch.mark(caller) if pattern.calls and caller is not None else ""

    def _pattern(self, formula: str, place: Place, *, doubted: bool = False) -> Pattern:
        if len(formula) > LONGEST:
            raise Uncomputable("formula_too_long", limit=str(LONGEST))
        words = words_of(formula)
        one_call = is_one_call(words, self._registered)
        to_engine = one_call or (not place.array and not doubted and self._left_to_engine(words, place))
        text = joined(self._pieces(formula, place)) if to_engine else self._computed_here(formula, place)
        tokens = self._tokenised(formula)
        source = "".join([self._marked(*token, place.sheet) for token in tokens])
        if "".join([token for _, token in tokens]) != formula:  # of several errors in a row it leaves one out
            place.within.append(place.cell)
        within = Area(place.sheet, 1, 1, LAST_ROW, LAST_COLUMN)
        for other in place.within:
            within = within.common(other)
        return Pattern(
            place.row, place.column, source, text, place.used, place.scratched, within, bool(place.summed),
            doubtful=to_engine and not one_call, computed_here=not to_engine, criteria=place.criteria,
        )  # fmt: skip

    def _left_to_engine(self, words: Sequence[Word], place: Place) -> bool:
        def stands_for_formula(text: str) -> bool:
            content = None if "[" in text else self.resolver.content(text, place.sheet)
            return content is not None and parse_area(content, place.sheet) is None

        return left_to_engine(words, self._registered, bare_name, stands_for_formula)

    def _registered(self, name: str) -> bool:
        return self.spellings.find(name) is not None

    def _computed_here(self, formula: str, place: Place) -> str:
        """Return the call by which the engine has a formula computed by the functions here."""

        def given(text: str, within: Place) -> str:
            return joined(self._pieces(text, replace(within, array=True)))

        program = Parser(self.resolver, given, self._registered).program(formula, place)
        number = self.scratch.enter(program)
        slots = [self._slot(piece, place) for piece in program.slots]
        return f"{EVALUATE}({','.join([str(number), CALLER_MARK, *slots])})"

    def _slot(self, piece: Token, place: Place) -> str:
        if piece.area is not None and not piece.spilled and piece.area.size > _MANY_CELLS:
            return self._scratched(piece, self.scratch.content, place)
        return piece.text

    def _marked(self, kind: str, text: str, sheet: str) -> str:
        """Return a token with marks for the rows and columns that move."""
        if kind != "reference" or "[" in text or parse_area(text, sheet) is None:
            return text
        return respelled(text, row_mark, column_mark)

    def found(self, text: str, sheet: str, row: int, column: int) -> Area | None:
        """Return the area that a text names for a formula of a cell, as INDIRECT takes it; None where it names none."""
        try:
            piece = only(self._pieces(text, Place(sheet, row, column, (0, 0), True, False, False)))
        except Uncomputable:
            return None
        if piece is None or piece.spilled or piece.area is None:
            return None
        # INDIRECT does not reach into a workbook that is not open.
        return None if piece.area.sheet in self.resolver.external.values() else piece.area

    def area(self, text: str, sheet: str) -> tuple[Area, bool] | None:
        """Return the area that a text names, with whether it means a whole spill; None where it names no area."""
        piece = only(self._pieces(text, Place(sheet, 1, 1, (0, 0), True, False, False)))
        return None if piece is None or piece.area is None else (piece.area, piece.spilled)

    def _pieces(self, formula: str, place: Place, depth: int = 0) -> list[Token]:
        calls = [_Call("", "", None)]
        braces = 0
        previous = ""
        areas_meet = False
        tokens = self._tokenised(formula)
        # An argument of a function of the registry that is computed here is read as a whole.
        begins, skipped = False, 0
        for at, (kind, text) in enumerate(tokens):
            now = calls[-1].arguments[-1]
            if at < skipped:
                continue
            if begins and (end := self._computed_argument(tokens, at, place)):
                now.append(Token(self._computed_here(_text(tokens[at:end]), replace(place, array=True))))
                begins, skipped = False, end
                continue
            begins = False
            if kind == "reference":
                piece = self.resolver.piece(text, place, depth)
                if piece.area is not None:
                    place.used.append(piece)
                now.append(piece)
            elif kind == "open":
                calls.append(self._call(text, len(calls) == 1 and previous != "@" and not place.array))
                begins = calls[-1].function is not None
            elif kind == "close":
                call = calls.pop()
                calls[-1].arguments[-1].append(self._closed(call, place, len(calls) == 1 and not place.array))
            elif kind == "separator" and len(calls) > 1 and braces == 0:
                calls[-1].arguments.append([])
                begins = calls[-1].function is not None
            elif text == "#" and now and now[-1].area is not None:
                now[-1] = now[-1]._replace(text=now[-1].text + "#", spilled=True)
            else:
                areas_meet = areas_meet or (kind == "infix" and text in (":", " ", ","))
                braces += (text == "{") - (text == "}")
                now.append(Token(text))
            if kind != "blank":
                previous = text
        pieces = calls[0].arguments[0]
        if not place.array and depth == 0 and not areas_meet:
            pieces = [_one_value(piece, at, pieces) for at, piece in enumerate(pieces)]
        return pieces

    def _computed_argument(self, tokens: Sequence[tuple[str, str]], begin: int, place: Place) -> int:
        """Return where an argument ends that is computed here; 0 for one that is an area, a value or the engine's."""
        end, depth = begin, 0
        while end < len(tokens):
            kind, text = tokens[end]
            if depth == 0 and kind in ("separator", "close"):
                break
            depth += (kind == "open" or text in ("(", "{")) - (kind == "close" or text in (")", "}"))
            end += 1
        words = words_of(_text(tokens[begin:end]))
        while len(words) > 2 and _closes_at(words) == len(words) - 1:
            words = words[1:-1]
        plain = len(words) < 2 or words[1:] == [("postfix", "#")] or is_one_call(words, self._registered)
        spill = words and words[0][0] == "open" and bare_name(words[0][1][:-1]) in ("ANCHORARRAY", "SINGLE")
        return 0 if plain or spill or self._left_to_engine(words, place) else end

    def _call(self, text: str, one_value: bool) -> _Call:
        head = self._heads.get(text)
        if head is None:
            head = self._heads[text] = self._head(text)
        if one_value and head[2] is not None and head[2].result == "table":
            return _Call("@" + head[0], head[1], head[2])
        return _Call(*head)

    def _head(self, text: str) -> tuple[str, str, Function | None]:
        """Return what opens a call in the engine's form, what closes it, and the function if it is of the registry."""
        function = self.spellings.find(text[:-1])
        if function is not None:
            return function.name + "(", ")", function
        bare = bare_name(text[:-1])
        if bare == "SINGLE":
            return "@(", ")", None
        if bare in CONDITIONAL:
            return bare, ")", None
        return ("", "#", None) if bare == "ANCHORARRAY" else (text, ")", None)

    def _closed(self, call: _Call, place: Place, one_value: bool) -> Token:
        if call.head in CONDITIONAL:
            return self._conditional(call, place, one_value)
        if call.function is not None:
            many = len(call.arguments) > 1
            arguments = [self._argument(a, many, place) for a in call.arguments]
            if place.marked:
                arguments = [*(arguments if many or arguments[0] else ()), CALLER_MARK]
            return Token(call.head + ",".join(arguments) + call.tail)
        text = call.head + ",".join(map(joined, call.arguments)) + call.tail
        if call.tail == "#" and len(call.arguments[0]) == 1:
            return call.arguments[0][0]._replace(text=text, spilled=True)
        return Token(text)

    def _conditional(self, call: _Call, place: Place, one_value: bool) -> Token:
        text, summed, errors, criteria = conditional(
            call.head, call.arguments, one_value=one_value, with_errors=place.with_errors
        )
        place.criteria.extend(criteria)
        if summed is None:
            return Token(text)
        if summed.area is None:
            return Token(f"({errors}+{text})")
        place.used.append(summed)
        place.summed.append(summed)
        holds_error = self._scratched(summed, self.scratch.holds_error, place)
        return Token(f"(IF({holds_error},{errors},0)+{text})" if place.with_errors else text)

    def _scratched(self, piece: Token, reserve: Callable[[Token], str], place: Place) -> str:
        """Return the scratch cell of an area, or what stands for that of one that moves."""
        if not any(piece.moves):
            return reserve(piece)
        place.scratched.append((reserve, piece))
        return scratch_mark(len(place.scratched) - 1)

    def _argument(self, pieces: list[Token], one_of_many: bool, place: Place) -> str:
        pieces = [piece for piece in pieces if not piece.text.isspace()]
        if not pieces:
            return f'"{EMPTY}"' if one_of_many else ""
        whole = only(pieces)
        if whole is not None and whole.area is not None and (whole.spilled or not whole.area.is_cell):
            return self._scratched(whole, self.scratch.cell, place)
        return joined(pieces)

    def _named(self, content: str, place: Place, depth: int) -> Token:
        if depth >= _DEEPEST_NAME:
            raise Uncomputable("formula_name_circular")
        # A relative reference in a name counts from A1.
        inside = replace(place, moved_by=(place.row - 1, place.column - 1), array=True)
        pieces = self._pieces(content, inside, depth + 1)
        # Names that each hold the next one several times would grow beyond all bounds.
        if sum(len(piece.text) for piece in pieces) > LONGEST:
            raise Uncomputable("formula_too_long", limit=str(LONGEST))
        return only(pieces) or Token(f"({joined(pieces)})")

    def _tokenised(self, formula: str) -> list[tuple[str, str]]:
        tokens = self._tokens.get(formula)
        if tokens is None:
            try:
                found = fz.tokenize("=" + formula).tokens()
            except (fz.TokenizerError, ValueError):
                raise Uncomputable("formula_unreadable") from None
            if any(mark in formula for mark in MARKS):
                raise Uncomputable("formula_unreadable")
            tokens = [(_KINDS.get((token.token_type, token.subtype), "other"), token.value) for token in found]
            if len(self._tokens) < 4096 and len(formula) < 1000:
                self._tokens[formula] = tokens
        return tokens


_KINDS = {
    (fz.TokenType.Operand, fz.TokenSubType.Range): "reference",
    (fz.TokenType.Func, fz.TokenSubType.Open): "open",
    (fz.TokenType.Func, fz.TokenSubType.Close): "close",
    (fz.TokenType.Sep, fz.TokenSubType.Arg): "separator",
    (fz.TokenType.Whitespace, fz.TokenSubType.None_): "blank",
    (fz.TokenType.OpInfix, fz.TokenSubType.None_): "infix",
}


def _text(tokens: Sequence[tuple[str, str]]) -> str:
    return "".join([text for _, text in tokens])


def _closes_at(words: Sequence[Word]) -> int:
    """Return where the parenthesis closes with which a formula begins; -1 where it begins with none."""
    depth = 0
    for at, (kind, _) in enumerate(words):
        depth += (kind in ("open", "(", "{")) - (kind == "close")
        if depth == 0:
            return at if words[0][0] == "(" else -1
    return -1


def _one_value(piece: Token, at: int, pieces: list[Token]) -> Token:
    if piece.area is None or piece.area.is_cell or piece.spilled or (at and pieces[at - 1].text == "@"):
        return piece
    return piece._replace(text="@" + piece.text)
