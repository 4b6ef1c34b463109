"""The chain of the add-in on Windows, under Wine: no Excel, but from the call of its VBA on it is the real thing."""
