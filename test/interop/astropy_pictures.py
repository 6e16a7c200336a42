"""What astropy says of FITS images.

One JSON value a line in, one out:
{"fits": BASE64}  -> {"shape": [ROWS, COLUMNS], "pixels": BASE64 of little-endian float32, "zscale": [LOW, HIGH] or null,
                      "asinh": BASE64 of float32 between those limits or null,
                      "north": [X, Y], "east": [X, Y] in pixels, "arcsecPerPixel": NUMBER; null without coordinates}
"""
import base64
import io
import json
import sys
import warnings

import numpy as np
from astropy.io import fits
from astropy.visualization import AsinhStretch, ZScaleInterval
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_area

warnings.simplefilter("ignore")


def encoded(values):
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()


def direction(wcs, place, other):
    x, y = wcs.world_to_pixel_values(*other)
    dx, dy = x - place[0], y - place[1]
    length = np.hypot(dx, dy)
    return [float(dx / length), float(dy / length)]


def orientation(header):
    if not any(key in header for key in ("PC1_1", "CD1_1", "CDELT1")):
        return {"north": None, "east": None, "arcsecPerPixel": None}
    header = header.copy()
    # LSST's cutouts name no projection; theirs is the tangent plane.
    for axis, name in ((1, "RA---TAN"), (2, "DEC--TAN")):
        if f"CTYPE{axis}" not in header:
            header[f"CTYPE{axis}"] = name
        header[f"CUNIT{axis}"] = "deg"
    wcs = WCS(header)
    lng, lat = wcs.wcs.lng, wcs.wcs.lat
    place = (wcs.wcs.crpix[0] - 1, wcs.wcs.crpix[1] - 1)

    def beside(axis, step):
        world = list(wcs.wcs.crval)
        world[axis] += step
        return world

    step = 1e-6
    return {
        "north": direction(wcs, place, beside(lat, step)),
        "east": direction(wcs, place, beside(lng, step / np.cos(np.radians(wcs.wcs.crval[lat])))),
        "arcsecPerPixel": float(np.sqrt(proj_plane_pixel_area(wcs)) * 3600),
    }


for line in sys.stdin:
    data = base64.b64decode(json.loads(line)["fits"])
    with fits.open(io.BytesIO(data)) as hdus:
        hdu = next(hdu for hdu in hdus if hdu.is_image and hdu.data is not None and hdu.data.ndim == 2)
        pixels = np.asarray(hdu.data, dtype="f4")
        answer = {"shape": list(pixels.shape), "pixels": encoded(pixels), "zscale": None, "asinh": None}
        if np.isfinite(pixels).any():
            low, high = (float(value) for value in ZScaleInterval().get_limits(pixels))
            answer["zscale"] = [low, high]
            if high > low:
                scaled = np.clip((pixels.astype("f8") - low) / (high - low), 0, 1)
                answer["asinh"] = encoded(AsinhStretch(0.1)(scaled))
        answer.update(orientation(hdu.header))
    print(json.dumps(answer))
