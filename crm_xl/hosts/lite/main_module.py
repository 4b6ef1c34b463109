"""The code that xlwings Lite finds in a workbook: `main.py`, and the packages that it asks for.

Every function stands there with its name, its arguments and its texts, as a person would write it: whoever opens the
editor in Excel sees what there is. The core follows at the end, in one line.
"""

import hashlib
import json
from functools import cache

from crm_xl._version import __version__
from crm_xl.data import term
from crm_xl.functions import REGISTRY, Function
from crm_xl.hosts.lite.core import digest, packed

# What a workbook asks for that xlwings Lite itself has saved; numpy is what the core needs besides.
_REQUIREMENTS = ("xlwings", "python-dotenv", "pyodide-http", "black", "numpy")
PROJECT = "crm-xl"
_SEAL = "# sha256 of all above: "
_HEAD = '''"""{title}

{text}
"""

import sys

from xlwings import arg, func

'''
_LOADING = '''

# -- {core} --

DIGEST = "{digest}"
# Python files in a zip. To look into it: bz2.decompress(base64.b64decode(CORE)).
CORE = "{data}"


def load():
    """Make the core known to Python, once; one of another version goes."""
    import base64
    import bz2
    import tempfile
    from pathlib import Path

    place = Path(tempfile.gettempdir(), f"crm_xl_{{DIGEST}}.zip")
    if str(place) not in sys.path:
        place.write_bytes(bz2.decompress(base64.b64decode(CORE)))
        sys.path.insert(0, str(place))
        for name in [name for name in sys.modules if name.partition(".")[0] == "crm_xl"]:
            del sys.modules[name]


load()
from crm_xl.hosts.lite import answers

answers.core = DIGEST[:12]
answer = answers.answer
'''
_INSTALLED = """

from crm_xl.hosts.lite.answers import answer
"""


@cache
def main_module(language: str = "en", *, from_index: bool = False) -> str:
    """Return the text of `main.py`.

    Parameters
    ----------
    language
        Of the texts that the function wizard shows.
    from_index
        Whether the core is a package that xlwings Lite installs, and not part of the text.
    """
    head = _HEAD.format(
        title=term("lite_title", language, version=__version__), text=term("lite_text", language, digest=digest())
    )
    loading = _LOADING.format(core=term("lite_core", language), digest=digest(), data=packed())
    text = head + "\n".join(_function(f, language) for f in REGISTRY) + (_INSTALLED if from_index else loading)
    return f"{text}{_SEAL}{_sum(text)}\n"


def requirements(*, from_index: bool = False) -> str:
    """Return the text of `requirements.txt`.

    >>> requirements().split()
    ['xlwings', 'python-dotenv', 'pyodide-http', 'black', 'numpy']
    """
    return "\n".join([*_REQUIREMENTS, *([f"{PROJECT}=={__version__}"] if from_index else [])]) + "\n"


def untouched(text: str) -> bool:
    """Whether a `main.py` is one that some version of crm_xl made, and nobody has changed since.

    >>> untouched(main_module()), untouched(main_module() + "print()"), untouched("")
    (True, False, False)
    """
    above, seal, found = settled(text).rpartition(_SEAL)
    return bool(seal) and found.strip() == _sum(above)


def settled(text: str) -> str:
    """Return a text with ends of lines as they were made: an editor may have them its own way."""
    return text.replace("\r\n", "\n").rstrip("\n") + "\n"


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _function(function: Function, language: str) -> str:
    names = [parameter.name for parameter in function.parameters]
    given = ", ".join(p.name + "=None" * p.optional for p in function.parameters)
    lines = [
        "",
        "@func",
        *(f'@arg("{p.name}", "raw", doc={_literal(p.text.in_(language).strip())})' for p in function.parameters),
        f"def {function.name}({given}):",
        f"    {_literal(function.summary.in_(language))}",
        f"    return answer({', '.join([_literal(function.name), *names])})",
        "",
    ]
    return "\n".join(lines)


def _literal(text: str) -> str:
    """Return a text as Python has it, in the form that JSON has it too."""
    return json.dumps(text, ensure_ascii=False)
