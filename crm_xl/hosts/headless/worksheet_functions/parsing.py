"""Formulas cut into tokens, made into trees of nodes.

What a formula reads becomes its slots: an area, or an expression in the engine's form whose value the engine hands
over (a call of a function of the registry, a spill). Each is an argument of the one function by which the engine calls
this evaluator, so that the order of calculation stays the engine's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from crm_xl.errors import ErrorValue
from crm_xl.hosts.headless.formulas.operands import Place, Resolver
from crm_xl.hosts.headless.formulas.spellings import bare_name
from crm_xl.hosts.headless.formulas.tokens import LONGEST, Token, Uncomputable
from crm_xl.hosts.headless.formulas.words import Word, words_of
from crm_xl.hosts.headless.worksheet_functions.families import FUNCTIONS
from crm_xl.hosts.headless.worksheet_functions.nodes import (
    HOLE,
    Applied,
    Call,
    Constant,
    Given,
    Joined,
    Local,
    Node,
    Operation,
    Reference,
    Several,
    Sign,
)
from crm_xl.hosts.headless.worksheet_functions.operators import COMPARISONS
from crm_xl.hosts.headless.worksheet_functions.values import Scalar, array
from crm_xl.xlsx.references import split_sheet

_ERRORS = {str(code): code for code in ErrorValue}
_BINDING = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 5}
_REFERENCES = {",": 8, " ": 9, ":": 10}
_SIGN, _PERCENT = 7, 6
# Functions of which the first argument is asked for its place and not for what it holds.
_OF_PLACE = frozenset(
    {"ROW", "COLUMN", "ROWS", "COLUMNS", "OFFSET", "SHEET", "ISREF", "AREAS", "FORMULATEXT", "ISFORMULA", "SHEETS"}
)
# Functions that reckon nothing with what they are given.
_PASSING_ON = frozenset({"IF", "IFS", "IFERROR", "IFNA", "AND", "OR", "NOT", "CHOOSE", "SWITCH"})
_DEEPEST = 100
# Functions of Excel that are not computed here.
NOT_COMPUTED = frozenset(
    [
        "ACCRINT",
        "AMORDEGRC",
        "AMORLINC",
        "BAHTTEXT",
        "BESSELI",
        "BESSELJ",
        "BESSELK",
        "BESSELY",
        "CALL",
        "CUBEKPIMEMBER",
        "CUBEMEMBER",
        "CUBEMEMBERPROPERTY",
        "CUBERANKEDMEMBER",
        "CUBESET",
        "CUBESETCOUNT",
        "CUBEVALUE",
        "ENCODEURL",
        "EUROCONVERT",
        "FILTERXML",
        "FORECAST.ETS",
        "FORECAST.ETS.CONFINT",
        "FORECAST.ETS.SEASONALITY",
        "FORECAST.ETS.STAT",
        "GETPIVOTDATA",
        "GROUPBY",
        "IMAGE",
        "INFO",
        "ODDFPRICE",
        "ODDFYIELD",
        "ODDLPRICE",
        "ODDLYIELD",
        "PERCENTOF",
        "PHONETIC",
        "PIVOTBY",
        "PRICEMAT",
        "PY",
        "REGEXEXTRACT",
        "REGEXREPLACE",
        "REGEXTEST",
        "REGISTER.ID",
        "RTD",
        "SQL.REQUEST",
        "STOCKHISTORY",
        "TABLE",
        "TRANSLATE",
        "DETECTLANGUAGE",
        "TRIMRANGE",
        "WEBSERVICE",
        "YIELDMAT",
        "IMTAN",
        "IMCSC",
        "IMSEC",
        "IMCOT",
        "IMSECH",
        "IMCSCH",
    ]
)
_DEEPEST_NAME = 16


@dataclass
class Program:
    """A formula that is computed here: its tree, its slots, and the cell for which it was parsed."""

    root: Node
    slots: list[Token]
    sheet: str
    row: int
    column: int
    array: bool


@dataclass
class Parser:
    """Makes the tree of one formula.

    `given` puts a call of a function of the registry into the engine's form; `registered` tells which are such.
    """

    resolver: Resolver
    given: Callable[[str, Place], str]
    registered: Callable[[str], bool]
    slots: list[Token] = field(default_factory=list)
    words_of_names: int = 0
    _numbers: dict[tuple[str, bool], int] = field(default_factory=dict)

    def program(self, formula: str, place: Place) -> Program:
        """Return a formula as a program.

        Raises
        ------
        Uncomputable
            Where it is not understood, or calls what is not computed here.
        """
        root = _Formula(self, words_of(formula), place, frozenset(), 0).whole()
        ended(root)
        return Program(root, self.slots, place.sheet, place.row, place.column, place.array)

    def slot(self, piece: Token) -> int:
        """Return the number of the argument in which an area or a value of the engine's comes."""
        key = piece.text, piece.spilled
        if key not in self._numbers:
            self._numbers[key] = len(self.slots)
            self.slots.append(piece)
        return self._numbers[key]


