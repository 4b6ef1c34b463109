"""Formulas cut into words, each with its kind; blanks are left out."""

from typing import TypeAlias

import formualizer as fz

from crm_xl.hosts.headless.formulas.tokens import Uncomputable

# Kind and text.
Word: TypeAlias = tuple[str, str]

_KINDS = {
    (fz.TokenType.Operand, fz.TokenSubType.Range): "reference",
    (fz.TokenType.Operand, fz.TokenSubType.Number): "number",
    (fz.TokenType.Operand, fz.TokenSubType.Text): "text",
    (fz.TokenType.Operand, fz.TokenSubType.Logical): "logical",
    (fz.TokenType.Operand, fz.TokenSubType.Error): "error",
    (fz.TokenType.Func, fz.TokenSubType.Open): "open",
    (fz.TokenType.Func, fz.TokenSubType.Close): "close",
    (fz.TokenType.Paren, fz.TokenSubType.Open): "(",
    (fz.TokenType.Paren, fz.TokenSubType.Close): "close",
    (fz.TokenType.Array, fz.TokenSubType.Open): "{",
    (fz.TokenType.Array, fz.TokenSubType.Close): "close",
    (fz.TokenType.Sep, fz.TokenSubType.Arg): "separator",
    (fz.TokenType.Sep, fz.TokenSubType.Row): "row",
    (fz.TokenType.OpInfix, fz.TokenSubType.None_): "infix",
    (fz.TokenType.OpPrefix, fz.TokenSubType.None_): "prefix",
    (fz.TokenType.OpPostfix, fz.TokenSubType.None_): "postfix",
}


def words_of(formula: str) -> list[Word]:
    """Return the tokens of a formula (without its `=`), each with its kind, blanks left out.

    Raises
    ------
    Uncomputable
        Where it cannot be cut into such.
    """
    try:
        found = fz.tokenize("=" + formula).tokens()
    except (fz.TokenizerError, ValueError):
        raise Uncomputable("formula_unreadable") from None
    kinds = [(_KINDS.get((token.token_type, token.subtype), "blank"), token.value) for token in found]
    return [token for token in kinds if token[0] != "blank"]
