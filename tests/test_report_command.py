"""`trailtrace report` as it is run from a schedule: files, exit codes, what was accepted, what is refused."""

import json
import re
import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from case_records import CaseRecords
from conftest import Load, Outcome, Run, trail
from report_cases import LINES, logs, only, only_toml

import trailtrace
from trailtrace.baseline import acceptance_text, read_baseline
from trailtrace.errors import TrailtraceError, UsageError
from trailtrace.finding import Subject
from trailtrace.model import Grade, Origin, Stop
from trailtrace.render.visible import visible

NOW = ["--now", "2026-05-03T00:00:00Z"]


@pytest.fixture
def store(load: Load) -> Path:
    """The records of the case, and a configuration beside them that looks for one finding alone."""
    path = load({"log.json": trail(CaseRecords(LINES).records)}).store
    (path.parent / "trailtrace.toml").write_text(only_toml())
    return path


def report(run: Run, store: Path, *arguments: str, code: int = 0) -> Outcome:
    outcome = run(["report", "--store", str(store), *NOW, *arguments])
    assert outcome.code == code, outcome.stderr
    return outcome


def finding_ids(outcome: Outcome) -> list[str]:
    return [found["id"] for found in json.loads(outcome.stdout)["findings"]]


@pytest.mark.parametrize(
    ("ending", "beginning"),
    [
        ("html", "<!doctype html>"),
        ("md", "# trailtrace report"),
        ("json", "{"),
        ("csv", "id,severity"),
        ("sarif", "{"),
        ("txt", "# trail"),
    ],
)
def test_the_ending_of_the_file_chooses_the_format(
    ending: str, beginning: str, store: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / f"monday.{ending}"
    outcome = report(run, store, "--out", str(out))
    assert outcome.stdout == ""
    assert f"report written to {out}" in outcome.stderr
    assert out.read_text().startswith(beginning)
    shown = report(run, store, "--format", "md" if ending == "txt" else ending).stdout
    assert out.read_text() == shown


def test_an_ending_that_no_format_has_is_refused(store: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "monday.pdf"
    outcome = report(run, store, "--out", str(tmp_path / "monday.json"), "--out", str(out), code=2)
    assert "no report ends in .pdf: name it .csv, .htm, .html, .json" in outcome.stderr
    assert list(tmp_path.glob("monday*")) == []
    report(run, store, "--out", str(out), "--format", "md")


@pytest.mark.parametrize("module", ["jinja2", "pygraphviz", "vl_convert"])
def test_a_missing_extra_is_met_before_the_report_is_made(
    module: str, store: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    outs = [argument for name in ("a.html", "a.json") for argument in ("--out", str(tmp_path / name))]
    outcome = report(run, store, *outs, code=1)
    assert f"{module} is not installed: run pip install 'trailtrace[html]'" in outcome.stderr
    assert list(tmp_path.glob("a.*")) == []


def test_it_says_which_configuration_it_read(store: Path, run: Run, tmp_path: Path) -> None:
    assert f"configuration {store.parent / 'trailtrace.toml'}" in report(run, store).stderr
    other = tmp_path / "other.toml"
    other.write_text("[findings.used-after-expiry]\nseverity = 'low'\n" + only_toml())
    outcome = report(run, store, "--config", str(other), "--format", "json")
    assert f"configuration {other}" in outcome.stderr
    value = json.loads(outcome.stdout)
    assert value["configuration"] == str(other)
    assert [found["severity"] for found in value["findings"]] == ["low"]
    (store.parent / "trailtrace.toml").unlink()
    assert report(run, store).stderr == ""


@pytest.mark.parametrize(("severity", "code"), [("info", 10), ("high", 10), ("critical", 0)])
def test_fail_on_ends_with_10_and_the_report_is_there(
    severity: str, code: int, store: Path, run: Run, tmp_path: Path
) -> None:
    out = tmp_path / "r.json"
    outcome = report(run, store, "--fail-on", severity, "--out", str(out), code=code)
    assert (f"findings of severity {severity} or more: 1" in outcome.stderr) == bool(code)
    assert json.loads(out.read_text())["finding_count"] == 1


def test_a_window_that_ends_before_it_begins_is_refused(store: Path, run: Run) -> None:
    refused = report(run, store, "--since", "2026-05-02", "--until", "2026-05-01", code=2)
    assert "--since 2026-05-02T00:00:00Z: not before the end" in refused.stderr
    assert "not before the end" in report(run, store, "--since", "2026-06-01", code=2).stderr


def test_since_may_be_so_long_ago(store: Path, run: Run) -> None:
    value = json.loads(report(run, store, "--since", "24h", "--format", "json").stdout)
    assert value["window"] == {"since": "2026-05-02T00:00:00Z", "until": "2026-05-03T00:00:00Z"}


def test_a_failure_leaves_the_file_as_it_was(store: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "r.md"
    out.write_text("last week")
    report(run, store, "--out", str(out), "--baseline", str(tmp_path / "none.toml"), code=2)
    assert out.read_text() == "last week"
    assert "no folder" in report(run, store, "--out", str(tmp_path / "no" / "r.md"), code=2).stderr
    assert "that is the store" in report(run, store, "--out", str(store), code=2).stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_the_report_before_may_be_the_file_that_is_written(store: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "last.json"
    report(run, store, "--out", str(out))
    report(run, store, "--previous", str(out), "--out", str(out))
    value = json.loads(out.read_text())
    assert value["news"]["previous"] == "2026-05-03T00:00:00Z"
    assert [found["is_new"] for found in value["findings"]] == [False]


def test_a_report_takes_no_place_of_what_the_next_one_reads(store: Path, run: Run, tmp_path: Path) -> None:
    baseline, before = tmp_path / "accepted.toml", tmp_path / "last.json"
    accept(run, store, baseline)
    report(run, store, "--out", str(before))
    other = tmp_path / "other.toml"
    other.write_text(only_toml())
    (tmp_path / "link.md").symlink_to(baseline)
    own = str(store.parent / "trailtrace.toml")
    kept = {path: path.read_bytes() for path in (baseline, before, other, Path(own))}
    accepting = ["--baseline", str(tmp_path / "new.md"), "--accept", "all", "--reason", "x"]
    for out, arguments, said in (
        (baseline, ["--format", "md", "--baseline", str(baseline)], "the --baseline itself"),
        (tmp_path / "link.md", ["--baseline", str(baseline)], "the --baseline itself"),
        (tmp_path / "new.md", accepting, "the --baseline itself"),
        (other, ["--format", "md", "--config", str(other)], "the configuration itself"),
        (own, ["--format", "md"], "the configuration itself"),
        (before, ["--format", "md", "--previous", str(before)], "the --previous itself"),
    ):
        assert said in report(run, store, "--out", str(out), *arguments, code=2).stderr
    assert {path: path.read_bytes() for path in kept} == kept


def test_it_answers_from_logs_too(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.json").write_bytes(trail(CaseRecords(LINES).records))
    outcome = run(["report", "--logs", "log.json", *NOW])
    assert outcome.code == 0
    assert "# trailtrace report" in outcome.stdout


# What was accepted


def accept(run: Run, store: Path, baseline: Path, *arguments: str) -> Outcome:
    return report(
        run, store, "--baseline", str(baseline), "--accept", "all", "--reason", 'a "drill"\n', *arguments
    )


def test_what_was_accepted_is_counted_and_not_shown(store: Path, run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "accepted.toml"
    assert f"accepted in {baseline}: 1:" in accept(run, store, baseline).stderr
    outcome = report(run, store, "--baseline", str(baseline), "--format", "json", "--fail-on", "info")
    value = json.loads(outcome.stdout)
    assert (value["finding_count"], value["accepted"]["hidden"]) == (0, 1)
    assert value["accepted"]["hidden_by_severity"] == {"high": 1}
    assert f"1 accepted finding not shown: see {baseline}." in value["summary"]
    [accepted] = read_baseline(baseline).acceptances.values()
    assert (accepted.reason, str(accepted.until)) == ('a "drill"\n', "2026-08-01")


def test_nothing_is_accepted_if_the_report_cannot_be_written(
    store: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> str:
        raise TrailtraceError("no room")

    monkeypatch.setattr("trailtrace.render.report_md.report_md", fail)
    baseline = tmp_path / "accepted.toml"
    arguments = ["--baseline", str(baseline), "--accept", "all", "--reason", "drill"]
    outcome = report(run, store, *arguments, "--out", str(tmp_path / "r.md"), code=1)
    assert "no room" in outcome.stderr
    assert not baseline.exists()


def test_an_acceptance_ends_and_says_so(store: Path, run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "accepted.toml"
    accept(run, store, baseline, "--accept-until", "2026-05-03")
    assert finding_ids(report(run, store, "--baseline", str(baseline), "--format", "json")) == []
    late = ["--now", "2026-05-04T00:00:00Z", "--baseline", str(baseline), "--format", "json"]
    value = json.loads(report(run, store, *late).stdout)
    assert [found["accepted_before"] for found in value["findings"]] == ["expired"]
    assert "1 finding shown again: the acceptance has expired." in value["summary"]
    # Accepted anew, the later entry counts, and nothing of the file is lost.
    accept(run, store, baseline, "--now", "2026-05-04T00:00:00Z")
    assert json.loads(report(run, store, *late).stdout)["finding_count"] == 0
    assert baseline.read_text().count("[[accepted]]") == 2


def test_an_acceptance_does_not_hide_another_origin_or_grade(store: Path, run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "accepted.toml"
    accept(run, store, baseline)
    text = baseline.read_text()
    for was, other in (('grade = "none"', 'grade = "proof"'), ('origin = "none"', 'origin = "root 1"')):
        assert was in text
        baseline.write_text(text.replace(was, other))
        value = json.loads(report(run, store, "--baseline", str(baseline), "--format", "json").stdout)
        assert [found["accepted_before"] for found in value["findings"]] == ["changed"]
        assert "1 finding shown again: origin or grade changed since acceptance." in value["summary"]
    # Nor does it ask for what it does not state.
    baseline.write_text(re.sub(r"(?m)^(origin|grade) = .*\n", "", text))
    assert finding_ids(report(run, store, "--baseline", str(baseline), "--format", "json")) == []


def test_what_happens_again_is_shown_again(store: Path, run: Run, tmp_path: Path) -> None:
    """An acceptance is of what was seen, unless it says otherwise."""
    for arguments, shown in (((), 1), (("--accept-repeats",), 0)):
        baseline = tmp_path / f"{shown}.toml"
        accept(run, store, baseline, "--until", "2026-05-01T10:50:00Z", *arguments)
        [accepted] = read_baseline(baseline).acceptances.values()
        seen = None if arguments else (datetime(2026, 5, 1, 10, 40), 1)
        assert (accepted.last_seen, accepted.events) == (seen or (None, None))
        again = [*CaseRecords([*LINES, "10:55 K1 calls s3 ListBuckets"]).records]
        (tmp_path / "again.json").write_bytes(trail(again))
        run(["ingest", str(tmp_path / "again.json"), "--store", str(store)])
        outcome = report(run, store, "--baseline", str(baseline), "--format", "json")
        value = json.loads(outcome.stdout)
        assert [each["accepted_before"] for each in value["findings"]] == ["again"] * shown
        assert value["accepted"]["again"] == shown
        assert ("1 finding shown again: accepted before, happened again since." in value["summary"]) == shown


def test_a_time_in_a_baseline_may_have_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "accepted.toml"
    entry = '[[accepted]]\nid = "0123456789abcdef"\nreason = "x"\nuntil = 2027-01-01\n'
    path.write_text(f"{entry}last_seen = 2026-05-01T09:00:00+02:00\n")
    [accepted] = read_baseline(path).acceptances.values()
    assert accepted.last_seen == datetime(2026, 5, 1, 7)


def test_ids_that_no_finding_has_are_named(store: Path, run: Run, tmp_path: Path) -> None:
    baseline = tmp_path / "accepted.toml"
    baseline.write_text('[[accepted]]\nid = "0123456789abcdef"\nreason = "x"\nuntil = 2027-01-01\n')
    value = json.loads(report(run, store, "--baseline", str(baseline), "--format", "json").stdout)
    assert value["accepted"]["unknown"] == ["0123456789abcdef"]
    assert f"{baseline} names 1 id that no finding of this report has: 0123456789abcdef." in value["summary"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("x = 1", "unknown key x"),
        ("accepted = 1", "written as"),
        ("accepted = [1]", "number 1: not a table"),
        ('[[accepted]]\nid = "0123456789abcdef"\nuntil = 2027-01-01', "number 1: reason is missing"),
        ('[[accepted]]\nid = "01"\nreason = "x"\nuntil = 2027-01-01', "is not one of a finding"),
        ('[[accepted]]\nid = 1\nreason = "x"\nuntil = 2027-01-01', "id is not text"),
        ('[[accepted]]\nid = "0123456789abcdef"\nreason = "x"\nuntil = "2027"', "until is not a day"),
        ('[[accepted]]\nid = "0123456789abcdef"\nreason = "x"\nuntil = 2027-01-01T00:00:00', "until is not"),
        ('[[accepted]]\nid = "0123456789abcdef"\nreson = "x"', "unknown key reson: did you mean reason?"),
        ("[[", "not TOML"),
    ],
)
def test_a_baseline_that_is_none_is_refused(entry: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "accepted.toml").write_text(entry)
    with pytest.raises(UsageError) as refused:
        read_baseline(tmp_path / "accepted.toml")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--accept", "all"], "give --baseline FILE"),
        (
            ["--accept", "all", "--reason", "x", "--baseline", "b.toml", "--accept-until", "2026-05-02"],
            "past already",
        ),
        (["--accept", "all", "--baseline", "b.toml"], "--reason TEXT"),
        (["--reason", "x"], "go with --accept"),
        (["--accept-until", "2027-01-01"], "go with --accept"),
        (["--accept", "all", "--baseline", "b.toml", "--reason", "x", "--accept-until", "soon"], "not a day"),
        (["--accept", "all", "--baseline", "b.toml", "--reason", "x", "--redact"], "not with --redact"),
        (["--accept", "0" * 16, "--baseline", "b.toml", "--reason", "x"], "shows no such finding"),
    ],
)
def test_what_cannot_be_accepted_is_refused(
    arguments: list[str], said: str, store: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = report(run, store, *arguments, code=2)
    assert said in refused.stderr
    assert refused.stdout == ""
    assert not (tmp_path / "b.toml").exists()


def test_hostile_text_cannot_break_out_of_a_baseline(tmp_path: Path) -> None:
    evil = 'x"\n[[accepted]]\nid = "y\x7f\ud800\\'
    with trailtrace.from_logs(logs(tmp_path, LINES)) as investigation:
        [found] = investigation.findings(settings=only())
    origin = Origin("iam_user", evil, None, None, None)
    subject = Subject("use", None, None, origin, Grade.PROOF, Stop.ORIGIN)
    hostile = replace(found, summary=evil, subject=subject)
    path = tmp_path / "accepted.toml"
    path.write_text(acceptance_text([(hostile, visible(evil))], evil, date(2027, 1, 1)), encoding="utf-8")
    [accepted] = read_baseline(path).acceptances.values()
    assert accepted.id == found.id
    assert accepted.reason == evil.replace("\ud800", "?")
