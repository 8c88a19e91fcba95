"""chDB (ClickHouse as a library): the same columns into a MergeTree, one row an event.

Run as: chdb_mergetree.py LOGS FOLDER
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

PLAIN = "LowCardinality(String)"
IDENTITY = """Tuple(type String, principalId String, arn String, accountId String,
    accessKeyId String, userName String, invokedBy String, sessionContext String)"""
COLUMNS = {
    "eventVersion": PLAIN,
    "eventTime": "DateTime",
    "eventSource": PLAIN,
    "eventName": PLAIN,
    "awsRegion": PLAIN,
    "sourceIPAddress": "String",
    "userAgent": "String",
    "errorCode": "String",
    "errorMessage": "String",
    "requestID": "String",
    "eventID": "String",
    "sharedEventID": "String",
    "readOnly": "Bool",
    "eventType": PLAIN,
    "recipientAccountId": PLAIN,
    "userIdentity": IDENTITY,
    "requestParameters": "String",
    "responseElements": "String",
    "additionalEventData": "String",
    "resources": "String",
}

CREATE = "create table logs.events ({}) engine = MergeTree order by eventTime"
LOAD = """
insert into logs.events
select {} from file('{}/**/*.json.gz', 'JSONEachRow', 'Records Array(Tuple({}))')
array join Records as r
settings date_time_input_format = 'best_effort', input_format_skip_unknown_fields = 1,
    input_format_json_ignore_unknown_keys_in_named_tuple = 1, input_format_null_as_default = 1,
    input_format_json_read_objects_as_strings = 1, input_format_json_read_arrays_as_strings = 1
"""


def main(logs: str, folder: str) -> None:
    session = import_module("chdb.session").Session(folder)
    session.query("create database if not exists logs engine = Atomic")
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    picked = ", ".join(f"tupleElement(r, '{name}')" for name in COLUMNS)
    session.query(CREATE.format(columns))
    session.query(LOAD.format(picked, logs, columns))
    count = int(str(session.query("select count() from logs.events", "CSV")))
    session.close()
    sys.stdout.write(json.dumps({"events": count}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
