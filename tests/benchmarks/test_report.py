"""The figures of the benchmark report follow from the times that were taken."""

import re

import pytest

from benchmarks import report
from benchmarks.calls import Calls
from benchmarks.engine import Lines
from benchmarks.timing import Series, medians


def series() -> Series:
    return Series(
        title="Totals",
        unit="lines",
        note="What is compared.",
        times={"crm_xl": {10: 0.002, 1_000: 0.02}, "loop": {10: 0.004, 1_000: 0.4}, "slow": {10: 3.0}},
    )


def test_a_ratio_is_how_many_times_as_long_the_alternative_takes() -> None:
    assert series().ratio("loop", 10) == pytest.approx(2)
    assert series().ratio("loop", 1_000) == pytest.approx(20)
    assert series().ratio("slow", 1_000) is None


def test_growth_is_the_power_of_the_size() -> None:
    assert series().exponent("crm_xl") == pytest.approx(0.5)  # a hundred times the size, ten times the time
    assert series().exponent("loop") == pytest.approx(1)
    assert series().exponent("slow") is None


def test_the_table_shows_times_ratios_and_growth_and_a_dash_for_what_was_not_measured() -> None:
    lines = report.table(series()).splitlines()
    assert lines[0] == "### Totals"
    assert lines[4] == "| lines | crm_xl | loop | ratio | slow | ratio |"
    assert lines[6] == "| 10 | 2 ms | 4 ms | 2 | 3 s | 1,500 |"
    assert lines[7] == "| 1,000 | 20 ms | 400 ms | 20 | – |  |"
    assert lines[8] == "| growth | 0.50 | 1.00 |  | – |  |"


def test_every_way_is_timed_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000))
    monkeypatch.setattr("benchmarks.timing.time.perf_counter", lambda: float(next(clock)))
    calls: list[str] = []
    found = medians({"one": lambda: calls.append("one"), "two": lambda: calls.append("two")})
    assert found == {"one": 1.0, "two": 1.0}  # the clock goes on by a second at each look
    assert calls[-4:] == ["one", "two", "one", "two"]


def test_the_machine_is_told_without_its_name_or_paths() -> None:
    told = report.machine()
    assert "cores" in told
    assert "numpy" in told
    assert not re.search(r"(^|\s)/\w", told)


def test_the_alternatives_of_the_engine_give_its_results() -> None:
    Lines(200)  # asserts that numpy and pandas give the engine's total and breakdown


def test_every_way_of_calling_gives_what_the_analyst_finds() -> None:
    Calls(50)  # asserts it
