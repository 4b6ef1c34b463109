"""The pages on installation, roll-out and security say what is so, and the same in both languages."""

import ast
import re
from pathlib import Path

import pytest

import crm_xl
from crm_xl.commands import cli
from crm_xl.hosts.excel import defender, doctor

ROOT = Path(__file__).parents[2]
NAMES = ("install", "lite", "rollout", "security", "where-it-runs")
FILES = [f"{name}.{language}.md" for name in NAMES for language in ("en", "zh")]
# Modules by which a program could speak to a network; cluster.py does so when a cluster is named.
NETWORK = {
    "socket", "socketserver", "ssl", "http", "urllib.request", "ftplib", "smtplib", "poplib", "imaplib", "telnetlib",
    "xmlrpc", "requests", "httpx", "aiohttp", "websockets", "urllib3", "distributed", "dask",
}  # fmt: skip
ALLOWED = {"collection/collecting/cluster.py"}


def text(file):
    return (ROOT / "docs" / file).read_text(encoding="utf-8")


def shape(page):
    """Headings by level, table rows by their number of columns, list items and blocks of code, in their order."""
    found, code = [], None
    for line in page.splitlines():
        if line.strip().startswith("```"):
            code, block = (None, code) if code is not None else ([], None)
            found += [] if block is None else ["code"]
        elif code is not None:
            code.append(line)
        elif line.startswith("#"):
            found.append(line.split(" ")[0])
        elif line.startswith("|"):
            found.append("|" * (re.sub(r"`[^`]*`", "", line).count("|") - 1))
        elif re.match(r"(-|\d\.) ", line):
            found.append("item")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_have_the_same_structure(name):
    english, chinese = shape(text(f"{name}.en.md")), shape(text(f"{name}.zh.md"))
    assert english == chinese
    assert len(english) > 10


@pytest.mark.parametrize("name", NAMES)
def test_commands_are_the_same_in_both_languages(name):
    def commands(page):
        blocks = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
        return [block for block in blocks if block.isascii() and "Add-in placed" not in block]

    assert commands(text(f"{name}.en.md")) == commands(text(f"{name}.zh.md"))


@pytest.mark.parametrize("file", FILES)
def test_every_command_and_option_that_is_named_exists(file):
    page = text(file)
    for name, rest in re.findall(r"(?:(?<!download )crm-xl(?:\.exe)?\"?|-m crm_xl) ([a-z][a-z-]*)([^`\n|]*)", page):
        assert name in cli.commands, name
        known = {option for parameter in cli.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)--[a-z][a-z-]*", rest)) <= known, (name, rest)


@pytest.mark.parametrize("file", [f for f in FILES if f.endswith("zh.md")])
def test_chinese_pages_have_chinese_punctuation(file):
    page = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|\([^()]*https?[^()]*\)", "", text(file), flags=re.DOTALL)
    assert re.findall(r".{5}[\u4e00-\u9fff][,:;?!]|[,:;?!][\u4e00-\u9fff].{5}", page) == []


@pytest.mark.parametrize("file", ["rollout.en.md", "rollout.zh.md"])
def test_what_the_doctor_reads_is_all_told(file):
    """Every name of a registry value in the source of the doctor stands in the table, in whatever letter case."""
    source = Path(doctor.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'setting\("(\w+)"', source)) | set(re.findall(r'\.get\("([a-z]+)"\)', source))
    names -= {"fault"}
    page = text(file).lower()
    assert len(names) > 12
    assert [name for name in names if name.lower() not in page] == []
    assert [rule for rule in (defender.PROGRAMS, defender.CALLS) if rule not in page] == []
    source = Path(defender.__file__).read_text(encoding="utf-8")
    assert [name for name in re.findall(r"asr\w+", source) if name.lower() not in page] == []


def imported(path):
    """Every module that a file imports, anywhere in it, with the packages around it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: i + 1]) for i in range(len(parts)))


def test_nothing_in_the_package_can_speak_to_a_network():
    package = Path(crm_xl.__file__).parent
    found = {
        (path.relative_to(package).as_posix(), name)
        for path in package.rglob("*.py")
        for name in imported(path)
        if name in NETWORK
    }
    assert {file for file, _ in found} <= ALLOWED, found


def test_the_check_of_imports_sees_them(tmp_path):
    path = tmp_path / "x.py"
    path.write_text("def f():\n    import urllib.request as r\n    from http import client\n    import socket.x\n")
    assert {"urllib.request", "http", "socket"} <= set(imported(path))
