"""Holds JSON documents, one a line, against a JSON Schema: a line for each, empty where it is valid, else why not."""

import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)

for line in sys.stdin.buffer:
    error = next(validator.iter_errors(json.loads(line)), None)
    reason = "" if error is None else f"{error.json_path}: {error.message[:200]}"
    sys.stdout.write(json.dumps(reason) + "\n")
