"""What the doctor finds on computers on which something is wrong, each told in both languages with its mend."""

import struct

import pytest

from crm_xl.data import rows
from crm_xl.hosts.excel.doctor import examine, healthy
from crm_xl.hosts.excel.install import install
from crm_xl.hosts.excel.system import Finished

from .computer import APP_PATH, CLICK_TO_RUN, OFFICE, POLICIES, TRUSTED, XLWINGS, Computer, add_in, program, sound

SECURITY = r"Excel\Security"
SEEN = set()


@pytest.fixture
def computer(tmp_path):
    computer = sound(tmp_path)
    install(computer, add_in(), xlwings=XLWINGS)
    return computer


def found(computer):
    """Examine a computer: {check: (severity, English, Chinese, mend)}, each text checked on the way."""
    result = {}
    for finding in examine(computer):
        SEEN.add(finding.key)
        texts = [finding.text("en"), finding.text("zh")]
        if finding.severity in ("warning", "fault"):
            texts += [finding.mend("en"), finding.mend("zh")]
        assert all(texts), finding
        assert not any("{" in text for text in texts), finding
        result[finding.key.removeprefix("doctor_")] = (finding.severity, *texts)
    return result


def severities(computer):
    return {key: of[0] for key, of in found(computer).items() if of[0] != "ok"}


class TestSound:
    def test_a_sound_computer_is_healthy(self, computer):
        findings = found(computer)
        assert {key: of[0] for key, of in findings.items()} == dict.fromkeys(
            ["excel", "python", "library", "add_in", "trusted"], "ok"
        )
        assert findings["excel"][1:3] == ("Excel 16.0.17928.20114, 64-bit", "Excel 16.0.17928.20114，64 位")
        assert findings["library"][1].endswith("xlwings64-0.37.8.dll")
        assert healthy(examine(computer))

    def test_nothing_on_the_computer_is_changed(self, computer):
        before = {p: p.read_bytes() for p in computer.root.rglob("*") if p.is_file()}
        examine(computer)
        assert {p: p.read_bytes() for p in computer.root.rglob("*") if p.is_file()} == before

    def test_excel_of_32_bits_with_python_of_64(self, computer):
        computer.place(computer.root / "Office16" / "EXCEL.EXE", program(32))
        findings = found(computer)
        assert findings["library"][1].endswith("xlwings32-0.37.8.dll")
        assert findings["excel"][1].endswith("32-bit")


class TestElsewhere:
    @pytest.mark.parametrize(("platform", "check"), [("darwin", "mac"), ("linux", "not_windows")])
    def test_it_says_what_is_possible(self, tmp_path, platform, check):
        computer = Computer(tmp_path, platform)
        assert {key: of[0] for key, of in found(computer).items()} == {
            check: "note",
            "headless": "ok",
            "no_calc": "note",
        }
        computer.answers["soffice"] = Finished(0, "LibreOffice 7.4.7.2 40(Build:2)\n", "")
        assert found(computer)["calc"][1].startswith("LibreOffice 7.4.7.2 is there")
        assert healthy(examine(computer))


