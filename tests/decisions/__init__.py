"""Tests of the decision functions: return, scenarios, risk, prices, comparison, estimate, savings, control."""
