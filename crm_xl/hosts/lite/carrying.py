"""What a workbook carries for xlwings Lite: our functions, or code of somebody else."""

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from crm_xl.data import LANGUAGES
from crm_xl.hosts.lite.main_module import main_module, requirements, settled, untouched
from crm_xl.hosts.lite.web_extension import WebExtension, web_extensions
from crm_xl.xlsx.package import Package

# Excel stores a call of a function that the workbook itself brings with this before its name.
PREFIX = "_xldudf_"
MAIN, REQUIREMENTS, PINNED = "main.py", "requirements.txt", "requirements-pinned.txt"
# What xlwings Lite notes beside the files of a workbook; none of it is run.
_NOTED = frozenset({MAIN, REQUIREMENTS, PINNED, "pyodideVersion", "addinVersion", "xlwingsWorkbookId"})
_SETTINGS = "xlwingsSettings"
# Packages of which a version may be pinned: those that are asked for, and what they in turn need.
_KNOWN = frozenset({
    "xlwings", "python-dotenv", "pyodide-http", "black", "numpy", "crm-xl", "click", "mypy-extensions", "packaging",
    "pathspec", "platformdirs", "pytokens", "micropip",
})  # fmt: skip

# own: the functions of this version; made: those of another version, as it made them; code: anybody's, in a language
# of programs or unknown; other: an add-in with no code that we know of.
Kind: TypeAlias = Literal["own", "made", "code", "other"]


class Carried(NamedTuple):
    """A web extension of a workbook, and what is in it."""

    extension: WebExtension
    kind: Kind

    @property
    def place(self) -> str:
        """The part, and the first file of code in it."""
        return ": ".join([self.extension.part, *list(self.extension.code)[:1]])


def carried(package: Package) -> Iterator[Carried]:
    """Yield what a workbook carries, web extension by web extension.

    Raises
    ------
    WorkbookError
        Where one of them cannot be read.
    """
    for extension in web_extensions(package):
        yield Carried(extension, _kind(extension))


def prefix_of(package: Package) -> str:
    """Return what stands before the names of our functions in a workbook: it is known by the code that it carries."""
    held = (text for extension in web_extensions(package) for text in extension.code.values())
    return PREFIX if any("crm_xl" in text for text in held) else ""


def _kind(extension: WebExtension) -> Kind:
    properties = extension.properties
    if properties is None:
        return "code"
    if not extension.is_lite:
        return "code" if extension.code else "other"
    strange = [name for name in properties if name not in _NOTED and not name.startswith(_SETTINGS)]
    if strange or not _pinned(properties.get(PINNED, "")):
        return "code"
    main, asked = settled(properties.get(MAIN, "")), settled(properties.get(REQUIREMENTS, ""))
    for from_index in (False, True):
        if asked == requirements(from_index=from_index):
            if any(main == main_module(language, from_index=from_index) for language in LANGUAGES):
                return "own"
            if untouched(main):
                return "made"
    return "made" if untouched(main) else "code"


def _pinned(text: str) -> bool:
    """Whether a list of pinned packages names versions of known ones only, and no place to fetch them from."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    names = (line.partition("==")[0].strip().lower().replace("_", "-") for line in lines if line)
    return all(name in _KNOWN for name in names)
