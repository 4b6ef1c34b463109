"""The departments' round trip: distribute workbooks, check what comes back, collect it into one sum."""
