"""Reads events as the world does, and alerts independently of us; says how they differ.

Usage: read_events.py EVENTS_DIR SAMPLES_DIR REFERENCE_DIR
One JSON object: {"events": [{"ivorn", "valid", "dRaArcsec", "dDecArcsec", "dTimeS", "errorDeg"}], "unmatched": [...]}
Position and time of an alert come from fastavro and astropy; those of an event from voevent-parse and lxml.
"""
import glob
import json
import math
import os
import struct
import sys
import io

import collections
import collections.abc

collections.Iterable = collections.abc.Iterable  # voevent-parse 1.0.3 predates Python 3.10

import fastavro
import voeventparse
from astropy.time import Time
from lxml import etree

events_dir, samples_dir, reference_dir = sys.argv[1:4]
xsd = etree.XMLSchema(etree.parse(os.path.join(reference_dir, "xsd", "VOEvent-v2.0.xsd")))
order = ["diaSource", "diaForcedSource", "diaNondetectionLimit", "diaObject", "ssObject", "ssSource", "MPCORB", "mpc_orbits", "alert"]


def lsst_schema(schema_id):
    major, minor = divmod(schema_id, 100)
    folder = os.path.join(reference_dir, "avro", "lsst", f"v{major}_{minor}")
    named = {}
    parsed = None
    for name in order:
        path = os.path.join(folder, f"lsst.v{major}_{minor}.{name}.avsc")
        if os.path.exists(path):
            with open(path) as file:
                parsed = fastavro.parse_schema(json.load(file), named_schemas=named)
    return parsed


schemas = {}
alerts = {}
for path in sorted(glob.glob(os.path.join(samples_dir, "lsst", "*", "*.avro-wire"))):
    with open(path, "rb") as file:
        data = file.read()
    schema_id = struct.unpack(">I", data[1:5])[0]
    if schema_id < 800:
        continue
    if schema_id not in schemas:
        schemas[schema_id] = lsst_schema(schema_id)
    alert = fastavro.schemaless_reader(io.BytesIO(data[5:]), schemas[schema_id], None)
    source = alert["diaSource"]
    # (wire-ids hold one id with several contents: any of them may be the event's)
    alerts.setdefault(("lsst", str(alert["diaSourceId"])), []).append(
        (source["ra"], source["dec"], Time(source["midpointMjdTai"], format="mjd", scale="tai").utc)
    )
for path in sorted(glob.glob(os.path.join(samples_dir, "ztf", "*", "*.avro"))):
    with open(path, "rb") as file:
        for alert in fastavro.reader(file):
            candidate = alert["candidate"]
            middle = candidate["jd"] + (candidate.get("exptime") or 30.0) / 2 / 86400
            alerts.setdefault(("ztf", str(alert["candid"])), []).append((candidate["ra"], candidate["dec"], Time(middle, format="jd", scale="utc")))

events, unmatched = [], []
for path in sorted(glob.glob(os.path.join(events_dir, "*"))):
    with open(path, "rb") as file:
        raw = file.read()
    packet = voeventparse.loads(raw)
    ivorn = packet.attrib["ivorn"]
    position = voeventparse.get_event_position(packet)
    time = voeventparse.get_event_time_as_utc(packet)
    local = ivorn.split("#")[1]
    candidates = [value for (survey, identifier), values in alerts.items() if identifier == local for value in values]
    if not candidates:
        unmatched.append(ivorn)
        continue

    def difference(alert):
        ra, dec, when = alert
        return (
            (position.ra - ra) * math.cos(math.radians(dec)) * 3600,
            (position.dec - dec) * 3600,
            (Time(time, scale="utc") - when).sec,
        )

    best = min((difference(alert) for alert in candidates), key=lambda d: abs(d[0]) + abs(d[1]) + abs(d[2]))
    events.append(
        {
            "ivorn": ivorn,
            "valid": xsd.validate(etree.fromstring(raw)) and voeventparse.valid_as_v2_0(packet),
            "dRaArcsec": best[0],
            "dDecArcsec": best[1],
            "dTimeS": best[2],
            "errorDeg": position.err,
        }
    )
print(json.dumps({"events": events, "unmatched": unmatched}))
