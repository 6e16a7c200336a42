"""Reads notices as a subscriber of GCN does, with the gcn-kafka client and its OIDC login, and checks each against the
schemas with jsonschema: `read_gcn.py COUNT TOPIC` with a JSON configuration of the client on standard input. One JSON line a message.
"""

import json
import pathlib
import sys

import gcn_kafka
import jsonschema
import referencing
import referencing.jsonschema

count, topic = int(sys.argv[1]), sys.argv[2]
given = json.load(sys.stdin)

schemas = {}
for path in pathlib.Path(given.pop("schemas")).rglob("*.schema.json"):
    schema = json.loads(path.read_text())
    schemas[schema["$id"]] = schema
registry = referencing.Registry().with_resources(
    [(name, referencing.jsonschema.DRAFT202012.create_resource(schema)) for name, schema in schemas.items()]
)


def faults(notice):
    schema = schemas.get(notice.get("$schema"))
    if schema is None:
        return ["no such schema"]
    validator = jsonschema.Draft202012Validator(schema, registry=registry)
    return [error.message for error in validator.iter_errors(notice)]


consumer = gcn_kafka.Consumer(given.pop("config"), **given)
consumer.subscribe([topic])
for _ in range(count):
    message = consumer.poll(60)
    if message is None:
        raise SystemExit("nothing came")
    if message.error():
        raise SystemExit(str(message.error()))
    notice = json.loads(message.value())
    print(json.dumps({"key": message.key().decode(), "faults": faults(notice), "notice": notice}))
consumer.close()
