"""Spark on two cores: the same columns into Parquet files, each sorted by time, one row an event.

Run as: spark_parquet.py LOGS FOLDER
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

RECORD = """struct<
    eventVersion: string, eventTime: timestamp, eventSource: string, eventName: string,
    awsRegion: string, sourceIPAddress: string, userAgent: string, errorCode: string,
    errorMessage: string, requestID: string, eventID: string, sharedEventID: string,
    readOnly: boolean, eventType: string, recipientAccountId: string,
    userIdentity: struct<
        type: string, principalId: string, arn: string, accountId: string,
        accessKeyId: string, userName: string, invokedBy: string, sessionContext: string>,
    requestParameters: string, responseElements: string, additionalEventData: string,
    resources: string>"""

SETTINGS = {
    "spark.driver.memory": "4g",
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
}


def main(logs: str, folder: str) -> None:
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[2]")
    spark = builder.config(map=SETTINGS).getOrCreate()
    reader = spark.read.option("recursiveFileLookup", "true").option("pathGlobFilter", "*.json.gz")
    files = reader.option("multiLine", "true").schema(f"Records array<{RECORD}>").json(logs)
    # Within each file, as MergeTree within each part: to sort all of them, Spark would read them twice.
    events = files.selectExpr("inline(Records)").sortWithinPartitions("eventTime")
    events.write.parquet(folder)
    count = spark.read.parquet(folder).count()
    # Its JVM is a process of its own: only what was waited for is counted.
    gateway = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    sys.stdout.write(json.dumps({"events": count}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
