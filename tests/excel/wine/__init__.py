"""The chain of the add-in on Windows, run under Wine: no Excel, but all from the call of its VBA on is the real thing."""
