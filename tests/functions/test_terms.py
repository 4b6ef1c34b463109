"""Terms: each is complete in both languages, and each is spoken by something."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import crm_xl
from crm_xl.data import rows

ROOT = Path(crm_xl.__file__).parent
FILES = sorted(path.stem for path in (ROOT / "data").glob("terms*.csv"))
WORD = re.compile(r"\w+")
# Names put together by others or of parts that are put together by + in code.
ELSEWHERE = {
    "cli_commands": "click's heading over commands",
    "template_about_purpose_finance_example": "templates/about.py",
    "template_about_purpose_department_example": "templates/about.py",
}


@pytest.mark.parametrize("name", FILES)
def test_every_term_is_complete_in_both_languages(name):
    for row in rows(name):
        assert row["en"], row
        assert row["zh"], row
        if row["key"] != "calendar_month":  # in English a month has a name, in Chinese its number
            assert places(row["en"]) == places(row["zh"]), row


def places(text):
    return {field for _, field, _, _ in Formatter().parse(text) if field}


class Spoken:
    """What code and tables say, as far as names of terms are made of it.

    Names of terms are written out or put together, as in f"template_{key}": a part that is put in must be a word of
    the code or of a table, or be put together itself.
    """

    def __init__(self, root):
        self.words, self.patterns = set(), set()
        for path in root.rglob("*.py"):
            self._read(ast.parse(path.read_text(encoding="utf-8")))
        others = [path for path in root.rglob("*") if path.suffix in (".bas", ".xml", ".csv")]
        for path in (path for path in others if not path.name.startswith("terms")):
            self._add(path.read_text(encoding="utf-8"))

    def _read(self, tree):
        spoken = (ast.Module, ast.ClassDef, ast.FunctionDef)
        documented = [node.body[0] for node in ast.walk(tree) if isinstance(node, spoken) and node.body]
        docstrings = {id(node.value) for node in documented if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                self._add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [re.escape(p.value) if isinstance(p, ast.Constant) else r"(\w+)" for p in node.values]
                if any(p != r"(\w+)" for p in parts):
                    self.patterns.add(re.compile("".join(parts)))
            elif isinstance(node, ast.keyword) and node.arg:
                self.words.add(node.arg)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self.words.add(node.target.id)
            elif isinstance(node, ast.FunctionDef):
                self.words.add(node.name)

    def _add(self, text):
        self.words.update(word.lower() for word in WORD.findall(text) + WORD.findall(text.replace(" ", "_")))

    def says(self, key, depth=2):
        if key.lower() in self.words:
            return True
        found = (pattern.fullmatch(key) for pattern in self.patterns) if depth else ()
        return any(match and all(self.says(part, depth - 1) for part in match.groups()) for match in found)


def test_every_term_is_spoken_by_something():
    """What nobody says any more is taken out: a translator's work is not spent on it."""
    spoken = Spoken(ROOT)
    assert not spoken.says("nobody_has_ever_said_this")
    silent = {row["key"] for name in FILES for row in rows(name) if not spoken.says(row["key"])}
    assert silent == ELSEWHERE.keys()