class TestExcel:
    def test_no_excel(self, computer):
        del computer.keys[APP_PATH]
        assert severities(computer) == {"no_excel": "fault"}

    def test_excel_that_only_this_user_has(self, computer):
        computer.keys[APP_PATH.replace("HKLM", "HKCU")] = computer.keys.pop(APP_PATH)
        assert severities(computer) == {}

    def test_an_old_excel(self, computer):
        del computer.keys[CLICK_TO_RUN]
        computer.keys[r"HKLM\SOFTWARE\Microsoft\Office\15.0\Excel\InstallRoot"] = {"Path": "C:\\"}
        assert severities(computer) == {"old_excel": "fault"}

    def test_excel_from_the_store(self, computer):
        store = computer.place(computer.root / "WindowsApps" / "Office16" / "EXCEL.EXE", program(64))
        computer.keys[APP_PATH] = {"": str(store)}
        assert severities(computer) == {"store_excel": "warning"}

    def test_two_excels(self, computer):
        computer.keys[r"HKLM\SOFTWARE\Microsoft\Office\14.0\Excel\InstallRoot"] = {"Path": "C:\\"}
        assert severities(computer) == {"two_excels": "warning"}

    @pytest.mark.parametrize(
        ("products", "spills"),
        [
            ("O365ProPlusRetail", True),
            ("ProPlus2021Volume", True),
            ("Standard2024Volume,VisioPro2019Volume", True),
            ("ProPlus2019Volume", False),
            ("HomeBusinessRetail2016,VisioPro2019Volume", False),
        ],
    )
    def test_versions_without_dynamic_arrays(self, computer, products, spills):
        computer.keys[CLICK_TO_RUN]["ProductReleaseIds"] = products
        assert severities(computer) == ({} if spills else {"no_spill": "warning"})

    def test_excel_2016_from_an_installer(self, computer):
        del computer.keys[CLICK_TO_RUN]
        computer.keys[r"HKLM\SOFTWARE\Microsoft\Office\16.0\Excel\InstallRoot"] = {"Path": "C:\\"}
        assert severities(computer) == {"no_spill": "warning"}

    @pytest.mark.parametrize(
        ("key", "name", "value"),
        [(CLICK_TO_RUN, "Platform", "x86"), (r"HKLM\SOFTWARE\Microsoft\Office\16.0\Outlook", "Bitness", "x86")],
    )
    def test_bits_from_the_registry_where_the_program_cannot_be_read(self, computer, key, name, value):
        (computer.root / "Office16" / "EXCEL.EXE").unlink()
        del computer.keys[CLICK_TO_RUN]["Platform"]
        computer.keys.setdefault(key, {})[name] = value
        assert found(computer)["library"][1].endswith("xlwings32-0.37.8.dll")

    def test_it_runs(self, computer):
        computer.answers["tasklist"] = Finished(0, '"EXCEL.EXE","4711","Console","1","212,000 K"\n', "")
        assert severities(computer) == {"running": "note"}


class TestPython:
    def test_no_settings(self, computer):
        computer.settings.unlink()
        assert severities(computer) == {"no_settings": "fault"}

    def test_python_was_removed(self, computer):
        computer.python.unlink()
        findings = found(computer)
        assert findings["no_interpreter"][0] == "fault"
        assert str(computer.python) in findings["no_interpreter"][1]

    def test_python_in_variables(self, computer):
        computer.environ["TOOLS"] = str(computer.python.parent)
        computer.settings.write_bytes(b'"INTERPRETER_WIN","%TOOLS%/python.exe"\r\n')
        assert severities(computer) == {}

    def test_a_python_without_its_path_is_none(self, computer, monkeypatch):
        """Excel would look for it in the folder of the last workbook."""
        monkeypatch.chdir(computer.python.parent)
        computer.settings.write_bytes(b'"INTERPRETER_WIN","python.exe"\r\n')
        assert severities(computer) == {"no_interpreter": "fault"}

    def test_python_of_the_store(self, computer):
        moved = computer.place(computer.root / "Microsoft" / "WindowsApps" / "python.exe")
        for bits in (32, 64):
            computer.place(moved.with_name(f"xlwings{bits}-{XLWINGS}.dll"))
        computer.settings.write_bytes(f'"INTERPRETER_WIN","{moved}"\n'.encode())
        assert severities(computer) == {"store_python": "fault"}

    @pytest.mark.parametrize("answer", [None, Finished(1, "", "Traceback"), Finished(0, "no json\n", "")])
    def test_it_does_not_answer(self, computer, answer):
        computer.answers["python.exe"] = answer
        assert severities(computer) == {"no_answer": "fault"}

    def test_a_package_is_missing(self, computer):
        computer.answer(pywin32=None, fault="ModuleNotFoundError: No module named 'win32api'")
        findings = found(computer)
        assert findings["no_pywin32"][0] == "fault"
        assert findings["no_pywin32"][3] == f'run: "{computer.python}" -m pip install pywin32'
        computer.answer(crm_xl=None, fault="ImportError: x")
        assert severities(computer) == {"server_fault": "fault"}

    def test_two_versions(self, computer):
        computer.answer(crm_xl="0.0.1")
        assert severities(computer) == {"two_versions": "warning"}

    def test_xlwings_was_updated_after_the_add_in(self, computer):
        computer.answer(xlwings="0.38.0")
        assert severities(computer) == {"other_xlwings": "fault"}

    def test_the_library_is_missing(self, computer):
        computer.python.with_name("xlwings64-0.37.8.dll").unlink()
        findings = found(computer)
        assert findings["no_library"][0] == "fault"
        assert "py -m venv" in findings["no_library"][3]

    def test_the_library_of_a_virtual_environment_lies_a_folder_higher(self, computer):
        for bits in (32, 64):
            path = computer.python.with_name(f"xlwings{bits}-{XLWINGS}.dll")
            path.rename(path.parent.parent / path.name)
        assert severities(computer) == {}

    def test_letters_that_macros_cannot_read(self, computer):
        computer.encoding = "utf-8"
        moved = computer.place(computer.root / "张三" / "python.exe")
        for bits in (32, 64):
            computer.place(moved.with_name(f"xlwings{bits}-{XLWINGS}.dll"))
        computer.settings.write_bytes(f'"INTERPRETER_WIN","{moved}"\n'.encode())
        assert severities(computer) == {}
        computer.environ["NAME"] = "张三"
        computer.encoding = "cp1252"
        computer.settings.write_bytes(f'"INTERPRETER_WIN","{computer.root}/%NAME%/python.exe"\n'.encode("cp1252"))
        assert severities(computer) == {"letters": "fault"}

    def test_python_in_onedrive(self, computer):
        computer.environ["ONEDRIVECOMMERCIAL"] = str(computer.root)
        assert severities(computer) == {"synced": "warning"}


