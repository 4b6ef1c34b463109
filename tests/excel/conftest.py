"""xlwings as it is on Windows, over stubs, and the functions decorated by it."""

from types import ModuleType, SimpleNamespace

import pytest

from crm_xl.functions import REGISTRY, arguments
from crm_xl.hosts.excel import server, udfs

from . import stubs


@pytest.fixture(scope="module")
def excel():
    """The functions behind xlwings' COM server; `call` hands arguments over as a cell does and returns what it gets."""
    with stubs.windows() as xlwings:
        module = ModuleType(udfs.MODULE)
        of = xlwings.udfs
        for function in REGISTRY:
            made = udfs.decorated(function, of.xlfunc, of.xlarg, of.xlret, "en")
            setattr(module, function.name, made)
        of.udf_modules[udfs.MODULE] = {"module": module, "filename": "", "filetime": None}
        offered = server.offered(xlwings.com_server)()

        def call(name, *given):
            count = len(REGISTRY[name].parameters)
            given = (*given, *[stubs.MISSING] * (count - len(given)))
            return offered.Answer(name, given)

        yield SimpleNamespace(call=call, udfs=of, module=module, offered=offered)


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    """Each test reads its tables anew."""
    arguments.forget()
