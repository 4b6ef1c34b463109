"""Units of measure as CONVERT knows them (Microsoft, CONVERT function; NIST SP 811 for the factors)."""

from crm_xl.hosts.headless.worksheet_functions.values import NA, Fault

_POUND = 453.59237
_INCH = 0.0254
_GALLON = 3.785411784
_UK_GALLON = 4.54609
_LIGHT_YEAR = 9.46073047258080e15
_PICA = 1 / 72 * _INCH

# Each quantity in one unit: how many of it a unit is, and whether it takes the prefixes of the SI.
_QUANTITIES: tuple[dict[str, tuple[float, bool]], ...] = (
    {
        "g": (1.0, True), "sg": (14593.902937206364, False), "lbm": (_POUND, False), "u": (1.660538782e-24, True),
        "ozm": (_POUND / 16, False), "grain": (_POUND / 7000, False), "cwt": (_POUND * 100, False),
        "shweight": (_POUND * 100, False), "uk_cwt": (_POUND * 112, False), "lcwt": (_POUND * 112, False),
        "hweight": (_POUND * 112, False), "stone": (_POUND * 14, False), "ton": (_POUND * 2000, False),
        "uk_ton": (_POUND * 2240, False), "LTON": (_POUND * 2240, False), "brton": (_POUND * 2240, False),
    },
    {
        "m": (1.0, True), "mi": (1609.344, False), "Nmi": (1852.0, False), "in": (_INCH, False), "ft": (0.3048, False),
        "yd": (0.9144, False), "ang": (1e-10, True), "ell": (1.143, False), "ly": (_LIGHT_YEAR, True),
        "parsec": (3.08567758128155e16, True), "pc": (3.08567758128155e16, True), "Picapt": (_PICA, False),
        "Pica": (_PICA, False), "pica": (_INCH / 6, False), "survey_mi": (1609.3472186944375, False),
    },
    {
        "yr": (31557600.0, False), "day": (86400.0, False), "d": (86400.0, False), "hr": (3600.0, False),
        "mn": (60.0, False), "min": (60.0, False), "sec": (1.0, True), "s": (1.0, True),
    },
    {
        "Pa": (1.0, True), "p": (1.0, True), "atm": (101325.0, True), "at": (101325.0, True),
        "mmHg": (133.322, True), "psi": (6894.757293168362, False), "Torr": (101325 / 760, False),
    },
    {"N": (1.0, True), "dyn": (1e-5, True), "dy": (1e-5, True), "lbf": (4.4482216152605, False),
     "pond": (9.80665e-3, True)},
    {
        "J": (1.0, True), "e": (1e-7, True), "c": (4.184, True), "cal": (4.1868, True), "eV": (1.602176487e-19, True),
        "ev": (1.602176487e-19, True), "HPh": (2684519.537696173, False), "hh": (2684519.537696173, False),
        "Wh": (3600.0, True), "wh": (3600.0, True), "flb": (1.3558179483314, False), "BTU": (1055.05585262, False),
        "btu": (1055.05585262, False),
    },
    {"HP": (745.6998715822702, False), "h": (745.6998715822702, False), "PS": (735.49875, False), "W": (1.0, True),
     "w": (1.0, True)},
    {"T": (1.0, True), "ga": (1e-4, True)},
    {
        "tsp": (_GALLON / 768, False), "tspm": (0.005, False), "tbs": (_GALLON / 256, False),
        "oz": (_GALLON / 128, False),
        "cup": (_GALLON / 16, False), "pt": (_GALLON / 8, False), "us_pt": (_GALLON / 8, False),
        "uk_pt": (_UK_GALLON / 8, True), "qt": (_GALLON / 4, False), "uk_qt": (_UK_GALLON / 4, False),
        "gal": (_GALLON, False), "uk_gal": (_UK_GALLON, False), "l": (1.0, True), "L": (1.0, True), "lt": (1.0, True),
        "ang3": (1e-27, True), "ang^3": (1e-27, True), "barrel": (_GALLON * 42, False),
        "bushel": (35.23907016688, False), "ft3": (28.316846592, False), "ft^3": (28.316846592, False),
        "in3": (0.016387064, False), "in^3": (0.016387064, False), "ly3": (_LIGHT_YEAR**3 * 1000, False),
        "ly^3": (_LIGHT_YEAR**3 * 1000, False), "m3": (1000.0, True), "m^3": (1000.0, True),
        "mi3": (1609.344**3 * 1000, False), "mi^3": (1609.344**3 * 1000, False), "yd3": (0.9144**3 * 1000, False),
        "yd^3": (0.9144**3 * 1000, False), "Nmi3": (1852.0**3 * 1000, False), "Nmi^3": (1852.0**3 * 1000, False),
        "Picapt3": (_PICA**3 * 1000, False), "Picapt^3": (_PICA**3 * 1000, False), "Pica3": (_PICA**3 * 1000, False),
        "Pica^3": (_PICA**3 * 1000, False), "GRT": (2831.6846592, False), "regton": (2831.6846592, False),
        "MTON": (1132.67386368, False),
    },
    {
        "uk_acre": (4046.8564224, False), "us_acre": (4046.8726098742518, False), "ang2": (1e-20, True),
        "ang^2": (1e-20, True), "ar": (100.0, True), "ft2": (0.09290304, False), "ft^2": (0.09290304, False),
        "ha": (10000.0, False), "in2": (_INCH**2, False), "in^2": (_INCH**2, False), "ly2": (_LIGHT_YEAR**2, False),
        "ly^2": (_LIGHT_YEAR**2, False), "m2": (1.0, True), "m^2": (1.0, True), "Morgen": (2500.0, False),
        "mi2": (1609.344**2, False), "mi^2": (1609.344**2, False), "Nmi2": (1852.0**2, False),
        "Nmi^2": (1852.0**2, False), "Picapt2": (_PICA**2, False), "Pica2": (_PICA**2, False),
        "Pica^2": (_PICA**2, False), "Picapt^2": (_PICA**2, False), "yd2": (0.9144**2, False),
        "yd^2": (0.9144**2, False),
    },
    {"bit": (1.0, True), "byte": (8.0, True)},
    {
        "admkn": (0.514773333333333, False), "kn": (1852 / 3600, False), "m/h": (1 / 3600, True),
        "m/hr": (1 / 3600, True),
        "m/s": (1.0, True), "m/sec": (1.0, True), "mph": (0.44704, True),
    },
)  # fmt: skip
_PREFIXES = {
    "Y": 1e24, "Z": 1e21, "E": 1e18, "P": 1e15, "T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "h": 1e2, "da": 1e1, "e": 1e1,
    "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15, "a": 1e-18, "z": 1e-21, "y": 1e-24,
}  # fmt: skip
_BINARY = {
    "Yi": 2.0**80, "Zi": 2.0**70, "Ei": 2.0**60, "Pi": 2.0**50, "Ti": 2.0**40, "Gi": 2.0**30, "Mi": 2.0**20,
    "ki": 2.0**10,
}  # fmt: skip
_POWERS = {"m2": 2, "m^2": 2, "m3": 3, "m^3": 3, "ang2": 2, "ang^2": 2, "ang3": 3, "ang^3": 3}


