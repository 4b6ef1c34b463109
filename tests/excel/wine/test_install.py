"""install, doctor and uninstall against the registry and folders of a Windows; what they place is what computes."""

import json
from pathlib import PureWindowsPath

import pytest

from crm_xl.hosts.excel import settings

from .excel import MISSING, Excel

OFFICE = r"HKCU\Software\Microsoft\Office\16.0\Excel"
RULE = "d4f940ab-401b-4efc-aadc-ad5f3c50688a"
COSTS = (("Component", "Amount"), ("Licence", 1200.0), ("Training", 300.0))


def with_excel(computer):
    """A computer on which an Excel of 64 bits seems to be installed."""
    excel = computer.path(computer.drive / "driver.exe")
    for key, name, value in (
        (r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\App Paths\excel.exe", None, excel),
        (r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration", "VersionToReport", "16.0.17928.20114"),
        (r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration", "ProductReleaseIds", "O365ProPlusRetail"),
        (rf"{OFFICE}\Security\Trusted Locations\Location0", "Path", r"%APPDATA%\Microsoft\Excel\XLSTART"),
    ):
        computer.run("reg", "add", key, *(("/v", name) if name else ("/ve",)), "/d", value, "/f")
    return computer


@pytest.fixture(scope="module")
def office(computer):
    return with_excel(computer)


def crm_xl(computer, *arguments, code=0):
    done = computer.run(
        computer.python / "python.exe", "-m", "crm_xl", *arguments, check=False,
        environment={"PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stdout


def home(computer):
    done = computer.run("cmd", "/c", "echo %USERPROFILE%")
    return computer.drive.joinpath(*PureWindowsPath(done.stdout.strip()).parts[1:])


def checks(computer, *more, code=0):
    found = json.loads(crm_xl(computer, "doctor", "--json", *more, code=code))
    return {finding["check"]: finding for finding in found}


@pytest.mark.parametrize("where", ["computer", "chinese"])
def test_the_add_in_is_placed_examined_used_and_taken_away(request, where):
    office = with_excel(request.getfixturevalue(where))
    user = home(office)
    add_in = user / "AppData" / "Roaming" / "Microsoft" / "Excel" / "XLSTART" / "crm_xl.xlam"
    assert "XLSTART\\crm_xl.xlam" in crm_xl(office, "install")
    kept = user / ".crm_xl" / "crm_xl.conf"
    page = "gbk" if "zh" in office.environment["LC_ALL"] else "cp1252"
    python = settings.read(kept, page)["INTERPRETER_WIN"]
    assert python == office.path(office.python / "python.exe")
    assert add_in.is_file()

    found = checks(office, "--report", "C:\\report.json")
    told = json.loads((office.drive / "report.json").read_text(encoding="utf-8"))
    assert told["start"]["answered"] is True
    assert told["start"]["version"].startswith("crm_xl ")
    assert all(test["passed"] for test in told["self_tests"])
    assert not office.wait_for_none("crm_xl.hosts.excel.server")
    assert {check: finding["severity"] for check, finding in found.items()} == dict.fromkeys(
        ["excel", "python", "library", "add_in", "trusted"], "ok"
    )
    assert "64" in found["excel"]["text"]
    assert python in found["python"]["text"]

    # What stands in the settings is what the bridge of the add-in starts.
    *_, total = Excel(office, python=python).start().answer("CRM_TOTAL", COSTS, *[MISSING] * 4).run()
    assert total.value == 1500.0

    crm_xl(office, "uninstall")
    assert not add_in.exists()
    assert not kept.parent.exists()


def test_the_language_button_writes_the_settings_that_the_add_in_reads(office):
    crm_xl(office, "install")
    kept = home(office) / ".crm_xl" / "crm_xl.conf"
    excel = Excel(office).start().press("use_language", "zh").answer("CRM_CHECK", COSTS, *[MISSING] * 12)
    *_, pressed, check = excel.run()
    assert (pressed.done, pressed.value, check.value) == (True, "", "正常")
    assert b'"LANGUAGE","zh"\r\n' in kept.read_bytes()
    crm_xl(office, "uninstall")
    # A choice of the user's own stays.
    assert kept.read_bytes() == b'"LANGUAGE","zh"\r\n'
    kept.unlink()


def test_rules_of_intune_are_read_from_a_real_registry(office):
    crm_xl(office, "install")
    key = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager"
    office.run("reg", "add", key, "/v", "ASRRules", "/d", f"{RULE}=1", "/f")
    try:
        found = checks(office, code=1)
        assert found["rule_programs"]["severity"] == "fault"
        python = office.path(office.python / "python.exe")
        assert f"exclude {python} " in found["rule_programs"]["mend"]
        office.run("reg", "add", key, "/v", "ASROnlyExclusions", "/d", python, "/f")
        assert checks(office)["rule_programs_excluded"]["severity"] == "note"
    finally:
        office.run("reg", "delete", key, "/f")
        crm_xl(office, "uninstall")