class TestAddIn:
    def test_it_is_not_there(self, computer):
        computer.add_in.unlink()
        assert severities(computer) == {"no_add_in": "fault"}

    @pytest.mark.parametrize("way", ["machine", "alternative", "list", "list with its path"])
    def test_it_is_opened_twice(self, computer, way):
        options = computer.keys.setdefault(rf"{OFFICE}\Excel\Options", {"Font": "Calibri,11", "OPEN": "other.xlam"})
        other = computer.root / "other"
        match way:
            case "machine":
                computer.place(computer.root / "Office16" / "XLSTART" / "crm_xl.xlam")
            case "alternative":
                options["AltStartup"] = str(computer.place(other / "crm_xl.xlam").parent)
            case "list":
                options["OPEN1"] = "/R crm_xl.xlam"
            case _:
                options["OPEN2"] = f'/R "{other / "crm_xl.xlam"}"'
        findings = found(computer)
        assert findings["two_add_ins"][0] == "fault"
        assert str(computer.add_in) in findings["two_add_ins"][1]

    def test_one_for_the_whole_company_names_its_own_python(self, computer):
        computer.add_in.unlink()
        computer.settings.unlink()
        ours = add_in(INTERPRETER_WIN=str(computer.python))
        share = computer.place(computer.root / "share" / "crm_xl.xlam", ours)
        computer.keys[rf"{OFFICE}\Excel\Options"] = {"AltStartup": str(share.parent)}
        computer.keys[rf"{POLICIES}\{TRUSTED}\Location0"] = {"Path": str(share.parent)}
        assert severities(computer) == {}

    def test_it_is_of_an_older_version(self, computer, monkeypatch):
        monkeypatch.setattr("crm_xl.hosts.excel.doctor.__version__", "9.9")
        computer.answer(crm_xl="9.9")
        assert severities(computer) == {"old_add_in": "warning"}

    @pytest.mark.parametrize(("zone", "blocked"), [("3", True), ("4", True), ("2", False)])
    def test_it_was_downloaded(self, computer, zone, blocked):
        mark = computer.add_in.with_name("crm_xl.xlam:Zone.Identifier")
        mark.write_text(f"[ZoneTransfer]\r\nZoneId={zone}\r\nHostUrl=about:internet\r\n")
        assert severities(computer) == ({"marked": "fault"} if blocked else {})

    def test_excel_has_disabled_it(self, computer):
        path = str(computer.add_in).lower().encode("utf-16-le")
        item = struct.pack("<III", 2, len(path), 0) + path
        computer.keys[rf"{OFFICE}\Excel\Resiliency\DisabledItems"] = {
            "18A3B2": b"\2" + "other.xlam".encode("utf-16-le")
        }
        assert severities(computer) == {}
        computer.keys[rf"{OFFICE}\Excel\Resiliency\DisabledItems"]["18A3B3"] = item
        assert severities(computer) == {"disabled": "fault"}

    @pytest.mark.parametrize(
        ("listed", "only", "forbidden"),
        [({"crm_xl.xlam": "0"}, 0, True), ({"crm_xl.xlam": "1"}, 1, False), ({"a.xlam": "1"}, 1, True), ({}, 0, False)],
    )
    def test_the_company_manages_add_ins(self, computer, listed, only, forbidden):
        computer.keys[rf"{POLICIES}\Excel\Resiliency\AddinList"] = listed
        computer.keys[rf"{POLICIES}\Excel\Resiliency"] = {"RestrictToList": only}
        assert severities(computer) == ({"forbidden": "fault"} if forbidden else {})


