"""Write the events of one folder of logs again in other files: very many small ones, or one that is huge.

Run as: python benchmarks/shapes.py DIR --out DIR2 --as {small,ndjson,object} [--records 5] [--events N]

`small` writes trail files of a few records each, `ndjson` one file with a record a line, `object` one trail
file, all uncompressed but the small ones, which are gzip as a trail delivers them.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

RECORDS = msgspec.json.Decoder(dict[str, list[msgspec.Raw]])
FOLDER = 1_000
"""Small files of one folder."""


def records(logs: Path) -> Iterator[bytes]:
    """The records of trail files, as they stand there."""
    for path in sorted(logs.rglob("*.json.gz")):
        for record in RECORDS.decode(gzip.decompress(path.read_bytes()))["Records"]:
            yield bytes(record)


def small(texts: Iterator[bytes], out: Path, each: int) -> int:
    """Files of `each` records; returns how many."""
    number = 0
    while some := list(islice(texts, each)):
        folder = out / f"{number // FOLDER:04}"
        folder.mkdir(parents=True, exist_ok=True)
        content = b'{"Records":[' + b",".join(some) + b"]}"
        (folder / f"{number:07}.json.gz").write_bytes(gzip.compress(content, 1, mtime=0))
        number += 1
    return number


def main() -> None:
    parser = argparse.ArgumentParser(description="Write logs again in other files.")
    parser.add_argument("logs", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--as", dest="shape", choices=["small", "ndjson", "object"], required=True)
    parser.add_argument("--records", type=int, default=5, help="records of a small file")
    parser.add_argument("--events", type=int, help="only the first of them")
    given = parser.parse_args()
    texts = islice(records(given.logs), given.events)
    given.out.mkdir(parents=True)
    if given.shape == "small":
        print(f"{small(texts, given.out, given.records):,} files")
        return
    with (given.out / f"all.{'json' if given.shape == 'object' else 'ndjson'}").open("wb") as file:
        if given.shape == "ndjson":
            file.writelines(text + b"\n" for text in texts)
        else:
            file.write(b'{"Records":[' + b",".join(texts) + b"]}")
        print(f"{file.tell() / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
