"""One process that reads the hostile workbooks, for all tests."""

import pytest


@pytest.fixture(scope="session")
def sandbox():
    pytest.importorskip("resource", reason="limits on a process are those of POSIX")
    from .sandbox import Sandbox

    made = Sandbox()
    yield made
    made.close()
