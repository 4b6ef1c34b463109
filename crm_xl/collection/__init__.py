"""The departments' round trip: workbooks go out (distribute), come back (check), and are summed (collect)."""
