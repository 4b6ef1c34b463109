"""Tests of the headless host."""
