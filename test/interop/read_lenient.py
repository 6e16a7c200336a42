"""Reads packets as the world's Python readers do: voevent-parse where it takes them, else a plain walk with lxml.

Usage: read_lenient.py DIR
One JSON object, by path relative to DIR: {"by", "ivorn", "positions", "times", "params", "groups"}, or null for what is
not well-formed. `by` says who loaded the packet. Each answer is {"by": "voevent-parse" | "lxml", "is": ...}; positions
and times are lists of them, one an ObsDataLocation, with null for what is not there.
"""
import collections
import collections.abc
import glob
import json
import os
import sys
from datetime import datetime, timezone

collections.Iterable = collections.abc.Iterable  # voevent-parse 1.0.3 predates Python 3.10

import voeventparse
from astropy.time import Time
from lxml import etree

folder = sys.argv[1]


def children(element, *names):
    """Descends by local names; all elements that are found."""
    found = [element] if element is not None else []
    for name in names:
        found = [child for each in found for child in each if isinstance(child.tag, str) and etree.QName(child).localname == name]
    return found


def child(element, *names):
    found = children(element, *names)
    return found[0] if found else None


def text(element, *names):
    found = child(element, *names)
    return None if found is None else "".join(found.itertext()).strip()


def number(written):
    try:
        return None if written is None else float(written)
    except ValueError:
        return None


def finite(value):
    return value if value is not None and value == value else None


def parse(raw):
    """The root. Prose before the declaration or the root is cut off; anything else that is not well-formed is refused."""
    start = 0 if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else max(raw.find(b"<?xml"), 0) or max(raw.find(b"<"), 0)
    try:
        return etree.fromstring(raw[start:], etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return None


def position_by_lxml(location):
    coords = child(location, "ObservationLocation", "AstroCoords")
    system = child(location, "ObservationLocation", "AstroCoordSystem")
    position = child(coords, "Position2D")
    ra, dec = number(text(position, "Value2", "C1")), number(text(position, "Value2", "C2"))
    if ra is None or dec is None:
        return None
    named = system.get("id") if system is not None else None
    return {
        "ra": ra,
        "dec": dec,
        "err": finite(number(text(position, "Error2Radius"))),
        "units": position.get("unit"),
        "system": named if named is not None else coords.get("coord_system_id"),
    }


def time_by_lxml(location):
    written = text(location, "ObservationLocation", "AstroCoords", "Time", "TimeInstant", "ISOTime")
    if not written:
        return None
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        return {"written": written, "utc": None}
    coords = child(location, "ObservationLocation", "AstroCoords")
    if "TDB" in (coords.get("coord_system_id") or "").split("-"):
        return {"written": written, "utc": Time(when, scale="tdb").utc.to_datetime().isoformat(timespec="microseconds")}
    return {"written": written, "utc": in_utc(when)}


def in_utc(when):
    if when.tzinfo is not None:
        when = when.astimezone(timezone.utc).replace(tzinfo=None)
    return when.isoformat(timespec="microseconds")


def completed(attributes, element):
    """A Param's attributes, and the Value element that some write instead of the attribute (voevent-parse gives none)."""
    kept = dict(attributes)
    if "value" not in kept and child(element, "Value") is not None:
        kept["Value"] = "".join(child(element, "Value").itertext())
    return kept


def attributes(element):
    return completed({name: value for name, value in element.items() if not name.startswith("{")}, element)


def params_by_lxml(root):
    return [attributes(each) for each in children(root, "What", "Param")]


def groups_by_lxml(root):
    return [
        {"name": group.get("name"), "params": [attributes(each) for each in children(group, "Param")]}
        for group in children(root, "What", "Group")
    ]


def position_by_peer(packet, index):
    position = voeventparse.get_event_position(packet, index)
    return {
        "ra": position.ra,
        "dec": position.dec,
        "err": finite(position.err),
        "units": position.units,
        "system": position.system,
    }


def params_by_peer(packet, elements):
    params = voeventparse.get_toplevel_params(packet)
    return [completed(each, element) for (_, each), element in zip(params.allitems(), elements, strict=True)]


def groups_by_peer(packet, groups):
    return [
        {
            "name": name,
            "params": [completed(each, element) for (_, each), element in zip(group.allitems(), children(found, "Param"), strict=True)],
        }
        for (name, group), found in zip(voeventparse.get_grouped_params(packet).allitems(), groups, strict=True)
    ]


def either(peer, walk):
    """What voevent-parse says, else (it refuses, or has no answer) what the walk finds."""
    try:
        found = peer()
        if found is not None:
            return {"by": "voevent-parse", "is": found}
    except (ValueError, AttributeError, AssertionError, KeyError, IndexError, TypeError, NotImplementedError):
        pass
    return {"by": "lxml", "is": walk()}


def refuse(*_):
    raise ValueError("not loaded")


def time_by_peer(packet, index, location):
    when = voeventparse.get_event_time_as_utc(packet, index)
    written = text(location, "ObservationLocation", "AstroCoords", "Time", "TimeInstant", "ISOTime")
    return None if when is None else {"written": written, "utc": in_utc(when)}


def reading(raw):
    root = parse(raw)
    if root is None:
        return None
    try:
        packet = voeventparse.loads(raw)
    except (ValueError, KeyError, etree.XMLSyntaxError):
        packet = None
    ask = refuse if packet is None else lambda function, *rest: function(packet, *rest)
    locations = list(enumerate(children(root, "WhereWhen", "ObsDataLocation")))
    return {
        "by": "lxml" if packet is None else "voevent-parse",
        "ivorn": root.get("ivorn").strip(),
        "positions": [either(lambda: ask(position_by_peer, i), lambda: position_by_lxml(each)) for i, each in locations],
        "times": [either(lambda: ask(time_by_peer, i, each), lambda: time_by_lxml(each)) for i, each in locations],
        "params": either(lambda: ask(params_by_peer, children(root, "What", "Param")), lambda: params_by_lxml(root)),
        "groups": either(lambda: ask(groups_by_peer, children(root, "What", "Group")), lambda: groups_by_lxml(root)),
    }


packets = {}
for path in sorted(glob.glob(os.path.join(folder, "**", "*.xml"), recursive=True)):
    with open(path, "rb") as file:
        packets[os.path.relpath(path, folder)] = reading(file.read())
print(json.dumps(packets))
