"""A report in a few lines, for a chat or a mail."""

import re
from collections.abc import Sequence
from pathlib import Path

from trailtrace.finding import Severity
from trailtrace.render.report_words import AccountNames
from trailtrace.render.visible import visible
from trailtrace.report import Report, ReportedFinding

FINDINGS_TOLD = 5
LINE_CHARACTERS = 300


def notice(report: Report, files: Sequence[Path] = ()) -> tuple[str, str]:
    """Title and text of a message; `files` are where the whole report is."""
    worst = [(severity, n) for severity, n in report.findings_by_severity if n]
    told = ", ".join(f"{n:,} {severity}" for severity, n in worst) or "no findings"
    names = AccountNames(report)
    grave = [each for each in report.findings if each.finding.severity.rank >= Severity.MEDIUM.rank]
    lines = [*report.summary, *(_finding_line(each, names) for each in grave[:FINDINGS_TOLD])]
    more = report.finding_count - len(grave[:FINDINGS_TOLD])
    if grave and more:
        lines.append(f"and {more:,} more")
    lines += [f"The report: {path}" for path in files]
    return f"trailtrace: {told}", "\n".join(_harmless(line) for line in lines)


def _finding_line(reported: ReportedFinding, names: AccountNames) -> str:
    finding = reported.finding
    subject = finding.subject
    by = "" if subject is None else f", by {names.origin(subject.origin)} ({subject.grade})"
    return f"{finding.severity}: {finding.title}{by}, {finding.first_seen:%Y-%m-%dT%H:%M:%SZ} ({finding.id})"


def _harmless(line: str) -> str:
    """A line in which a session's name mentions nobody and links nowhere, whatever the chat reads into it."""
    text = visible(line, LINE_CHARACTERS)
    # Some chats mention in the midst of a word, too.
    text = text.replace("@", "(at)").replace("://", ":")
    text = re.sub(r"(?i)\b(www)\.", r"\1(dot)", text)  # which many make a link without a scheme
    return text.translate({ord("<"): "‹", ord(">"): "›", ord("["): "(", ord("]"): ")"})
