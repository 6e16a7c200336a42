"""Reads alerts with fastavro and their cutouts with astropy, for comparison with our own decoder.

Standard input: one JSON object a line, {"file": PATH, "schema": PATH or null}. A schema means a Confluent-wire
message of one datum, none an object container. Standard output: one line for each, the decoded alert as JSON: large integers
as text, bytes as base64, NaN and infinities as text; and what the cutouts are.
"""

import base64
import io
import json
import math
import sys

import fastavro
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits


def plain_schema(schema):
    """Logical types are read as the type below them."""
    if isinstance(schema, list):
        return [plain_schema(item) for item in schema]
    if isinstance(schema, dict):
        return {key: plain_schema(value) for key, value in schema.items() if key != "logicalType"}
    return schema


def portable(value):
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**31 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, list):
        return [portable(item) for item in value]
    return {key: portable(item) for key, item in value.items()}


def cutout(data):
    with fits.open(io.BytesIO(data)) as hdus:
        hdus.verify("exception")
        return {
            "names": [hdu.name for hdu in hdus],
            "shape": list(hdus[0].data.shape),
            "unit": hdus[0].header["BUNIT"],
            "sum": float(hdus[0].data.sum()),
            "variance": float(hdus["UNCERT"].data.mean()),
            "minX": hdus[0].header["CUTMINX"],
            "crpix1": hdus[0].header["CRPIX1"],
        }


def galactic(source):
    place = SkyCoord(source["ra"] * units.deg, source["dec"] * units.deg).galactic
    return [place.l.deg, place.b.deg]


schemas = {}
for line in sys.stdin:
    task = json.loads(line)
    with open(task["file"], "rb") as stream:
        if task["schema"] is None:
            alert = next(fastavro.reader(stream))
            print(json.dumps({"alert": portable(alert)}))
            continue
        stream.read(5)
        if task["schema"] not in schemas:
            with open(task["schema"], encoding="utf-8") as text:
                schemas[task["schema"]] = fastavro.parse_schema(plain_schema(json.load(text)))
        alert = fastavro.schemaless_reader(stream, schemas[task["schema"]])
        if stream.read() != b"":
            raise ValueError("bytes are left over")
    result = {"alert": portable(alert)}
    if task.get("look"):
        result["galactic"] = galactic(alert["diaSource"])
        result["cutouts"] = [cutout(alert[name]) for name in ("cutoutDifference", "cutoutScience", "cutoutTemplate")]
    print(json.dumps(result))
