"""What a verification means for answers: evidence in a file that failed proves nothing."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from case_records import CaseRecords, Record
from conftest import Row, Run, trail
from report_cases import only
from signed_logs import Stored, Trail, put_keys, zipped

import trailtrace
from trailtrace import marking
from trailtrace.model import Grade
from trailtrace.verification import Integrity

LINES = [
    "09:00 user/alice assumes role/Deploy as ci-42 -> K1",
    "09:05 K1 calls s3 GetObject",
    "09:20 user/bob calls iam ListUsers",
]


@dataclass(frozen=True, slots=True)
class Signed:
    """Records, a log file each, as a trail delivered them, and a store."""

    run: Run
    case: CaseRecords
    trail: Trail
    folder: Path
    keys: Path
    store: Path

    @property
    def files(self) -> list[Stored]:
        return self.trail.logs

    def alter(self, number: int, change: Callable[[Record], None] = lambda record: None) -> None:
        """Changes the record of a file, or at least its bytes."""
        record = json.loads(json.dumps(self.case.records[number]))
        change(record)
        path = self.files[number].path(self.folder)
        path.write_bytes(zipped(trail([record]) + b" "))

    def add(self, name: str, records: Sequence[Record]) -> None:
        (self.folder / name).write_bytes(zipped(trail(records)))

    def load(self) -> None:
        trailtrace.load(self.store, [str(self.folder)])

    def verify(self) -> str:
        outcome = self.run(["verify", str(self.folder), "--keys", str(self.keys), "--store", str(self.store)])
        return outcome.stderr.splitlines()[0]

    def ask(self, target: str) -> dict[str, Any]:
        outcome = self.run(["who-did", target, "--store", str(self.store), "--format", "json"])
        [answer] = json.loads(outcome.stdout)["answers"]
        return dict(answer)

    def key(self, symbol: str) -> str:
        return str(self.case.resolve(f"<key {symbol}>"))

    def rows(self, sql: str) -> list[Row]:
        with duckdb.connect(self.store, read_only=True) as connection:
            return connection.execute(sql).fetchall()


Build = Callable[..., Signed]


@pytest.fixture
def signed(run: Run, tmp_path: Path) -> Build:
    def build(lines: Sequence[str] = LINES) -> Signed:
        case = CaseRecords(lines)
        logs = Trail()
        for record in case.records:
            logs.hour([logs.log(trail([record]))])
        folder = logs.write(tmp_path / "logs")
        return Signed(run, case, logs, folder, put_keys(tmp_path / "keys"), tmp_path / "store.duckdb")

    return build


def codes(answer: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in answer["warnings"]]


def test_evidence_in_verified_files_is_shown_as_such(signed: Build) -> None:
    logs = signed()
    logs.load()
    answer = logs.ask(logs.key("K1"))
    assert [each["integrity"] for each in answer["hops"][0]["evidence"]] == ["unchecked"]
    assert logs.verify() == f"trailtrace: {logs.store}: 6 files checked, 6 newly marked"
    answer = logs.ask(logs.key("K1"))
    assert (answer["origin"]["name"], answer["grade"], codes(answer)) == ("alice", "proof", [])
    assert [each["integrity"] for each in answer["hops"][0]["evidence"]] == ["verified"]
    text = logs.run(["who-did", logs.key("K1"), "--store", str(logs.store)]).stdout
    assert "#1 [verified]" in text


def test_a_link_by_a_record_in_a_failed_file_is_weak(signed: Build) -> None:
    logs = signed()
    logs.alter(0)
    logs.load()
    assert logs.ask(logs.key("K1"))["grade"] == "proof"
    logs.verify()
    answer = logs.ask(logs.key("K1"))
    assert (answer["origin"]["name"], answer["grade"]) == ("alice", "weak")
    assert "failed_integrity" in codes(answer)
    assert [each["integrity"] for each in answer["hops"][0]["evidence"]] == ["failed"]
    assert logs.rows("select distinct grade from links where rule = 'L01'") == [("weak",)]


def test_a_forged_caller_is_no_proof(signed: Build) -> None:
    logs = signed()

    def blame_bob(record: Record) -> None:
        record["userIdentity"] = logs.case.records[2]["userIdentity"]

    logs.alter(0, blame_bob)
    logs.load()
    logs.verify()
    answer = logs.ask(logs.key("K1"))
    assert (answer["origin"]["name"], answer["grade"]) == ("bob", "weak")


def test_a_failed_file_elsewhere_changes_no_answer(signed: Build) -> None:
    logs = signed()
    logs.alter(2)
    logs.load()
    logs.verify()
    answer = logs.ask(logs.key("K1"))
    assert (answer["origin"]["name"], answer["grade"], codes(answer)) == ("alice", "proof", [])


def test_a_credential_that_only_a_failed_file_shows_is_weak(signed: Build) -> None:
    logs = signed()
    logs.alter(2)
    logs.load()
    bob = logs.key("user/bob")
    assert logs.ask(bob)["grade"] == "proof"
    logs.verify()
    answer = logs.ask(bob)
    assert (answer["origin"]["name"], answer["grade"], codes(answer)) == ("bob", "weak", ["failed_integrity"])


def test_a_credential_that_another_file_shows_too_keeps_its_grade(signed: Build) -> None:
    logs = signed([*LINES, "09:30 user/bob calls s3 PutObject"])
    logs.alter(3)
    logs.load()
    logs.verify()
    answer = logs.ask(logs.key("user/bob"))
    assert (answer["grade"], codes(answer)) == ("proof", ["failed_integrity"])
    [warning] = answer["warnings"]
    assert "1 of 2 records" in warning["text"]


def test_a_launch_that_only_a_failed_file_tells_of_is_a_lead(signed: Build) -> None:
    source = next(Path("sample_logs").rglob("444455556666_CloudTrail_eu-west-1_20260505T2255Z_*.json.gz"))
    records = json.loads(gzip.decompress(source.read_bytes()))["Records"]
    launch = [each for each in records if each["eventID"] == "dfe5f98b-bed7-4c29-b1e2-f83272037221"]
    logs = signed()
    logs.add("launch.json.gz", launch)
    logs.add("others.json.gz", [each for each in records if each not in launch])
    logs.load()
    [context] = logs.ask("ASIAWO645SY5LTN6MA5R")["context"]
    assert (context["rule"], context["grade"]) == ("L14", "strong")
    altered = {hashlib.sha256((logs.folder / "launch.json.gz").read_bytes()).hexdigest(): Integrity.FAILED}
    marking.mark(logs.store, altered, lambda _: None)
    answer = logs.ask("ASIAWO645SY5LTN6MA5R")
    [context] = answer["context"]
    assert (context["rule"], context["grade"]) == ("L14", "weak")
    [warning] = [each for each in answer["warnings"] if each["code"] == "failed_integrity"]
    assert "RunInstances call (launched)" in warning["text"]
    assert "launch.json.gz" in warning["text"]


def test_what_did_tells_of_altered_records_below(signed: Build) -> None:
    logs = signed()
    logs.alter(1)
    logs.load()
    alice = ["what-did", logs.key("user/alice"), "--store", str(logs.store), "--format", "json"]
    assert "failed_integrity" not in logs.run(alice).stdout
    logs.verify()
    [warning] = json.loads(logs.run(alice).stdout)["warnings"]
    assert warning["code"] == "failed_integrity"
    assert "1 of 2 records" in warning["text"]


def test_an_event_in_a_failed_file_is_weak_whoever_signed_it(signed: Build) -> None:
    logs = signed([*LINES, "09:30 user/bob calls s3 PutObject"])
    logs.alter(3)
    logs.load()
    logs.verify()
    sound, altered = (logs.case.records[number]["eventID"] for number in (2, 3))
    assert logs.ask(sound)["grade"] == "proof"
    answer = logs.ask(altered)
    assert (answer["grade"], "failed_integrity" in codes(answer)) == ("weak", True)
    rows = logs.rows("select event_id, origin_grade from events_with_origin")
    grades: dict[str, str] = dict(rows)
    assert (grades[sound], grades[altered]) == ("proof", "weak")
    outcome = logs.run(["who-did", "--call", "PutObject", "--store", str(logs.store), "--format", "json"])
    [match] = json.loads(outcome.stdout)["matches"]
    assert (match["grade"], match["evidence"]["integrity"]) == ("weak", "failed")


def test_a_finding_by_a_record_in_a_failed_file_is_weak(signed: Build) -> None:
    logs = signed([*LINES, "09:30 user/bob calls guardduty DeleteDetector"])
    logs.alter(3)
    logs.load()
    logs.verify()
    with trailtrace.open(logs.store) as investigation:
        [found] = investigation.findings(settings=only("detection-switched-off"))
        report = investigation.report(now=datetime(2026, 5, 2))
    assert found.subject is not None and found.subject.grade is Grade.WEAK
    assert found.summary.startswith("Perhaps IAM user bob called")
    [bob] = [each for each in report.activity if each.origin.name == "bob"]
    assert bob.grades == ((Grade.PROOF, 1), (Grade.WEAK, 1))


def test_a_stamp_that_only_a_failed_file_bears_names_nobody(signed: Build) -> None:
    lines = [*LINES[:2], "09:06 K1 calls s3 PutObject"]
    logs = signed(lines)

    def stamp_mallory(record: Record) -> None:
        record["userIdentity"]["onBehalfOf"] = {
            "userId": "mallory",
            "identityStoreArn": "arn:aws:identitystore::111111111111:identitystore/d-9067000001",
        }

    logs.alter(2, stamp_mallory)
    logs.load()
    assert logs.ask(logs.key("K1"))["grade"] != "weak"
    logs.verify()
    answer = logs.ask(logs.key("K1"))
    assert (answer["origin"]["name"], answer["grade"]) == ("alice", "weak")


def test_a_failed_file_stays_so_until_a_digest_vouches_for_it(signed: Build) -> None:
    logs = signed()
    logs.alter(0)
    logs.load()
    logs.verify()
    assert logs.ask(logs.key("K1"))["grade"] == "weak"
    # Without keys, or without digests, a run knows nothing of any file.
    none = put_keys(logs.keys.parent / "others", {"PublicKeyList": []})
    logs.run(["verify", str(logs.folder), "--keys", str(none), "--store", str(logs.store)])
    answer = logs.ask(logs.key("K1"))
    assert (answer["grade"], "failed_integrity" in codes(answer)) == ("weak", True)
    path = logs.files[0].path(logs.folder)
    named = {hashlib.sha256(path.read_bytes()).hexdigest(): Integrity.VERIFIED}
    marking.mark(logs.store, named, lambda _: None)
    answer = logs.ask(logs.key("K1"))
    assert (answer["grade"], codes(answer)) == ("proof", [])


@pytest.mark.parametrize("kind", ["zip", "tar", "tar in two gzip members"])
def test_an_archive_in_the_place_of_a_log_file_takes_its_members_along(signed: Build, kind: str) -> None:
    logs = signed()
    record = json.loads(json.dumps(logs.case.records[0]))
    record["userIdentity"] = logs.case.records[2]["userIdentity"]
    content, written = trail([record]), io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(written, "w") as archive:
            archive.writestr("a.json", content)
    else:
        with tarfile.open(fileobj=written, mode="w") as tape:
            member = tarfile.TarInfo("a.json")
            member.size = len(content)
            tape.addfile(member, io.BytesIO(content))
    data = written.getvalue()
    packed = data if kind == "zip" else zipped(data)
    if "two" in kind:
        packed = zipped(data[:9]) + zipped(data[9:])
    logs.files[0].path(logs.folder).write_bytes(packed)
    logs.load()
    assert logs.ask(logs.key("K1"))["grade"] == "proof"
    logs.verify()
    answer = logs.ask(logs.key("K1"))
    assert (answer["origin"]["name"], answer["grade"], answer["hops"][0]["evidence"][0]["integrity"]) == (
        "bob",
        "weak",
        "failed",
    )


def test_no_record_comes_from_what_is_kept_beside_a_digest(signed: Build, tmp_path: Path) -> None:
    """Verify looks for a signature there and says nothing else of it."""
    logs = signed()
    forged = CaseRecords(["09:02 user/bob assumes role/Deploy as later -> K7"])
    digest = logs.trail.digests[0]
    beside = Path(f"{digest.path(logs.folder)}.headers")
    beside.write_bytes(trail(forged.records))
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.write(beside, beside.name)
    trailtrace.load(logs.store, [str(tmp_path / "logs.zip"), str(logs.folder)])
    assert logs.rows("select count(*) from events where user_name = 'bob'") == [(1,)]
    assert logs.rows("select reason, count(*) from rejects group by all") == [("beside_digest", 2)]
    # Only the name by itself makes it such a file.
    other = logs.folder / "a_CloudTrail-Digest_b"
    other.mkdir()
    (other / "x.signature").write_bytes(trail(forged.records))
    logs.load()
    logs.verify()
    assert "unverified_integrity" in codes(logs.ask(forged.resolve("<key K7>")))


def test_a_file_that_no_digest_names_is_warned_of(signed: Build) -> None:
    logs = signed()
    forged = CaseRecords(["09:02 user/alice assumes role/Deploy as later -> K7"])
    logs.add("extra.json.gz", forged.records)
    logs.load()
    logs.verify()
    answer = logs.ask(forged.resolve("<key K7>"))
    assert codes(answer) == ["unverified_integrity"]


def test_a_file_that_the_digests_of_its_time_leave_out_is_told_everywhere(signed: Build) -> None:
    logs = signed()
    forged = CaseRecords(["01:10 user/mallory calls iam ListUsers"])
    name = logs.files[1].name.replace(logs.files[1].name[-24:-8], "0000000000000000")
    logs.add(name, forged.records)
    logs.load()
    logs.verify()
    answer = logs.ask(forged.resolve("<arn user/mallory>"))
    [warning] = answer["warnings"]
    assert (answer["grade"], warning["code"]) == ("proof", "unnamed_file")
    assert name in warning["text"]
    # What other files tell is not in doubt.
    assert codes(logs.ask(logs.key("K1"))) == []
    for command in (["status"], ["report", "--format", "md"]):
        told = logs.run([*command, "--store", str(logs.store)]).stdout
        assert "1 unverified (1 that no digest names)" in " ".join(told.split())
    scope = json.loads(
        logs.run(
            ["what-did", forged.resolve("<arn user/mallory>"), "--store", str(logs.store), "--format", "json"]
        ).stdout
    )
    assert "unnamed_file" in codes(scope)


@pytest.mark.parametrize("format", ["md", "html"])
def test_a_report_tells_how_many_files_are_what_cloudtrail_wrote(signed: Build, format: str) -> None:
    logs = signed()
    logs.alter(2)
    logs.load()
    ask = ["report", "--store", str(logs.store), "--format", format]
    outcome = logs.run(ask)
    assert (outcome.code, "integrity of the files" in outcome.stdout) == (0, False)
    logs.verify()
    text = logs.run(ask).stdout
    assert "integrity of the files" in text
    assert "5 verified, 0 unverified, 1 failed" in text


def test_what_is_known_of_bytes_is_known_of_a_copy_that_comes_later(signed: Build, tmp_path: Path) -> None:
    logs = signed()
    logs.alter(0)
    logs.load()
    logs.verify()
    for number, name in ((0, "altered.json.gz"), (1, "whole.json.gz")):
        (tmp_path / name).write_bytes(logs.files[number].path(logs.folder).read_bytes())
    (tmp_path / "other.json.gz").write_bytes(zipped(trail([]) + b"  "))
    names = ["altered", "whole", "other"]
    trailtrace.load(logs.store, [str(tmp_path / f"{name}.json.gz") for name in names])
    rows = logs.rows("select parse_filename(uri), integrity from files")
    found: dict[str, str] = dict(rows)
    assert [found[f"{name}.json.gz"] for name in names] == ["failed", "verified", "unchecked"]


@pytest.mark.parametrize("failed_first", [True, False])
def test_sound_records_that_come_later_are_seen_beside_altered_ones(
    signed: Build, tmp_path: Path, failed_first: bool
) -> None:
    """Whatever was loaded and verified first, the tables are those of a rebuild."""
    logs = signed([*LINES, "09:20 user/bob calls s3 PutObject"])
    logs.alter(2)
    paths = [str(logs.files[number].path(logs.folder)) for number in (2, 3)]
    first, second = paths if failed_first else reversed(paths)
    for number in (0, 1):
        trailtrace.load(logs.store, [str(logs.files[number].path(logs.folder))])
    trailtrace.load(logs.store, [first])
    logs.verify()
    trailtrace.load(logs.store, [second])
    if not failed_first:
        logs.verify()
    grade = logs.ask(logs.key("user/bob"))["grade"]
    assert grade == "proof"
    assert trailtrace.rebuild(logs.store).differing == 0


def test_a_verification_without_changes_writes_nothing(signed: Build) -> None:
    logs = signed()
    logs.load()
    logs.verify()
    before = logs.store.stat().st_mtime_ns
    assert logs.verify() == f"trailtrace: {logs.store}: 6 files checked, 0 newly marked"
    assert logs.store.stat().st_mtime_ns == before


def test_files_that_were_not_verified_are_counted(signed: Build, tmp_path: Path) -> None:
    logs = signed()
    logs.load()
    (tmp_path / "another.json").write_bytes(trail(CaseRecords(["09:00 user/zoe calls s3 GetObject"]).records))
    trailtrace.load(logs.store, [str(tmp_path / "another.json")])
    assert logs.verify().endswith("6 newly marked; 1 others were not in this input")


def test_a_store_that_is_not_there_is_told(signed: Build) -> None:
    logs = signed()
    outcome = logs.run(
        ["verify", str(logs.folder), "--keys", str(logs.keys), "--store", str(logs.folder / "none.duckdb")]
    )
    assert outcome.code == 1
    assert "no store here" in outcome.stderr


def test_status_counts_what_is_known_of_files(signed: Build) -> None:
    logs = signed()
    logs.alter(2)
    logs.load()
    ask = ["status", "--store", str(logs.store)]
    assert "verified" not in logs.run(ask).stdout
    logs.verify()
    assert "integrity  5 verified, 0 unverified, 1 failed" in logs.run(ask).stdout
    found = json.loads(logs.run([*ask, "--format", "json"]).stdout)
    assert [found[name] for name in ("files", "verified", "unverified", "failed")] == [9, 5, 0, 1]
