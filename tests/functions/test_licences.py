"""CRM_LICENCE."""

import pytest

from crm_xl.engine.cells import Range

from .calling import call, cell, reason

TIERS = [[51, 90], [201, 80]]


def licence(
    users=None, price=None, metric=None, modules=None, minimum=None, tiers=None, mode=None, frequency=None, months=None
):
    return cell("CRM_LICENCE", users, price, metric, modules, minimum, tiers, mode, frequency, months)


class TestLicence:
    def test_a_year_of_months_is_the_default(self):
        assert call("CRM_LICENCE", 100, 175) == 210_000
        assert call("CRM_LICENCE", 100, 175, *[None] * 7) == 210_000
        assert call("CRM_LICENCE", [[100]], Range([[175]]), "", [[None]]) == 210_000

    @pytest.mark.parametrize("metric", ["module", "模块", "Per module", "按模块"])
    def test_by_module(self, metric):
        assert licence(100, 500, metric, 3) == 500 * 3 * 12
        assert licence(100, 500, metric) == 500 * 12

    @pytest.mark.parametrize("metric", ["user", "用户", "SEAT", "席位", None])
    def test_by_user_the_modules_do_not_count(self, metric):
        assert licence(10, 20, metric, 7) == 10 * 20 * 12

    def test_minimum(self):
        assert licence(3, 20, minimum=5) == 5 * 20 * 12
        assert licence(8, 20, minimum=5) == 8 * 20 * 12
        assert licence(0, 20, minimum=5) == 5 * 20 * 12

    @pytest.mark.parametrize(
        ("frequency", "months", "expected"),
        [
            (None, None, 120), ("monthly", 6, 60), ("每月", 1, 10), ("quarterly", None, 40), ("每季", 6, 20),
            ("annual", None, 10), ("每年", 36, 30), ("annual", 18, 15), ("one-off", None, 10), ("一次性", 60, 10),
            ("monthly", 0, 0),
        ],
    )  # fmt: skip
    def test_frequency_and_months(self, frequency, months, expected):
        assert licence(5, 2, frequency=frequency, months=months) == expected

    @pytest.mark.parametrize(
        ("users", "price_of_all"),
        [(1, 100), (50, 100), (51, 90), (200, 90), (201, 80), (1000, 80)],
    )
    def test_volume_tiers_price_all_units(self, users, price_of_all):
        assert licence(users, 100, tiers=TIERS, months=1) == users * price_of_all
        assert licence(users, 100, tiers=TIERS, mode="全量", months=1) == users * price_of_all

    @pytest.mark.parametrize(
        ("users", "expected"),
        [(50, 5000), (51, 5090), (200, 5000 + 150 * 90), (201, 5000 + 150 * 90 + 80), (300, 5000 + 13_500 + 8000)],
    )
    def test_graduated_tiers_price_the_units_inside_them(self, users, expected):
        for mode in ("graduated", "分段", "阶梯"):
            assert licence(users, 100, tiers=TIERS, mode=mode, months=1) == expected

    @pytest.mark.parametrize(
        "tiers",
        [
            [[201, 80], [51, 90]],
            [["From", "Price"], [51, 90], [201, 80]],
            [["起始数量", "单价"], [51.0, 90], [None, None], [201, 80]],
            [[51, 90, "ninety"], [201, 80, "eighty"]],
        ],
    )
    def test_tiers_in_any_order_with_a_header_and_blank_rows(self, tiers):
        assert licence(300, 100, tiers=tiers, mode="graduated", months=1) == 26_500

    @pytest.mark.parametrize("start", [0, 1])
    def test_a_tier_from_the_first_unit_is_in_place_of_the_list_price(self, start):
        tiers = [[start, 70], [51, 60]]
        assert licence(50, 100, tiers=tiers, months=1) == 3500
        assert licence(60, 100, tiers=tiers, mode="graduated", months=1) == 50 * 70 + 10 * 60

    def test_the_minimum_reaches_a_tier(self):
        assert licence(10, 100, minimum=51, tiers=TIERS, months=1) == 51 * 90

    def test_no_tiers(self):
        for nothing in (None, "", [[None]], [[None, None], ["", ""]]):
            assert licence(10, 100, tiers=nothing, months=1) == 1000

    @pytest.mark.parametrize(
        "tiers", [[[51, 90], [51, 80]], [[51], [201]], [[51, "cheap"]], [[51, -5]], [[None, 90]], [[51, None]]]
    )
    def test_tiers_that_cannot_be_read(self, tiers):
        assert licence(10, 100, tiers=tiers) == "#VALUE!"

    def test_the_reason_names_the_tier(self):
        assert reason("CRM_LICENCE", 10, 100, None, None, None, [[51, 90], [51, 80]]) == "two tiers begin at 51"

    @pytest.mark.parametrize(
        "tiers", [[[51, "#REF!"]], [["#REF!", 90]], [["#REF!", "#REF!"], [51, 90]], [[51, 90], [201, "#REF!"]]]
    )
    def test_an_error_among_the_tiers_is_handed_on(self, tiers):
        assert licence(300, 100, tiers=tiers) == "#REF!"

    def test_an_error_in_a_scalar_is_handed_on(self):
        assert licence("#N/A", 100) == "#N/A"
        assert licence(10, [["#DIV/0!"]]) == "#DIV/0!"

    @pytest.mark.parametrize(
        "arguments",
        [
            {}, {"users": 5}, {"price": 5}, {"users": -1, "price": 5}, {"users": "five", "price": 5},
            {"users": 5, "price": True}, {"users": 5, "price": 5, "metric": "colour"},
            {"users": 5, "price": 5, "months": -1},
            {"users": 5, "price": 5, "frequency": "weekly"}, {"users": 5, "price": 5, "mode": "other"},
            {"users": 5, "price": 5, "minimum": -3}, {"users": [[1, 2]], "price": 5},
        ],
    )  # fmt: skip
    def test_arguments_that_cannot_be_read(self, arguments):
        assert licence(**arguments) == "#VALUE!"

    def test_the_reason_in_both_languages(self):
        assert (
            reason("CRM_LICENCE", -1, 5)
            == "argument users: found -1; expected a number from 0 to 1,000,000,000,000,000"
        )
        told = "参数 users：现为-1；应为 0 到 1,000,000,000,000,000 之间的数字"
        assert reason("CRM_LICENCE", -1, 5, language="zh") == told
        assert reason("CRM_LICENCE", 5) == "CRM_LICENCE needs the argument price"