class _Formula:
    """The tokens of a formula, or of the content of a name, while they are read."""

    def __init__(self, parser: Parser, tokens: Sequence[Word], place: Place, local: frozenset[str], names: int) -> None:
        self.parser, self.tokens, self.place, self.local, self.names = parser, tokens, place, local, names
        self.at = self.depth = 0

    def whole(self) -> Node:
        """Return the tree of all tokens."""
        node = self.expression(0)
        if self.at < len(self.tokens):
            raise Uncomputable("formula_unreadable")
        return node

    def next(self) -> Word:
        """Return the token that comes next; an empty one at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ("", "")

    def take(self, kind: str) -> str:
        """Go past a token of a kind."""
        found, text = self.next()
        if found != kind:
            raise Uncomputable("formula_unreadable")
        self.at += 1
        return text

    def expression(self, least: int, *, unions: bool = False) -> Node:
        """Return what stands up to an operator that binds less."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise Uncomputable("formula_too_deep")
        left = self.operand()
        while True:
            kind, text = self.next()
            if kind == "postfix" and text == "%" and least <= _PERCENT:
                self.at += 1
                left = Sign("%", left)
            elif kind == "postfix" and text == "#":
                self.at += 1
                left = self.spill(left)
            elif kind == "(":
                self.at += 1
                left = Applied(left, self.arguments())
            elif kind == "infix" and text in _REFERENCES and (binding := _REFERENCES[text]) > least:
                if text == "," and not unions:
                    break
                self.at += 1
                right = self.expression(binding, unions=unions)
                left = Several([left, right]) if text == "," else Joined(text, left, right)
            elif kind == "infix" and (binding := _BINDING.get(text, 0)) > least:
                self.at += 1
                left = Operation(text, left, self.expression(binding))
            else:
                break
        self.depth -= 1
        return left

    def operand(self) -> Node:
        """Return an operand with the signs before it."""
        kind, text = self.next()
        self.at += 1
        match kind:
            case "prefix":
                return Sign(text, self.expression(_SIGN))
            case "number":
                return Constant(float(text))
            case "text":
                return Constant(text[1:-1].replace('""', '"'))
            case "logical":
                return Constant(text.upper() == "TRUE")
            case "error":
                return Constant(_error(text))
            case "reference":
                return self.reference(text)
            case "open":
                return self.call(text[:-1])
            case "(":
                node = self.expression(0, unions=True)
                self.take("close")
                return Sign("()", node) if isinstance(node, Operation) else node
            case "{":
                return self.braces()
            case _:
                raise Uncomputable("formula_unreadable")

    def braces(self) -> Node:
        """Return an array in braces."""
        rows: list[list[Scalar]] = [[]]
        while True:
            sign = 1.0
            while self.next()[0] == "prefix":
                sign = -sign if self.take("prefix") == "-" else sign
            node = self.operand()
            if not isinstance(node, Constant) or not isinstance(node.value, Scalar):
                raise Uncomputable("formula_unreadable")
            rows[-1].append(node.value * sign if type(node.value) is float else node.value)
            kind, _ = self.next()
            self.at += 1
            if kind == "row":
                rows.append([])
            elif kind == "close":
                break
            elif kind != "separator":
                raise Uncomputable("formula_unreadable")
        if len({len(row) for row in rows}) > 1:
            raise Uncomputable("formula_unreadable")
        return Constant(array(rows))

    def arguments(self) -> list[Node]:
        """Return the arguments up to the parenthesis that closes."""
        found: list[Node] = []
        if self.next()[0] == "close":
            self.at += 1
            return found
        while True:
            found.append(HOLE if self._ends_argument() else self.expression(0))
            ends = self._ends_argument()
            if self.take_any() == "close":
                return found
            if not ends:
                raise Uncomputable("formula_unreadable")

    def _ends_argument(self) -> bool:
        """Whether an argument ends here; after a LAMBDA in parentheses a comma looks like an operator."""
        kind, text = self.next()
        return kind in ("separator", "close") or (kind == "infix" and text == ",")

    def call(self, name: str) -> Node:
        """Return a call, of which the name has been read."""
        if self.parser.registered(name):
            return self.registered()
        bare = bare_name(name)
        if bare == "SINGLE":
            (operand,) = self.arguments() or [HOLE]
            return Sign("@", operand)
        if bare == "ANCHORARRAY":
            (operand,) = self.arguments() or [HOLE]
            return self.spill(operand)
        if bare in ("LET", "LAMBDA"):
            return self.naming(bare)
        spec = FUNCTIONS.get(bare)
        if spec is None:
            local = _local_name(name)
            if local in self.local:
                return Applied(Local(local), self.arguments())
            content = self.parser.resolver.content(name, self.place.sheet)
            if content is not None:
                return Applied(self.named(content), self.arguments())
            raise not_computed(name, bare)
        if bare in _OF_PLACE and self.next()[0] == "reference" and self._alone():
            arguments: list[Node] = [self.reference(self.take("reference"), read=False)]
            if self.take_any() == "separator":
                arguments += self.arguments() or [HOLE]
        else:
            arguments = self.arguments()
        if not spec.lazy and spec.letters(len(arguments)) is None:
            raise Uncomputable("formula_unreadable")
        return Call(spec, arguments)

    def take_any(self) -> str:
        """Go past a token and return its kind."""
        kind, _ = self.next()
        self.at += 1
        return kind

    def _alone(self) -> bool:
        return self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][0] in ("separator", "close")

    def registered(self) -> Node:
        """Return a call of a function of the registry, which the engine computes."""
        first, depth = self.at - 1, 1
        while depth:
            kind = self.take_any()
            if not kind:
                raise Uncomputable("formula_unreadable")
            depth += (kind in ("open", "(", "{")) - (kind == "close")
        inside = self.tokens[first : self.at]
        if any(kind == "reference" and _local_name(text) in self.local for kind, text in inside):
            raise Uncomputable("formula_function_in_lambda")
        text = "".join(text for _, text in inside)
        return Given(self.parser.slot(Token(self.parser.given(text, self.place))))

    def naming(self, function: str) -> Node:
        """Return a LET or LAMBDA, of which the names count in what follows them."""
        outer = self.local
        found: list[Node] = []
        while True:
            kind, text = self.next()
            if kind == "reference" and self._alone() and self._names_here(function, len(found)):
                self.at += 1
                self.local |= {_local_name(text)}
                found.append(Constant(_local_name(text)))
            else:
                found.append(HOLE if kind in ("separator", "close") else self.expression(0))
            kind = self.take_any()
            if kind == "close":
                break
            if kind != "separator":
                raise Uncomputable("formula_unreadable")
        self.local = outer
        return Call(FUNCTIONS[function], found)

    def _names_here(self, function: str, count: int) -> bool:
        """Whether the argument is a name: of LAMBDA every one but the last, of LET every other one."""
        followed = self.tokens[self.at + 1][0] == "separator"
        return followed and (function == "LAMBDA" or count % 2 == 0)

    def reference(self, text: str, *, read: bool = True) -> Node:
        """Return what an operand names."""
        local = _local_name(text)
        if local in self.local:
            return Local(local)
        if text.lower().startswith("_xleta."):
            spec = FUNCTIONS.get(bare_name(text[7:]))
            if spec is None:
                raise Uncomputable("formula_function_unsupported", function=text[7:])
            return Constant(spec)  # type: ignore[arg-type]
        if (sheets := self.parser.resolver.sheets_between(text)) is not None:
            rest = split_sheet(text)[1]
            return Several([self.reference(f"'{sheet.replace(chr(39), chr(39) * 2)}'!{rest}") for sheet in sheets])
        content = None if "[" in text else self.parser.resolver.content(text, self.place.sheet)
        if content is not None and self.parser.resolver.is_name(text, self.place.sheet):
            return self.named(content)
        piece = self.parser.resolver.piece(text, self.place, self.names)
        if piece.area is not None:
            return self._area(piece, read=read)
        if piece.text in _ERRORS:
            return Constant(_ERRORS[piece.text])
        raise Uncomputable("formula_name_unknown")

    def _area(self, piece: Token, *, read: bool = True) -> Node:
        assert piece.area is not None
        if read:
            self.place.used.append(piece)
        elif None in piece.moves:  # it has another size in every cell to which the formula is filled
            self.place.within.append(self.place.cell)
        return Reference(piece.area, piece.moves, self.parser.slot(piece) if read else None)

    def named(self, content: str) -> Node:
        """Return what a defined name stands for."""
        if self.names >= _DEEPEST_NAME:
            raise Uncomputable("formula_name_circular")
        # A relative reference in a name counts from A1.
        place = self.place
        inside = replace(place, moved_by=(place.row - 1, place.column - 1), array=True)
        tokens = words_of(content.removeprefix("="))
        # Names that each hold the next one several times would grow beyond all bounds.
        self.parser.words_of_names += len(tokens)
        if self.parser.words_of_names > LONGEST:
            raise Uncomputable("formula_too_long", limit=str(LONGEST))
        return _Formula(self.parser, tokens, inside, frozenset(), self.names + 1).whole()

    def spill(self, anchor: Node) -> Node:
        """Return the whole spill of a cell."""
        if not isinstance(anchor, Reference) or anchor.slot is None:
            raise Uncomputable("formula_unreadable")
        piece = self.parser.slots[anchor.slot]
        spilled = piece._replace(text=piece.text + "#", spilled=True)
        self.place.used.append(spilled)
        return Given(self.parser.slot(spilled), anchor)


def not_computed(name: str, bare: str) -> Uncomputable:
    """Return the refusal of a function: one of Excel's that is not computed here, or one that nobody knows."""
    if bare in NOT_COMPUTED:
        return Uncomputable("formula_function_unsupported", function=bare)
    return Uncomputable("formula_function_unknown", function=name.rpartition("!")[2])


def ended(node: Node) -> None:
    """Mark the sums and differences with whose result nothing more is reckoned."""
    if isinstance(node, Operation):
        if node.operator in "+-":
            node.ends = True
        elif node.operator in COMPARISONS:
            ended(node.left)
            ended(node.right)
    elif isinstance(node, Call) and node.spec.name in _PASSING_ON:
        for argument in node.arguments:
            ended(argument)


def _error(text: str) -> ErrorValue:
    return _ERRORS.get(text.rpartition("!")[2] if "!" in text[:-1] else text, ErrorValue.REF)


def _local_name(text: str) -> str:
    return text.lower().removeprefix("_xlpm.").casefold()
