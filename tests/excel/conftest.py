"""xlwings' COM server as it is on Windows, over stubs, with the object of ours."""

from types import SimpleNamespace

import pytest

from crm_xl.functions import REGISTRY, arguments
from crm_xl.hosts.excel import com

from . import stubs


@pytest.fixture(scope="module")
def excel():
    """The object that the add-in talks to; `call` hands arguments over as a cell does and returns what it gets."""
    with stubs.windows() as xlwings:
        offered = com.offered(xlwings.com_server)()

        def call(name, *given):
            count = len(REGISTRY[name].parameters)
            return offered.Answer(name, (*given, *[stubs.MISSING] * (count - len(given))))

        yield SimpleNamespace(call=call, udfs=xlwings.udfs, offered=offered)


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    """Each test reads its tables anew."""
    arguments.forget()
