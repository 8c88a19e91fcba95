"""A real cluster that loses a worker. Run as: python -m benchmarks.lake.cluster LOGS…

Starts a standalone master and two workers, each a JVM of its own on this machine, from the PySpark wheel;
builds a lake on them, and kills one worker with its executor while the job runs. Builds the same lake with
`local[2]`, and compares what is in both; ends with 1 if anything differs. Needs Java 17.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from threading import Timer

import trailtrace

from .roads import TABLES, hashes

LOOPBACK = "127.0.0.1"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lake.cluster", description=__doc__)
    parser.add_argument("logs", nargs="+")
    parser.add_argument(
        "--kill-at", default="telling copies apart", help="what is said when a worker is to die"
    )
    parser.add_argument("--after", type=float, default=3.0, help="seconds later")
    given = parser.parse_args()
    os.environ |= {"SPARK_LOCAL_IP": LOOPBACK, "PYSPARK_PYTHON": sys.executable}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        work = Path(folder)
        port = _free_port()
        master = f"spark://{LOOPBACK}:{port}"
        _start(running, work / "master", "master.Master", "--host", LOOPBACK, "--port", str(port))
        _wait_for(port)
        workers = [
            _start(
                running,
                work / f"worker{number}",
                "worker.Worker",
                *("--host", LOOPBACK, "--cores", "1", "--memory", "1536m"),
                *("--work-dir", str(work / f"executors{number}"), master),
            )
            for number in (1, 2)
        ]
        killed: list[float] = []
        started = time.perf_counter()

        def kill() -> None:
            os.killpg(workers[1].pid, signal.SIGKILL)
            killed.append(time.perf_counter() - started)

        def told(text: str) -> None:
            print(f"{time.perf_counter() - started:7.1f} s {text}", flush=True)
            if text == given.kill_at:
                Timer(given.after, kill).start()

        trailtrace.build_lake(given.logs, work / "cluster", master=master, told=told)
        ended = time.perf_counter() - started
        assert killed, "no worker was killed: see --kill-at"
        assert workers[1].poll() is not None
        print(f"{ended:7.1f} s built; a worker was killed after {killed[0]:.1f} s")
        trailtrace.build_lake(given.logs, work / "local", master="local[2]")
        same = True
        with trailtrace.open(work / "cluster") as first, trailtrace.open(work / "local") as second:
            for table in TABLES:
                there, here = hashes(first, table), hashes(second, table)
                same = same and there == here
                print(f"{table:20} {sum(here.values()):10,} {'same' if there == here else 'DIFFERENT'}")
    raise SystemExit(int(not same))


def _start(running: ExitStack, log: Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A part of a cluster, in a process group of its own, which is ended with the block."""
    import pyspark

    spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
    command = [str(spark_class), f"org.apache.spark.deploy.{name}", "--webui-port", "0", *arguments]
    process = subprocess.Popen(
        command,
        start_new_session=True,
        stdout=running.enter_context(log.open("wb")),
        stderr=subprocess.STDOUT,
    )

    def end() -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    running.callback(end)
    return process


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return int(free.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as asked:
            if asked.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit("the master does not answer")


if __name__ == "__main__":
    main()
