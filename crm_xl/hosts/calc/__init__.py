"""LibreOffice Calc: the functions as an extension (.oxt), and a second engine beside the headless one.

`extension/` is what runs inside LibreOffice, in whatever Python it brings; `worker.py` is the process that the
extension starts for the arithmetic; `office.py` is the LibreOffice that we start ourselves, and `driver.py` what
talks to it.
"""
