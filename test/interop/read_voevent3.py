"""Reads and writes VOEvents of the draft with fastavro and the published schema alone.

Tasks come as JSON lines: {"schema", "form", "file", "sets"?} to read, {"schema", "rewrite", "to", "codec"} to copy a
container. What was read goes back as JSON, each value with its type, so that nothing is lost on the way.
"""

import functools
import hashlib
import io
import json
import math
import sys

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form


def portable(value):
    if isinstance(value, dict):
        return {name: portable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [portable(each) for each in value]
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if math.isnan(value):
        return {"float": "NaN"}
    return {"float": value.hex() if math.isfinite(value) else str(value)}


def canonical(value):
    """RFC 8785 of the definitions: keys in order, no white space, nothing that is absent or empty."""
    if isinstance(value, list):
        return "[" + ",".join(canonical(each) for each in value) + "]"
    if isinstance(value, dict):
        said = {name: each for name, each in value.items() if each is not None and each != []}
        return "{" + ",".join(f'"{name}":{canonical(said[name])}' for name in sorted(said)) + "}"
    return json.dumps(value, ensure_ascii=False)


def set_id(params):
    return hashlib.sha256(canonical(params).encode("utf-8")).digest()


def resolve(part, sets):
    """Puts each value beside its definition."""
    if isinstance(part, list):
        return [resolve(each, sets) for each in part]
    if not isinstance(part, dict):
        return part
    if "paramSet" in part:
        definitions = sets[part["paramSet"]]
        assert len(definitions) == len(part["values"])
        params = [{"definition": one, "value": value} for one, value in zip(definitions, part["values"])]
        for linked in part["references"]:
            params[linked["index"]]["references"] = linked["references"]
        return params
    return {
        name: sets[each] if name == "fields" and each is not None else resolve(each, sets)
        for name, each in part.items()
    }


def event_of(record, given):
    sets = dict(given)
    for each in record.pop("paramSets"):
        assert set_id(each["params"]) == each["id"], "the id of a ParamSet is the hash of its content"
        sets[each["id"]] = each["params"]
    return portable(resolve(record, sets))


@functools.cache
def schema_of(path):
    """Parsed, and the fingerprint that single objects have."""
    with open(path, encoding="utf-8") as text:
        schema = json.load(text)
    return fastavro.parse_schema(schema), fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO")


@functools.cache
def sets_of(path):
    with open(path, "rb") as stream:
        return {each["id"]: each["params"] for record in fastavro.reader(stream) for each in record["paramSets"]}


def read(task):
    parsed, mark = schema_of(task["schema"])
    given = {}
    for path in task.get("sets", []):
        given.update(sets_of(path))
    with open(task["file"], "rb") as stream:
        if task["form"] == "container":
            # The schema of the file itself, without the published one.
            return [event_of(record, given) for record in fastavro.reader(stream)]
        data = stream.read()
    if task["form"] == "single-object":
        assert data[:2] == b"\xc3\x01"
        assert data[2:10].hex() == mark
        data = data[10:]
    elif task["form"] == "confluent":
        assert data[0] == 0
        data = data[5:]
    stream = io.BytesIO(data)
    record = fastavro.schemaless_reader(stream, parsed)
    assert stream.read() == b"", "bytes are left over"
    return [event_of(record, given)]


for line in sys.stdin:
    task = json.loads(line)
    if "rewrite" in task:
        with open(task["rewrite"], "rb") as stream:
            records = list(fastavro.reader(stream, return_record_name=True))
        with open(task["to"], "wb") as stream:
            fastavro.writer(stream, schema_of(task["schema"])[0], records, codec=task["codec"])
        print(json.dumps([]))
    else:
        print(json.dumps(read(task)))
