"""The rules for attack surface reduction of Microsoft Defender that stand against an add-in which starts a program.

Group Policy, Intune and the computer's own settings keep them in different places of the registry; docs/rollout says
which. A rule that may only be read by an administrator is not seen.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from crm_xl.hosts.excel.system import RegistryValue, System, expanded

Mode: TypeAlias = Literal["blocks", "warns", "notes"]

PROGRAMS = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
"""Block all Office applications from creating child processes: Excel cannot start Python."""
CALLS = "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"
"""Block Win32 API calls from Office macros: the add-in calls the library that starts Python."""

_POLICY = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
# Where Intune keeps all rules as one text, `GUID=1|GUID=2`, and the exclusions as others.
_INTUNE = rf"{_POLICY}\Policy Manager"
_OWN = r"HKLM\SOFTWARE\Microsoft\Windows Defender"
_GUARD = r"Windows Defender Exploit Guard\ASR"
_MODES: Mapping[str, Mode] = {"1": "blocks", "2": "notes", "6": "warns"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule that is on: its number, what it does, who set it, and whether a path is excluded from it."""

    number: str
    mode: Mode
    source: Literal["Group Policy", "Intune", "this computer"]
    excluded: bool


def rules(system: System, python: str, add_in: str) -> Iterator[Rule]:
    """Return the rules against an add-in that are on, the policies of the company before the computer's own settings.

    Parameters
    ----------
    python, add_in
        The program that Excel starts, and the file whose macros do so: a rule does not hold where its one is excluded.
    """
    exclusions = list(_exclusions(system))
    for number, path in ((PROGRAMS, python), (CALLS, add_in)):
        excluded = any(_covers(pattern, path, system) for pattern in exclusions)
        for source, states in _states(system):
            state = str(states.get(number, ""))
            if state:
                if state in _MODES:
                    yield Rule(number=number, mode=_MODES[state], source=source, excluded=excluded)
                break  # the first that says something about a rule holds


def _states(
    system: System,
) -> Iterator[tuple[Literal["Group Policy", "Intune", "this computer"], Mapping[str, object]]]:
    yield "Group Policy", system.registry(rf"{_POLICY}\{_GUARD}\Rules")
    pairs = (part.partition("=") for part in _text(system.registry(_INTUNE).get("asrrules")).split("|"))
    yield "Intune", {number.strip().lower(): state.strip() for number, _, state in pairs}
    yield "this computer", system.registry(rf"{_OWN}\{_GUARD}\Rules")


def _exclusions(system: System) -> Iterator[str]:
    """Every path that is excluded, from all rules or from one."""
    for root in (_POLICY, _OWN):
        yield from system.registry(rf"{root}\{_GUARD}\ASROnlyExclusions")
    policy = system.registry(_INTUNE)
    for name in ("asronlyexclusions", "asronlyperruleexclusions"):
        for part in re.split("[|>;]", _text(policy.get(name))):
            # A path stands alone, between the number of its rule and a figure, or one of both.
            yield re.sub(r"(?i)^[0-9a-f-]{36}=|=\d*$", "", part.strip())


def _covers(pattern: str, path: str, system: System) -> bool:
    """Whether a path is excluded: by its name, by a folder above it, by wildcards."""
    plain = expanded(pattern, system).replace("\\", "/").rstrip("/").casefold()
    wanted = path.replace("\\", "/").casefold()
    return bool(plain) and (wanted == plain or wanted.startswith(plain + "/") or fnmatchcase(wanted, plain))


def _text(value: RegistryValue) -> str:
    return value if isinstance(value, str) else ""