class TestTrust:
    @pytest.mark.parametrize("root", [OFFICE, POLICIES])
    @pytest.mark.parametrize(
        ("key", "name", "check"),
        [
            (SECURITY, "DisableAllAddins", {"all_add_ins_off": "fault"}),
            (SECURITY, "RequireAddinSig", {"signature": "warning"}),
            (r"Common\Security", "RequireAlwaysOnMacroSig", {"signature": "warning"}),
            (SECURITY, "AccessVBOM", {"vbom": "note"}),
        ],
    )
    def test_switches(self, computer, root, key, name, check):
        computer.keys[rf"{root}\{key}"] = {name: 1}
        assert severities(computer) == check
        computer.keys[rf"{root}\{key}"] = {name: 0}
        assert severities(computer) == {}

    def test_the_company_goes_before_the_user(self, computer):
        computer.keys[rf"{OFFICE}\{SECURITY}"] = {"DisableAllAddins": 1}
        computer.keys[rf"{POLICIES}\{SECURITY}"] = {"DisableAllAddins": 0}
        assert severities(computer) == {}

    @pytest.mark.parametrize(
        ("macros", "check"),
        [(None, "macros_asked"), (1, None), (2, "macros_asked"), (3, "macros_off"), (4, "macros_off")],
    )
    def test_macros_where_no_location_is_trusted(self, computer, macros, check):
        computer.keys[rf"{OFFICE}\{TRUSTED}"] = {"AllLocationsDisabled": 1}
        if macros is not None:
            computer.keys[rf"{OFFICE}\{SECURITY}"] = {"VBAWarnings": macros}
        expected = {} if check is None else {check: "fault" if check == "macros_off" else "warning"}
        assert severities(computer) == expected

    @pytest.mark.parametrize("macros", [2, 3, 4])
    def test_macros_of_a_trusted_location_run_whatever_is_set(self, computer, macros):
        computer.keys[rf"{OFFICE}\{SECURITY}"] = {"VBAWarnings": macros}
        assert severities(computer) == {}

    @pytest.mark.parametrize(
        ("path", "deep", "trusted"),
        [
            ("%APPDATA%/Microsoft/Excel/xlstart/", 0, True),
            ("%APPDATA%/Microsoft", 1, True),
            ("%APPDATA%/Microsoft", 0, False),
            ("%APPDATA%/Micro", 1, False),
        ],
    )
    def test_what_a_trusted_location_covers(self, computer, path, deep, trusted):
        computer.keys[rf"{OFFICE}\{TRUSTED}\Location2"] = {"Path": path, "AllowSubfolders": deep}
        assert severities(computer) == ({} if trusted else {"macros_asked": "warning"})

    def test_without_a_list_excels_own_holds(self, computer):
        del computer.keys[rf"{OFFICE}\{TRUSTED}\Location2"]
        assert severities(computer) == {}


PROGRAMS, CALLS, OTHER = (
    "D4F940AB-401B-4EFC-AADC-AD5F3C50688A",
    "92E97FA1-2EDF-4476-BDD6-9DD0B4DDDC7B",
    "26190899-1602-49E8-8B27-EB1D0A1CE869",
)
DEFENDER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender"
GROUP_POLICY = rf"{DEFENDER}\Windows Defender Exploit Guard\ASR\Rules"
OWN = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
INTUNE = rf"{DEFENDER}\Policy Manager"


