"""Random workbooks and formulas: everything is read or refused with a reason, nothing else happens.

`python -m tests.fuzz --minutes 10` looks for new failures and prints them with the bytes that caused them;
`test_fuzz.py` does a short run with the same seed each time, and keeps what was found.
"""
