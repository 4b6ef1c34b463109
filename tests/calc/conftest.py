"""One LibreOffice with the extension installed as users install it, and one as second engine, for all tests."""

import functools
import json
import os
import shutil
import subprocess
import sys
import uuid

import pytest

from crm_xl.hosts.calc import oxt
from crm_xl.hosts.calc.extension.process import end_with_children
from crm_xl.hosts.calc.office import Office, find_office, find_python, surroundings
from crm_xl.templates import build, shipped

from .books import odd_book

# They run inside LibreOffice's own Python.
collect_ignore = ["in_calc.py", "no_python.py"]
BOOKS = tuple(name for name in shipped() if "department" not in name)
HERE = os.path.dirname(__file__)


def pytest_collection_modifyitems(items):
    """Whoever has no LibreOffice runs the rest."""
    if shutil.which("soffice") is None:
        for item in items:
            if item.get_closest_marker("libreoffice") is not None and item.path.parent.name == "calc":
                item.add_marker(pytest.mark.skip(reason="LibreOffice (soffice) is not installed"))


@functools.cache
def content(name):
    return build(shipped()[name])


def unopkg(profile, *command):
    """Manage extensions as a user would; root may not, so that somebody else has to."""
    call = [str(find_office().parent / "unopkg"), *command, f"-env:UserInstallation={profile.as_uri()}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Whoever runs it first makes the folder of the extensions for all users, which only root can.
        subprocess.run([call[0], "list", "--shared"], check=True, capture_output=True, timeout=120)
        call = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *call]
    environment = {**os.environ, "HOME": str(profile.parent)}
    done = subprocess.run(call, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Session:
    """A LibreOffice of a user: the extension is installed in its profile."""

    def __init__(self, folder, python, environment=None):
        self.folder = folder
        for parent in [folder, *folder.parents]:
            if parent.name.startswith(("pytest-", "popen-")):
                parent.chmod(0o755)  # whoever installs is not whoever tests
        folder.chmod(0o777)
        file = folder / "crm_xl.oxt"
        file.write_bytes(oxt.build(python))
        file.chmod(0o644)
        self.profile = folder / "profile"
        unopkg(self.profile, "add", str(file))
        self.pipe = f"crm_xl_test_{uuid.uuid4().hex}"
        self.office = subprocess.Popen(
            [
                str(find_office()),
                *("--headless", "--norestore", "--nologo", "--nodefault"),
                f"-env:UserInstallation={self.profile.as_uri()}",
                f"--accept=pipe,name={self.pipe};urp",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**surroundings(), **(environment or {})},
        )

    def run(self, script, *arguments):
        python = str(find_python(find_office()))
        answer = self.folder / "answer.json"
        call = [python, os.path.join(HERE, script), self.pipe, *map(str, arguments), str(answer)]
        done = subprocess.run(call, capture_output=True, text=True, timeout=280)
        assert done.returncode == 0, done.stderr
        return json.loads(answer.read_text(encoding="utf-8"))

    def end(self):
        end_with_children(self.office.pid)
        self.office.wait()


@pytest.fixture(scope="session")
def books(tmp_path_factory):
    """The folder of the workbooks that are opened."""
    folder = tmp_path_factory.mktemp("books")
    for name in BOOKS:
        (folder / name).write_bytes(content(name))
    (folder / "odd.xlsx").write_bytes(odd_book())
    return folder


@pytest.fixture(scope="session")
def in_calc(tmp_path_factory, books):
    """What stood in Calc after a user installed the extension, typed formulas and opened workbooks."""
    session = Session(tmp_path_factory.mktemp("user"), sys.executable)
    try:
        return session.run("in_calc.py", books)
    finally:
        session.end()


@pytest.fixture(scope="session")
def office():
    """The second engine."""
    with Office() as running:
        yield running
