"""What `--explain` shows: the issuances considered for each use of a chain."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from trailtrace.model import Answer, Candidate, Considered, Verdict
from trailtrace.render.places import evidence_text, time_text
from trailtrace.render.style import GRADE_STYLE
from trailtrace.render.visible import visible

_VERDICT = {Verdict.KEPT: "kept", Verdict.REFUSED: "refused", Verdict.NEAR_MISS: "near miss"}


def considered_text(answer: Answer) -> list[RenderableType]:
    """Nothing unless it was asked for."""
    if answer.considered is None:
        return []
    parts: list[RenderableType] = [Text("Considered issuances", "bold")]
    parts += [_step(considered) for considered in answer.considered]
    unlisted = len(answer.hops) - 1 - max((step.step for step in answer.considered), default=0)
    if unlisted > 0:
        parts.append(Text(f"  and those of {unlisted} more hops"))
    return parts


def _step(considered: Considered) -> RenderableType:
    named = visible(considered.access_key_id or considered.principal_id)
    if considered.step == 0:
        title = "for the credential asked for"
    else:
        title = f"for the caller of hop {considered.step}"
    if considered.access_key_id or considered.principal_id:
        title += f", {named}"
    if considered.created is not None:
        title += f", created {time_text(considered.created)}"
    parts: list[RenderableType] = [Text(title)]
    parts += [Padding(_candidate(candidate), (0, 0, 0, 2)) for candidate in considered.candidates]
    if not considered.candidates:
        parts.append(Text("  none in these logs"))
    if considered.more:
        parts.append(Text(f"  and {considered.more} more"))
    return Padding(Group(*parts), (0, 0, 0, 2))


def _candidate(candidate: Candidate) -> RenderableType:
    head = Text()
    head.append(f"{_VERDICT[candidate.verdict]:<9} ", "dim")
    if candidate.rule is not None:
        head.append(f"{candidate.rule} ")
        head.append(str(candidate.grade), GRADE_STYLE[candidate.grade])
        head.append("  ")
    head.append(f"{time_text(candidate.event_time)} ", "dim")
    head.append(visible(candidate.event_name))
    rows = [("because", visible(candidate.why))]
    if candidate.role_arn:
        session = f" as {visible(candidate.session_name)}" if candidate.session_name else ""
        rows.append(("role", visible(candidate.role_arn) + session))
    elif candidate.session_name:
        rows.append(("session name", visible(candidate.session_name)))
    if candidate.issued_access_key_id:
        rows.append(("issued", visible(candidate.issued_access_key_id)))
    rows += [("evidence", evidence_text(evidence)) for evidence in candidate.evidence]
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(Text(label), Text(text))
    return Group(head, Padding(grid, (0, 0, 0, 10)))
