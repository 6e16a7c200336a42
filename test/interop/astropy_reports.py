"""What astropy says of the quantities that reports hold.

One JSON object a line in, one out, by its key:
{"mag": [FLUX_NJY, ERR_NJY]}   -> [magnitude, its error, the magnitude of five sigmas]
{"place": [RA, DEC]}           -> [l, b, position name with ten digits more than it shows]
{"tai": MJD}                   -> [ISO in UTC, MJD in UTC]
{"apart": [RA, DEC, RA, DEC]}  -> separation, arcsec
{"line": [[DAYS, MAG, ERR], ...]} -> [slope, its error] of the weighted straight line
{"rise": {"rows": [[BAND, DAYS, MAG, ERR], ...], "limit": [DAYS, MAG]}}
    -> [band, slope, its error, mag/d at least since the limit or 0]: of the first ten days, in the band that is longest
       there; the limit is in the band of the first row
"""
import json
import sys

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.modeling import fitting, models
from astropy.table import Table
from astropy.time import Time


def mag(flux, err):
    flux, err = flux * u.nJy, err * u.nJy
    ab = flux.to_value(u.ABmag)
    return [ab, 2.5 / np.log(10) * (err / flux).to_value(u.one), (5 * err).to_value(u.ABmag)]


def place(ra, dec):
    where = SkyCoord(ra * u.deg, dec * u.deg, frame="icrs")
    name = "J" + where.ra.to_string(u.hour, sep="", precision=12, pad=True) + where.dec.to_string(
        u.deg, sep="", precision=11, pad=True, alwayssign=True
    )
    return [where.galactic.l.deg, where.galactic.b.deg, name]


def tai(mjd):
    day = np.floor(mjd)
    time = Time(day, mjd - day, format="mjd", scale="tai", precision=6).utc
    return [time.isot, time.mjd]


def apart(ra1, dec1, ra2, dec2):
    return SkyCoord(ra1 * u.deg, dec1 * u.deg).separation(SkyCoord(ra2 * u.deg, dec2 * u.deg)).arcsec


def line(rows):
    days, mags, errs = np.array(rows).T
    fitter = fitting.LinearLSQFitter(calc_uncertainties=True)
    days = days - days.mean()
    fit = fitter(models.Linear1D(), days, mags, weights=1 / errs)
    # The errors of the fit itself, without the scatter.
    spread = np.sum((days - np.average(days, weights=errs**-2)) ** 2 / errs**2)
    return [fit.slope.value, 1 / np.sqrt(spread)]


def rise(task):
    table = Table(rows=task["rows"], names=["band", "days", "mag", "err"])
    early = table[table["days"] <= 10].group_by("band").groups
    own = max(early, key=lambda group: np.ptp(group["days"]))
    weights = 1 / np.array(own["err"])
    # The errors as they are: the covariance is not scaled by the scatter, unless that is larger.
    (slope, _), plain = np.polyfit(own["days"], own["mag"], 1, w=weights, cov="unscaled")
    residuals = (own["mag"] - np.polyval(np.polyfit(own["days"], own["mag"], 1, w=weights), own["days"])) * weights
    scale = max(1, np.sum(residuals**2) / (len(own) - 2)) if len(own) > 2 else 1
    days, depth = task["limit"]
    first = table[0]
    bound = (first["mag"] + first["err"] - depth) / (first["days"] - days)
    return [str(own["band"][0]), slope, np.sqrt(plain[0, 0] * scale), min(bound, 0)]


for text in sys.stdin:
    ((kind, value),) = json.loads(text).items()
    print(json.dumps(globals()[kind](*value) if kind in ("mag", "place", "apart") else globals()[kind](value)))
