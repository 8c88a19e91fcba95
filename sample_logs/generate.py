"""Write the sample logs: one invented week of an invented organisation.

Usage: python sample_logs/generate.py [--out DIR]
The records follow from this folder's source alone: no clock, no chance, no network.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import shutil
from collections import defaultdict
from pathlib import Path

from background import ordinary_week
from expected import Question, Questions
from identities import JsonObject, stream
from organisation import ORGANISATION_ID
from records import Trail
from stories import STORIES

HERE = Path(__file__).resolve().parent
FILE_NAME_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def sample_week() -> tuple[Trail, list[Question]]:
    """All records, and the questions they answer."""
    trail = Trail()
    asked: list[Question] = []
    for story in STORIES:
        trail.begin(story.__name__)
        questions = Questions(story.__name__)
        story(trail, questions)
        asked += questions.asked
    ordinary_week(trail)
    return trail, asked


def log_file_path(records: list[JsonObject], delivery: str) -> str:
    """Where an organisation trail puts such a file; its time is the newest event's."""
    account, region = records[0]["recipientAccountId"], records[0]["awsRegion"]
    newest = max(record["eventTime"] for record in records)
    day, clock = newest[:10], newest[11:16].replace(":", "")
    draw = stream(f"file {account} {region} {day} {delivery}")
    unique = "".join(draw.choice(FILE_NAME_LETTERS) for _ in range(16))
    name = f"{account}_CloudTrail_{region}_{day.replace('-', '')}T{clock}Z_{unique}.json.gz"
    folder = f"AWSLogs/{ORGANISATION_ID}/{account}/CloudTrail/{region}"
    return f"{folder}/{day.replace('-', '/')}/{name}"


def log_files(records: list[JsonObject], delivery: str) -> dict[str, list[JsonObject]]:
    """The records as files: one per account, Region and day, each in order of time."""
    groups: defaultdict[tuple[str, str, str], list[JsonObject]] = defaultdict(list)
    for record in sorted(records, key=lambda r: (r["eventTime"], r["eventID"])):
        day = record["eventTime"][:10]
        groups[record["recipientAccountId"], record["awsRegion"], day].append(record)
    return {log_file_path(group, delivery): group for group in groups.values()}


def compressed(records: list[JsonObject]) -> bytes:
    """One log file as CloudTrail writes it, gzipped without a name or a time of its own."""
    text = json.dumps({"Records": records}, separators=(",", ":"), ensure_ascii=False)
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(text.encode())
    return buffer.getvalue()


def write_sample_logs(out: Path) -> None:
    """Rewrite ``AWSLogs/`` and ``answers.json`` below ``out``."""
    trail, asked = sample_week()
    shutil.rmtree(out / "AWSLogs", ignore_errors=True)
    files = log_files(trail.records, "first") | log_files(trail.redelivered, "again")
    for path, records in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(compressed(records))
    answers = [question.as_json() for question in asked]
    (out / "answers.json").write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and write the files."""
    parser = argparse.ArgumentParser(description="Write the sample logs.")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    write_sample_logs(parser.parse_args().out)


if __name__ == "__main__":
    main()