class TestDefender:
    def on(self, computer, source, rule, state, **more):
        """Switch a rule on, where each source keeps it."""
        if source == "Intune":
            computer.keys[INTUNE] = {"ASRRules": f"{OTHER}=1|{rule.lower()}={state}|{OTHER}=1", **more}
        else:
            computer.keys[GROUP_POLICY if source == "Group Policy" else OWN] = {rule: state}

    @pytest.mark.parametrize("source", ["Group Policy", "Intune", "this computer"])
    @pytest.mark.parametrize(
        ("rule", "state", "want"),
        [
            (PROGRAMS, "1", {"rule_programs": "fault"}),
            (PROGRAMS, 6, {"rule_programs": "warning"}),
            (PROGRAMS, "2", {"rule_programs_noted": "note"}),
            (PROGRAMS, "0", {}),
            (CALLS, "1", {"rule_calls": "warning"}),
            (CALLS, 6, {"rule_calls": "warning"}),
            (CALLS, "2", {"rule_calls_noted": "note"}),
            (OTHER, "1", {}),
        ],
    )
    def test_rules_that_stand_against_the_add_in(self, computer, source, rule, state, want):
        self.on(computer, source, rule, state)
        assert severities(computer) == want
        for finding in found(computer).values():
            if finding[0] in ("warning", "fault"):
                assert rule.lower() in finding[1]
                assert f"set by {source}" in finding[1]

    def test_the_first_that_says_something_holds(self, computer):
        self.on(computer, "this computer", PROGRAMS, "1")
        self.on(computer, "Intune", PROGRAMS, "2")
        assert severities(computer) == {"rule_programs_noted": "note"}
        self.on(computer, "Group Policy", PROGRAMS, "0")
        assert severities(computer) == {}

    def test_it_has_to_allow_the_python_of_the_settings_and_no_other_program(self, computer):
        self.on(computer, "Group Policy", PROGRAMS, "1")
        assert f"exclude {computer.python} from this rule" in found(computer)["rule_programs"][3]
        self.on(computer, "Group Policy", CALLS, "1")
        assert f"exclude {computer.add_in} from this rule" in found(computer)["rule_calls"][3]

    @pytest.mark.parametrize(
        ("exclusion", "excluded"),
        [
            ("{python}", True),
            ("{folder}", True),
            ("%TOOLS%\\python.exe", True),
            ("{root}/*/python.exe", True),
            ("{python}x", False),
            ("C:\\Windows\\System32\\cmd.exe", False),
            ("", False),
        ],
    )
    @pytest.mark.parametrize("way", ["Group Policy", "Intune", "a rule of Intune", "with figures"])
    def test_what_is_excluded(self, computer, exclusion, excluded, way):
        computer.environ["TOOLS"] = str(computer.python.parent)
        path = exclusion.format(python=computer.python, folder=computer.python.parent, root=computer.root)
        self.on(computer, "Intune", PROGRAMS, "1")
        match way:
            case "Group Policy":
                computer.keys[GROUP_POLICY.replace("Rules", "ASROnlyExclusions")] = {path: "0"}
            case "Intune":
                computer.keys[INTUNE]["ASROnlyExclusions"] = f"C:\\other|{path}"
            case "a rule of Intune":
                computer.keys[INTUNE]["ASROnlyPerRuleExclusions"] = f"{OTHER}=C:\\other>{PROGRAMS}={path}"
            case _:
                computer.keys[INTUNE]["ASROnlyExclusions"] = f"{path}=0|C:\\other=0"
        assert severities(computer) == ({"rule_programs_excluded": "note"} if excluded else {"rule_programs": "fault"})

    def test_the_add_in_is_excluded(self, computer):
        self.on(computer, "Intune", CALLS, "1", ASROnlyExclusions=str(computer.add_in))
        assert severities(computer) == {"rule_calls_excluded": "note"}


class TestXlwingsLite:
    def test_it_is_told_where_both_are_on_a_computer(self, computer):
        assert "lite" not in found(computer)
        kept = computer.home / "AppData/Local/Microsoft/Office/16.0/Wef/{0A}/x/Manifests/WA200008175_1.0.0.0"
        kept.parent.mkdir(parents=True)
        kept.touch()
        assert severities(computer) == {"lite": "note"}


def test_every_finding_that_there_is_was_met_above(request):
    """No text of the doctor stands there unused, and none was left out of these tests."""
    if len({item.name.partition("[")[0] for item in request.session.items if item.path.name == "test_doctor.py"}) < 30:
        pytest.skip("only when all tests of this file run")
    words = {"ok", "note", "warning", "fault", "line", "mend", "healthy", "ill"}
    keys = {row["key"] for row in rows("terms_doctor")}
    assert {key for key in keys if not key.endswith("_mend")} - {f"doctor_{word}" for word in words} == SEEN
