"""No text of a workbook, and no name of a file, reaches the terminal as it stands: one function prints everything."""

import ast
import json
from pathlib import Path

import pytest

import crm_xl
from crm_xl.console import print_csv, print_json, print_table, tell

PACKAGE = Path(crm_xl.__file__).parent
STEERING = [
    "\x1b]0;title\x07",
    "\x1b[31m",
    "a\rb",
    "\u202eabc",
    "\u2066x\u2069",
    "a\u200bb",
    "\x9b31m",
    "\x00",
    "\ufeff",
]


def seen(text):
    return not any(
        (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2069\u200b\ufeff" for c in text
    )


@pytest.mark.parametrize("text", STEERING)
class TestNothingSteersATerminal:
    def test_in_a_line(self, text, capsys):
        tell(f"file {text}")
        tell(f"file {text}", err=True)
        found = capsys.readouterr()
        assert seen(found.out)
        assert seen(found.err)
        assert found.out.startswith("file ")

    def test_in_a_table(self, text, capsys):
        print_table([["Name", text], [text, 5.0]])
        print_table([[text]])
        assert seen(capsys.readouterr().out)

    def test_in_json_which_still_says_the_same(self, text, capsys):
        print_json({"name": text})
        out = capsys.readouterr().out
        assert seen(out)
        assert json.loads(out) == {"name": text}

    def test_in_csv(self, text, capsys):
        print_csv([[text, "=1+1"]])
        out = capsys.readouterr().out
        assert seen(out)
        assert "'=1+1" in out


def test_markup_is_text(capsys):
    print_table([["Name"], ["[red]x[/red] [link=http://x]y[/link]"]])
    assert "[red]x[/red]" in capsys.readouterr().out


def test_lines_stay_lines_and_chinese_stays_chinese(capsys):
    tell("费用合计\n第二行")
    assert capsys.readouterr().out == "费用合计\n第二行\n"


def test_nothing_else_prints():
    """Every command prints through it: no module calls print or click.echo by itself."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        if path.name == "console.py" or "extension" in path.parts or path.name == "stubs.py":
            continue  # the function itself; what runs inside LibreOffice; a script for developers
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name in ("print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"):
                    found.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {name}")
    assert found == []
