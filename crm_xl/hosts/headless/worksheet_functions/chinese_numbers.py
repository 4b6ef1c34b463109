"""Numbers in Chinese numerals, as [DBNum1], [DBNum2] and [DBNum3] show them."""

import re

_SMALL = ("○一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "０１２３４５６７８９")
_TENS = (("", "十", "百", "千"), ("", "拾", "佰", "仟"))
_GROUPS = ("", "万", "亿", "万亿")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def in_chinese(text: str, kind: int) -> str:
    """Return a text with its numbers in Chinese numerals: 1 everyday ones, 2 those of accounts, 3 full-width digits.

    >>> in_chinese("1234", 2), in_chinese("10.5", 1)
    ('壹仟贰佰叁拾肆', '一十.五')
    """
    if kind == 3:
        return _digits(text, 3)
    return _NUMBER.sub(lambda match: _number(match[0], kind), text)


def _digits(text: str, kind: int) -> str:
    return "".join(
        _SMALL[kind - 1][int(letter)] if letter.isascii() and letter.isdigit() else letter for letter in text
    )


def _number(text: str, kind: int) -> str:
    whole, mark, rest = text.partition(".")
    return _whole(whole.lstrip("0") or "0", kind) + mark + _digits(rest, kind)


def _whole(digits: str, kind: int) -> str:
    names, tens = _SMALL[kind - 1], _TENS[kind - 1]
    if digits == "0":
        return names[0]
    groups = [digits[max(at - 4, 0) : at] for at in range(len(digits), 0, -4)][::-1]
    out, gap = "", False
    for at, group in enumerate(groups):
        part, inner_gap = "", False
        if not int(group):
            gap = True
            continue
        for place, digit in enumerate(group):
            if digit == "0":
                inner_gap = True
                continue
            if inner_gap and (part or out):
                part += names[0]
            inner_gap = False
            part += names[int(digit)] + tens[len(group) - 1 - place]
        if gap and not part.startswith(names[0]):
            part = names[0] + part
        gap = False
        out += part + _GROUPS[len(groups) - 1 - at]
    return out
