"""Commands of the departments' round trip: distribute, check, collect."""
