"""The one seam to the computer: registry, environment, other programs. Whoever installs or examines goes through it.

Files are plain files below the folders that the environment names, so that a test gives an environment of its own.
"""

import locale
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

RegistryValue: TypeAlias = str | int | bytes | None
_VARIABLE = re.compile(r"%([^%]+)%")


class Finished(NamedTuple):
    """A program that ran: its exit code and what it printed."""

    code: int
    out: str
    err: str


class System(Protocol):
    """What installing and examining need to know of a computer."""

    @property
    def platform(self) -> str:
        """As `sys.platform` has it: win32, darwin, linux."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables of the environment, by their names in upper case."""

    @property
    def python(self) -> Path:
        """The interpreter that runs this."""

    @property
    def base(self) -> Path:
        """The folder of the Python that an environment was made from; its own where there is none."""

    @property
    def encoding(self) -> str:
        """The code page in which VBA reads text files."""

    def registry(self, key: str) -> Mapping[str, RegistryValue]:
        """Return the values of a key (`HKCU\\Software\\…`) by their names in small letters; none where it is not there.

        The name of a key's default value is empty.
        """

    def subkeys(self, key: str) -> Sequence[str]:
        """Return the names of the keys below a key."""

    def run(self, command: Sequence[str], seconds: float) -> Finished | None:
        """Run a program without a window; None where it is not there or takes longer."""


class ThisSystem:
    """The computer on which this runs."""

    platform = sys.platform
    python = Path(sys.executable)
    base = Path(sys.base_prefix)

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables of the environment, by their names in upper case."""
        return {name.upper(): value for name, value in os.environ.items()}

    @property
    def encoding(self) -> str:
        """The code page in which VBA reads text files."""
        return locale.getencoding()

    def registry(self, key: str) -> Mapping[str, RegistryValue]:
        """Return the values of a key by their names in small letters."""
        found: dict[str, RegistryValue] = {}
        if sys.platform == "win32":
            import winreg

            hive, path = _hive(key)
            # Programs of 32 bits have a part of the registry of their own; what is in both, is in the other one too.
            for view in (winreg.KEY_WOW64_32KEY, winreg.KEY_WOW64_64KEY):
                try:
                    with winreg.OpenKey(hive, path, 0, winreg.KEY_READ | view) as opened:
                        for place in range(winreg.QueryInfoKey(opened)[1]):
                            name, value, _ = winreg.EnumValue(opened, place)
                            found[name.lower()] = value
                except OSError:
                    continue
        return found

    def subkeys(self, key: str) -> Sequence[str]:
        """Return the names of the keys below a key."""
        names: list[str] = []
        if sys.platform == "win32":
            import winreg

            hive, path = _hive(key)
            try:
                with winreg.OpenKey(hive, path) as opened:
                    names = [winreg.EnumKey(opened, place) for place in range(winreg.QueryInfoKey(opened)[0])]
            except OSError:
                return []
        return names

    def run(self, command: Sequence[str], seconds: float) -> Finished | None:
        """Run a program without a window; None where it is not there or takes longer."""
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                timeout=seconds,
                check=False,
                stdin=subprocess.DEVNULL,
                encoding="utf-8",
                errors="replace",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return Finished(done.returncode, done.stdout, done.stderr)


if sys.platform == "win32":

    def _hive(key: str) -> tuple[int, str]:
        import winreg

        hive, _, path = key.partition("\\")
        return {"HKCU": winreg.HKEY_CURRENT_USER, "HKLM": winreg.HKEY_LOCAL_MACHINE}[hive], path


def expanded(text: str, system: System) -> str:
    """Return a path with its variables (`%USERPROFILE%`) replaced; unknown ones stay."""
    return _VARIABLE.sub(lambda match: system.environ.get(match[1].upper(), match[0]), text)


def folder(system: System, variable: str, *parts: str) -> Path:
    """Return a folder of the user, below the one that a variable of the environment names."""
    base = system.environ.get(variable)
    return (Path(base) if base else Path.home()).joinpath(*parts)