def _factors(unit: str) -> dict[int, float]:
    """The quantities that a unit may measure, and how large it is; `pc` is a parsec or a part of a calorie."""
    found: dict[int, float] = {}
    for number, units in enumerate(_QUANTITIES):
        if unit in units:
            found[number] = units[unit][0]
            continue
        for size in (2, 1):
            prefix, rest = unit[:size], unit[size:]
            if rest not in units or not units[rest][1]:
                continue
            if prefix in _BINARY and "bit" in units:
                found.setdefault(number, _BINARY[prefix] * units[rest][0])
            elif prefix in _PREFIXES:
                found.setdefault(number, float(_PREFIXES[prefix] ** _POWERS.get(rest, 1)) * units[rest][0])
    return found


def _kelvin(number: float, unit: str) -> float | None:
    """A temperature in kelvin; None where it is none."""
    match unit:
        case "C" | "cel":
            return number + 273.15
        case "F" | "fah":
            return (number + 459.67) / 1.8
        case "Rank":
            return number / 1.8
        case "Reau":
            return number * 1.25 + 273.15
    for size in (0, 1, 2):
        if unit[size:] in ("K", "kel") and (not size or unit[:size] in _PREFIXES):
            return number * (_PREFIXES[unit[:size]] if size else 1.0)
    return None


def _from_kelvin(number: float, unit: str) -> float:
    match unit:
        case "C" | "cel":
            return number - 273.15
        case "F" | "fah":
            return number * 1.8 - 459.67
        case "Rank":
            return number * 1.8
        case "Reau":
            return (number - 273.15) * 0.8
    return number / (_kelvin(1.0, unit) or 1.0)


def converted_unit(number: float, source: str, target: str) -> float:
    """Return a measure in another unit of the same quantity.

    >>> converted_unit(1.0, "lbm", "kg"), converted_unit(68.0, "F", "C")
    (0.45359237, 20.0)

    Raises
    ------
    Fault
        #N/A where there is no such unit, or it measures something else.
    """
    kelvin = _kelvin(number, source)
    if kelvin is not None and _kelvin(0.0, target) is not None:
        if {source, target} <= {"C", "cel", "F", "fah"} and source[0].upper() != target[0].upper():
            return (number - 32) / 1.8 if source[0].upper() == "F" else number * 1.8 + 32
        return number if source == target else _from_kelvin(kelvin, target)
    one, two = _factors(source), _factors(target)
    quantity = next((found for found in one if found in two), None)
    if quantity is None:
        raise Fault(NA)
    return number * one[quantity] / two[quantity]
