"""One computer for all tests, made once; no program of it outlives them."""

import pytest

from . import windows


def pytest_collection_modifyitems(items):
    reason = windows.missing()
    for item in items:
        if item.path.parent == windows.HERE:
            item.add_marker(pytest.mark.wine)
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def computer(tmp_path_factory):
    """Windows with Python in a folder whose name has a blank, an ampersand and a percent sign."""
    made = windows.Windows(tmp_path_factory.mktemp("windows"), python="Program Files/Python & 100% Co")
    yield made
    made.end()


@pytest.fixture(scope="session")
def chinese(tmp_path_factory):
    """A Chinese Windows (code page 936) with Python in a folder of a Chinese name."""
    made = windows.Windows(tmp_path_factory.mktemp("chinese"), language="zh_CN.UTF-8", python="财务 软件/Python")
    yield made
    made.end()
