"""What holds for all tests: modules that run inside LibreOffice are left alone, and Ctrl-C can be sent."""

import signal

# The modules that these import are nowhere but in LibreOffice.
collect_ignore = [
    "crm_xl/hosts/calc/extension/component.py",
    "crm_xl/hosts/calc/extension/driver.py",
    "tests/cycle/in_office.py",
]

# A run in the background ignores Ctrl-C, and so would every program that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
