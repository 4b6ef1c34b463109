"""Securities: accrued interest, prices, yields, coupons and treasury bills."""

import math
from calendar import monthrange

from crm_xl.hosts.headless.worksheet_functions.catalogue import excel
from crm_xl.hosts.headless.worksheet_functions.context import Context
from crm_xl.hosts.headless.worksheet_functions.dates import civil, days_360, serial_of, year_fraction
from crm_xl.hosts.headless.worksheet_functions.finance import newton
from crm_xl.hosts.headless.worksheet_functions.values import NUM, Fault, Unsupported


def _checked(settlement: float, maturity: float, basis: float, frequency: float = 1.0) -> tuple[int, int, int, int]:
    first, last, base, often = (
        math.floor(settlement),
        math.floor(maturity),
        int(basis),
        int(frequency),
    )
    if first >= last or not 0 <= base <= 4 or often not in (1, 2, 4):
        raise Fault(NUM)
    return first, last, base, often


def days_between(first: float, last: float, basis: int, since_1904: bool) -> float:
    """Return the days between two dates by a basis."""
    if basis in (0, 4):
        return days_360(civil(first, since_1904), civil(last, since_1904), basis == 4, strict=True)
    return float(last - first)


def _before(maturity: int, settlement: int, months: int, since_1904: bool) -> tuple[float, float, int]:
    """The coupon dates around a settlement, and how many coupons are left."""
    year, month, day = civil(maturity, since_1904)
    at_end = day == monthrange(year, month)[1]

    def at(number: int) -> float:
        index = year * 12 + month - 1 - number * months
        last = monthrange(index // 12, index % 12 + 1)[1]
        return serial_of(index // 12, index % 12 + 1, last if at_end else min(day, last), since_1904)

    count = 1
    while at(count) > settlement:
        count += 1
    return at(count), at(count - 1), count


def _coupon_days(first: float, after: float, basis: int, often: int) -> float:
    if basis == 1:
        return after - first
    return 365 / often if basis == 3 else 360 / often


class _Coupons:
    """The coupons of a bond at a settlement: days so far and to the next, days of the period, and how many are left."""

    def __init__(
        self, context: Context, settlement: float, maturity: float, frequency: float, basis: float, *,
        priced: bool = False,
    ) -> None:  # fmt: skip
        first, last, base, often = _checked(settlement, maturity, basis, frequency)
        self.before, self.after, self.count = _before(last, first, 12 // often, context.since_1904)
        self.period = _coupon_days(self.before, self.after, base, often)
        self.so_far = days_between(self.before, first, base, context.since_1904)
        self.to_next = (
            self.period - self.so_far if base in (0, 4) else days_between(first, self.after, base, context.since_1904)
        )
        self.often = often
        if base in (2, 3) and priced:
            raise Unsupported


@excel("COUPPCD", "xxxx", context=True)
def couppcd(context: Context, settlement: float, maturity: float, frequency: float, basis: float = 0.0) -> float:
    """The coupon date before the settlement."""
    return _Coupons(context, settlement, maturity, frequency, basis).before


@excel("COUPNCD", "xxxx", context=True)
def coupncd(context: Context, settlement: float, maturity: float, frequency: float, basis: float = 0.0) -> float:
    """The coupon date after the settlement."""
    return _Coupons(context, settlement, maturity, frequency, basis).after


@excel("COUPNUM", "xxxx", context=True)
def coupnum(context: Context, settlement: float, maturity: float, frequency: float, basis: float = 0.0) -> float:
    """How many coupons are left."""
    return float(_Coupons(context, settlement, maturity, frequency, basis).count)


@excel("COUPDAYS", "xxxx", context=True)
def coupdays(context: Context, settlement: float, maturity: float, frequency: float, basis: float = 0.0) -> float:
    """The days of the coupon period."""
    return _Coupons(context, settlement, maturity, frequency, basis).period


@excel("COUPDAYBS", "xxxx", context=True)
def coupdaybs(context: Context, settlement: float, maturity: float, frequency: float, basis: float = 0.0) -> float:
    """The days of the coupon period up to the settlement."""
    return _Coupons(context, settlement, maturity, frequency, basis).so_far


@excel("COUPDAYSNC", "xxxx", context=True)
def coupdaysnc(context: Context, settlement: float, maturity: float, frequency: float, basis: float = 0.0) -> float:
    """The days from the settlement to the next coupon."""
    return _Coupons(context, settlement, maturity, frequency, basis).to_next


def _price(coupons: _Coupons, rate: float, yield_: float, redemption: float) -> float:
    often, count = coupons.often, coupons.count
    paid = 100 * rate / often
    share = coupons.to_next / coupons.period
    accrued = paid * coupons.so_far / coupons.period
    if count == 1:
        return (redemption + paid) / (1 + share * yield_ / often) - accrued
    step = 1 + yield_ / often
    total = redemption / math.pow(step, count - 1 + share)
    total += sum(paid / math.pow(step, number + share) for number in range(count))
    return total - accrued


@excel("PRICE", "xxxxxxx", context=True)
def price(
    context: Context, settlement: float, maturity: float, rate: float, yield_: float, redemption: float,
    frequency: float, basis: float = 0.0,
) -> float:  # fmt: skip
    """The price of a bond with coupons for 100 of its value."""
    if rate < 0 or yield_ < 0 or redemption <= 0:
        raise Fault(NUM)
    return _price(_Coupons(context, settlement, maturity, frequency, basis, priced=True), rate, yield_, redemption)


@excel("YIELD", "xxxxxxx", context=True)
def yield_of(
    context: Context, settlement: float, maturity: float, rate: float, paid: float, redemption: float,
    frequency: float, basis: float = 0.0,
) -> float:  # fmt: skip
    """The yield of a bond with coupons."""
    if rate < 0 or paid <= 0 or redemption <= 0:
        raise Fault(NUM)
    coupons = _Coupons(context, settlement, maturity, frequency, basis, priced=True)
    if coupons.count == 1:
        coupon = rate / coupons.often
        start = paid / 100 + coupon * coupons.so_far / coupons.period
        return (redemption / 100 + coupon - start) / start * coupons.often * coupons.period / coupons.to_next
    return newton(lambda x: _price(coupons, rate, x, redemption) - paid, rate or 0.1)


@excel("DURATION", "xxxxxx", context=True)
def duration(
    context: Context, settlement: float, maturity: float, rate: float, yield_: float, frequency: float,
    basis: float = 0.0,
) -> float:  # fmt: skip
    """The duration of Macaulay of a bond with coupons."""
    if rate < 0 or yield_ < 0:
        raise Fault(NUM)
    coupons = _Coupons(context, settlement, maturity, frequency, basis, priced=True)
    step, share = 1 + yield_ / coupons.often, coupons.to_next / coupons.period
    weighted = total = 0.0
    for number in range(coupons.count):
        flow = 100 * rate / coupons.often + (100 if number == coupons.count - 1 else 0)
        worth = flow / math.pow(step, number + share)
        weighted += worth * (number + share)
        total += worth
    return weighted / total / coupons.often


@excel("MDURATION", "xxxxxx", context=True)
def mduration(
    context: Context, settlement: float, maturity: float, rate: float, yield_: float, frequency: float,
    basis: float = 0.0,
) -> float:  # fmt: skip
    """The modified duration of a bond with coupons."""
    return duration(context, settlement, maturity, rate, yield_, frequency, basis) / (1 + yield_ / int(frequency))


@excel("ACCRINTM", "xxxxx", context=True)
def accrintm(context: Context, issue: float, settlement: float, rate: float, par: float, basis: float = 0.0) -> float:
    """The interest accrued by a security that pays at maturity."""
    first, last, base, _ = _checked(issue, settlement, basis)
    if rate <= 0 or par <= 0:
        raise Fault(NUM)
    return par * rate * year_fraction(first, last, base, context.since_1904)


@excel("DISC", "xxxxx", context=True)
def disc(
    context: Context, settlement: float, maturity: float, paid: float, redemption: float, basis: float = 0.0
) -> float:
    """The rate of discount of a security."""
    first, last, base, _ = _checked(settlement, maturity, basis)
    if paid <= 0 or redemption <= 0:
        raise Fault(NUM)
    return (redemption - paid) / redemption / year_fraction(first, last, base, context.since_1904)


@excel("INTRATE", "xxxxx", context=True)
def intrate(
    context: Context, settlement: float, maturity: float, invested: float, redemption: float, basis: float = 0.0
) -> float:
    """The rate of interest of a fully invested security."""
    first, last, base, _ = _checked(settlement, maturity, basis)
    if invested <= 0 or redemption <= 0:
        raise Fault(NUM)
    return (redemption - invested) / invested / year_fraction(first, last, base, context.since_1904)


@excel("RECEIVED", "xxxxx", context=True)
def received(
    context: Context, settlement: float, maturity: float, invested: float, discount: float, basis: float = 0.0
) -> float:
    """What a fully invested security pays at maturity."""
    first, last, base, _ = _checked(settlement, maturity, basis)
    if invested <= 0 or discount <= 0:
        raise Fault(NUM)
    return invested / (1 - discount * year_fraction(first, last, base, context.since_1904))


@excel("PRICEDISC", "xxxxx", context=True)
def pricedisc(
    context: Context, settlement: float, maturity: float, discount: float, redemption: float, basis: float = 0.0
) -> float:
    """The price of a discounted security."""
    first, last, base, _ = _checked(settlement, maturity, basis)
    if discount <= 0 or redemption <= 0:
        raise Fault(NUM)
    return redemption * (1 - discount * year_fraction(first, last, base, context.since_1904))


@excel("YIELDDISC", "xxxxx", context=True)
def yielddisc(
    context: Context, settlement: float, maturity: float, paid: float, redemption: float, basis: float = 0.0
) -> float:
    """The yield of a discounted security."""
    first, last, base, _ = _checked(settlement, maturity, basis)
    if paid <= 0 or redemption <= 0:
        raise Fault(NUM)
    return (redemption / paid - 1) / year_fraction(first, last, base, context.since_1904)


def _bill(settlement: float, maturity: float) -> int:
    first, last = math.floor(settlement), math.floor(maturity)
    year, month, day = civil(first, False)
    if not first < last <= serial_of(year + 1, month, day, False):
        raise Fault(NUM)
    return last - first


@excel("TBILLPRICE", "xxx")
def tbillprice(settlement: float, maturity: float, discount: float) -> float:
    """The price of a treasury bill."""
    if discount <= 0:
        raise Fault(NUM)
    found = 100 * (1 - discount * _bill(settlement, maturity) / 360)
    if found < 0:
        raise Fault(NUM)
    return found


@excel("TBILLYIELD", "xxx")
def tbillyield(settlement: float, maturity: float, paid: float) -> float:
    """The yield of a treasury bill."""
    if paid <= 0:
        raise Fault(NUM)
    return (100 - paid) / paid * 360 / _bill(settlement, maturity)


@excel("TBILLEQ", "xxx")
def tbilleq(settlement: float, maturity: float, discount: float) -> float:
    """The yield of a treasury bill as that of a bond."""
    days = _bill(settlement, maturity)
    if discount <= 0:
        raise Fault(NUM)
    if days <= 182:
        return 365 * discount / (360 - discount * days)
    paid = (100 - discount * 100 * days / 360) / 100
    year = 366 if days == 366 else 365
    part = days / year
    return (-2 * part + 2 * math.sqrt(part**2 - (2 * part - 1) * (1 - 1 / paid))) / (2 * part - 1)
