"""Drives LibreOffice over UNO, run by the Python that LibreOffice comes with: a line in for each workbook, one out."""

import json
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException


def main(pipe: str) -> None:
    """Answer requests until there are no more, then end LibreOffice."""
    desktop = connected(pipe)
    print("ready", flush=True)
    for line in sys.stdin:
        path, out = json.loads(line)
        times = {}
        started = time.perf_counter()
        document = desktop.loadComponentFromURL(
            uno.systemPathToFileUrl(path), "_blank", 0, (_property("Hidden", True),)
        )
        times["load"] = time.perf_counter() - started
        started = time.perf_counter()
        document.calculateAll()
        times["calculate"] = time.perf_counter() - started
        started = time.perf_counter()
        xlsx = (_property("FilterName", "Calc MS Excel 2007 XML"),)
        document.storeToURL(uno.systemPathToFileUrl(out), xlsx)
        times["store"] = time.perf_counter() - started
        document.close(True)
        print(json.dumps(times), flush=True)
    desktop.terminate()


def connected(pipe: str):
    """Return the desktop of the LibreOffice that listens on a pipe, waiting for it to start."""
    here = uno.getComponentContext()
    resolver = here.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", here)
    for _ in range(300):
        try:
            there = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return there.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", there)
        except NoConnectException:
            time.sleep(0.2)
    raise SystemExit("LibreOffice does not answer")


def _property(name: str, value: object) -> PropertyValue:
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


if __name__ == "__main__":
    main(sys.argv[1])
