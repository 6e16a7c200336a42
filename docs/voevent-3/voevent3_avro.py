"""Reads VOEvents of the draft in Avro with fastavro and the published schema: for consumers in Python.

An event is the record as the schema has it, but each list of Params is a list of {"definition", "value"}, and the
fields of a Table are their definitions. What was read with one event's ParamSets serves the next: keep `sets`.

    schema = Schema("schemas/voevent-3/voevent-3.avsc")
    sets = {}
    for event in read_container("events.avro", sets):
        print(event["ivoid"], [(p["definition"]["name"], p["value"]) for p in event["what"]["params"] or []])
    event = read_confluent(message.value(), schema, sets)
"""

import hashlib
import io
import json

import fastavro
from fastavro.schema import fingerprint, to_parsing_canonical_form


class Schema:
    """The published schema, and the fingerprint by which single objects name it."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as text:
            schema = json.load(text)
        self.parsed = fastavro.parse_schema(schema)
        self.fingerprint = bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


def read_container(path, sets):
    """Every event of a file. The file carries its schema, and each event its ParamSets, which go into `sets`."""
    with open(path, "rb") as stream:
        for record in fastavro.reader(stream):
            yield event_of(record, sets)


def read_single_object(data, schema, sets):
    """An event behind C3 01 and the schema's fingerprint. `sets` are the ParamSets that are known, by their ids."""
    if data[:2] != b"\xc3\x01" or data[2:10] != schema.fingerprint:
        raise ValueError("no single object of this schema")
    return read_datum(data[10:], schema, sets)


def read_confluent(data, schema, sets):
    """An event behind 00 and the schema's id in a registry."""
    if data[:1] != b"\x00":
        raise ValueError("not of Confluent's wire format")
    return read_datum(data[5:], schema, sets)


def read_datum(data, schema, sets):
    stream = io.BytesIO(data)
    record = fastavro.schemaless_reader(stream, schema.parsed)
    if stream.read(1) != b"":
        raise ValueError("bytes are left over")
    return event_of(record, sets)


def event_of(record, sets):
    for each in record.pop("paramSets"):
        if each["id"] not in sets:
            if param_set_id(each["params"]) != each["id"]:
                raise ValueError("the id of a ParamSet is not the hash of its content")
            sets[each["id"]] = each["params"]
    return resolved(record, sets)


def resolved(part, sets):
    """Each value beside its definition."""
    if isinstance(part, list):
        return [resolved(each, sets) for each in part]
    if not isinstance(part, dict):
        return part
    if "paramSet" in part:
        definitions, values = sets[part["paramSet"]], part["values"]
        if len(definitions) != len(values):
            raise ValueError("a list of values does not fit its ParamSet")
        params = [{"definition": one, "value": value} for one, value in zip(definitions, values)]
        for linked in part["references"]:
            params[linked["index"]]["references"] = linked["references"]
        return params
    return {
        name: sets[each] if name == "fields" and each is not None else resolved(each, sets)
        for name, each in part.items()
    }


def param_set_id(definitions):
    """The SHA-256 of the definitions' canonical JSON (RFC 8785), absent fields and empty lists left out."""
    return hashlib.sha256(canonical(definitions).encode("utf-8")).digest()


def canonical(value):
    if isinstance(value, list):
        return "[" + ",".join(canonical(each) for each in value) + "]"
    if isinstance(value, dict):
        said = {name: each for name, each in value.items() if each is not None and each != []}
        return "{" + ",".join(f'"{name}":{canonical(said[name])}' for name in sorted(said)) + "}"
    return json.dumps(value, ensure_ascii=False)
