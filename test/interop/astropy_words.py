"""What astropy says of UCDs and VOUnits.

One JSON value a line in, one out:
"words"                   -> [[code, word], ...], the list of UCD1+ words that astropy carries
{"ucd": TEXT}             -> {"plain": bool, "colon": bool}: valid without and with namespaces
{"unit": TEXT, "as": {"scale": S, "factors": [[SYMBOL, NUMERATOR, DENOMINATOR], ...]} or null}
                          -> {"verdict": "known" | "deprecated" | "unknown" | "refused", "equal": bool or null}
"""
import json
import sys
import warnings
from fractions import Fraction

import numpy as np
from astropy import units
from astropy.io.votable import ucd
from astropy.units.format import VOUnit
from astropy.utils import data


def words():
    with data.get_pkg_data_fileobj("data/ucd1p-words.txt", package="astropy.io.votable", encoding="ascii") as file:
        rows = [line.split("|") for line in file if not line.startswith("#")]
    return [[code.strip(), word.strip()] for code, word, _ in rows]


def parse(text):
    # The format's own parser tells unknown units from malformed text; Unit(parse_strict="raise") refuses both.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        unit = VOUnit.parse(text)
    messages = [str(each.message) for each in caught]
    found = "known"
    if any("not supported by the VOUnit standard" in message for message in messages):
        found = "unknown"
    elif any("deprecated" in message for message in messages):
        found = "deprecated"
    assert messages == [] or found != "known", messages
    return unit, found


def strict(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            units.Unit(text, format="vounit", parse_strict="raise")
            return True
        except ValueError:
            return False


def verdict(text, structure):
    try:
        unit, found = parse(text)
    except (ValueError, units.UnitsError, TypeError, KeyError, OverflowError, ZeroDivisionError):
        return {"verdict": "refused", "equal": None}
    assert strict(text) == (found in ("known", "deprecated")), text
    if structure is None or unit is None:
        return {"verdict": found, "equal": None}
    built = structure["scale"] * units.dimensionless_unscaled
    for symbol, numerator, denominator in structure["factors"]:
        built = built * parse(symbol)[0] ** Fraction(numerator, denominator)
    ratio = (unit / units.Unit(built)).decompose()
    return {"verdict": found, "equal": bool(not ratio.bases and np.isclose(ratio.scale, 1, rtol=1e-12))}


for line in sys.stdin:
    task = json.loads(line)
    if task == "words":
        answer = words()
    elif "ucd" in task:
        check = lambda colon: ucd.check_ucd(task["ucd"], check_controlled_vocabulary=True, has_colon=colon)
        answer = {"plain": check(False), "colon": check(True)}
    else:
        answer = verdict(task["unit"], task["as"])
    print(json.dumps(answer))
