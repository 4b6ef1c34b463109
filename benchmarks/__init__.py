"""Benchmarks: each module measures one thing against a named alternative in the same run and prints the ratio.

Run one with `python -m benchmarks.engine`. They are no tests: nothing fails by time.
"""
