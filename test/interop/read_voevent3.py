"""Reads and writes VOEvents of the draft by docs/voevent-3/voevent3_avro.py, the reader that the note offers.

Tasks come as JSON lines: {"schema", "form", "file", "sets"?} to read, {"schema", "rewrite", "to", "codec"} to copy a
container. What was read goes back as JSON, each value with its type, so that nothing is lost on the way.
"""

import functools
import json
import math
import pathlib
import sys

import fastavro

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "docs" / "voevent-3"))
sys.dont_write_bytecode = True
import voevent3_avro  # noqa: E402


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


schema_of = functools.cache(voevent3_avro.Schema)


@functools.cache
def sets_of(path):
    sets = {}
    for _ in voevent3_avro.read_container(path, sets):
        pass
    return sets


def read(task):
    sets = dict(sets_of(task["sets"])) if "sets" in task else {}
    if task["form"] == "container":
        return list(voevent3_avro.read_container(task["file"], sets))
    with open(task["file"], "rb") as stream:
        data = stream.read()
    reader = getattr(voevent3_avro, "read_" + task["form"])
    return [reader(data, schema_of(task["schema"]), sets)]


def rewrite(task):
    with open(task["rewrite"], "rb") as stream:
        records = list(fastavro.reader(stream, return_record_name=True))
    with open(task["to"], "wb") as stream:
        fastavro.writer(stream, schema_of(task["schema"]).parsed, records, codec=task["codec"])


for line in sys.stdin:
    task = json.loads(line)
    if "rewrite" in task:
        rewrite(task)
        print("[]")
    elif task.get("fails"):
        try:
            read(task)
        except (KeyError, ValueError) as error:
            print(json.dumps([type(error).__name__]))
        else:
            print("[]")
    else:
        print(json.dumps(portable(read(task))))
