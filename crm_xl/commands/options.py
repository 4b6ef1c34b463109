"""Options that several commands have: the settings of a template, dates, currencies, exchange rates."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from crm_xl.console import LANGUAGE, say
from crm_xl.data import LANGUAGES

F = TypeVar("F", bound=Callable[..., Any])


def date(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    """Return the date that was typed, or None."""
    from crm_xl.engine.timeline import as_date

    day = as_date(value) if value else None
    if value and day is None:
        raise click.BadParameter(say("cli_date", found=value), param=__)
    return day


def currency(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Return the code of the currency that was typed, or None."""
    from crm_xl.engine.problems import show
    from crm_xl.engine.schema import currencies, normalise

    if value is None:
        return None
    code = currencies().get(normalise(value))
    if code is None:
        text = say("problem_text", found=show(value, LANGUAGE), expected=say("expected_currency"))
        raise click.BadParameter(text, param=option)
    return code


def rates(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, float, None], ...]:
    """Return the exchange rates that were typed as PAIR=RATE."""
    from crm_xl.engine.rates import currency_pair
    from crm_xl.engine.reading import LARGEST

    found = []
    for value in values:
        pair, _, rate = value.partition("=")
        codes = currency_pair(pair)
        if (
            codes is None
            or codes[0] == codes[1]
            or not rate.strip().replace(".", "", 1).isdecimal()
            or not 1 / LARGEST <= float(rate) <= LARGEST
        ):
            raise click.BadParameter(say("cli_rate_bad", found=value), param=option)
        found.append(("/".join(codes), float(rate), None))
        if len({frozenset(name.split("/")) for name, *_ in found}) < len(found):
            raise click.BadParameter(say("cli_rate_twice", found=value), param=option)
    return tuple(found)


def template_settings(function: F) -> F:
    """Give a command the options that say what a template is to be."""
    for option in reversed(
        (
            click.option(
                "--lang", type=click.Choice(LANGUAGES), default=LANGUAGE, show_default=True, help=say("cli_lang")
            ),
            click.option("--currency", default="CNY", show_default=True, callback=currency, help=say("cli_currency")),
            click.option("--years", type=click.IntRange(1, 30), default=5, show_default=True, help=say("cli_years")),
            click.option("--start", metavar="DATE", callback=date, help=say("cli_start")),
            click.option("--rate", "rates", multiple=True, metavar="PAIR=RATE", callback=rates, help=say("cli_rate")),
            click.option(
                "--lines", type=click.IntRange(10, 5000), default=60, show_default=True, help=say("cli_lines")
            ),
        )
    ):
        function = option(function)
    return function
