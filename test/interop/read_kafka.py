"""Reads what the Kafka bridge wrote: `hop BROKER TOPIC` as hop-client does, `avro BROKER TOPIC REGISTRY` by
confluent-kafka and fastavro with the schema that the registry gives. One JSON line a message.
"""

import hashlib
import io
import json
import struct
import sys
import time
import urllib.request


def hop_rows(broker, topic, ignoretest):
    import hop.io
    import hop.models

    rows = []
    stream = hop.io.Stream(auth=False, start_at=hop.io.StartPosition.EARLIEST, until_eos=True)
    with stream.open(f"kafka://{broker}/{topic}", "r", ignoretest=ignoretest) as source:
        for message, metadata in source.read(metadata=True):
            event = isinstance(message, hop.models.VOEvent)
            rows.append(
                {
                    "ignoretest": ignoretest,
                    "model": type(message).__name__,
                    "ivorn": message.ivorn if event else None,
                    "role": message.role if event else None,
                    "params": len(message.What["Param"]) if event else None,
                    "content": message.content if isinstance(message, hop.models.JSONBlob) else None,
                    "sha256": hashlib.sha256(message._raw if event else b"").hexdigest(),
                    "test": hop.io.Consumer.is_test(metadata._raw),
                    "headers": {
                        name: value.hex() if name == "_id" else value.decode() for name, value in metadata.headers
                    },
                }
            )
    return rows


def by_hop(broker, topic):
    import confluent_kafka

    for ignoretest in (True, False):
        # A broker that has just started is not the coordinator of any group for a moment, and hop gives up then.
        for left in range(20, -1, -1):
            try:
                rows = hop_rows(broker, topic, ignoretest)
                break
            except confluent_kafka.KafkaException:
                if left == 0:
                    raise
                time.sleep(0.25)
        for row in rows:
            print(json.dumps(row))


def by_confluent(broker, topic, registry):
    import confluent_kafka
    import fastavro

    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": f"{topic}-avro",
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    consumer.subscribe([topic])
    schemas = {}
    while True:
        message = consumer.poll(30)
        if message is None:
            raise SystemExit("nothing came")
        if message.error():
            if message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                break
            raise SystemExit(str(message.error()))
        magic, schema_id = struct.unpack(">bI", message.value()[:5])
        if schema_id not in schemas:
            with urllib.request.urlopen(f"{registry}/schemas/ids/{schema_id}", timeout=20) as answer:
                schemas[schema_id] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
        rest = io.BytesIO(message.value()[5:])
        event = fastavro.schemaless_reader(rest, schemas[schema_id], return_record_name=True)
        print(
            json.dumps(
                {
                    "magic": magic,
                    "left": len(rest.read()),
                    "ivoid": event["ivoid"],
                    "role": event["role"],
                    "sets": len(event["paramSets"]),
                    "key": message.key().decode(),
                }
            )
        )
    consumer.close()


{"hop": by_hop, "avro": by_confluent}[sys.argv[1]](*sys.argv[2:])
