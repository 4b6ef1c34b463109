"""Opens a workbook with its macros in LibreOffice and prints what its first cells show, as JSON.

Run by the Python that LibreOffice's own module belongs to: `basic_driver.py WORKBOOK CELLS PROFILE`.
"""

import json
import subprocess
import sys
import time

ALWAYS_EXECUTE_NO_WARN = 4


def main(workbook, count, profile):
    import uno  # noqa: F401  # the names below come into being with it
    from com.sun.star.beans import PropertyValue

    pipe = f"crm{time.time_ns()}"
    office = subprocess.Popen(
        ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{profile}",
         f"--accept=pipe,name={pipe};urp;"], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    desktop = None
    try:
        desktop = connected(pipe)
        given = {"Hidden": True, "MacroExecutionMode": ALWAYS_EXECUTE_NO_WARN}
        options = tuple(PropertyValue(Name=name, Value=value) for name, value in given.items())
        document = desktop.loadComponentFromURL(f"file://{workbook}", "_blank", 0, options)
        document.calculateAll()
        sheet = document.Sheets.getByIndex(0)
        print(json.dumps([sheet.getCellByPosition(0, i).String for i in range(count)]))
        document.close(True)
        desktop.terminate()
        office.wait(20)
    finally:
        if office.poll() is None:
            office.kill()
            office.wait(20)


def connected(pipe):
    import uno
    from com.sun.star.connection import NoConnectException

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for attempt in range(300):
        try:
            context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        except NoConnectException:
            if attempt == 299:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
