"""An answer for people: origin and grade first, then the hops, what was done, what is doubtful."""

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from trailtrace.model import Answer, Answers, Context, Event, Hop
from trailtrace.names import Names
from trailtrace.render.considered import considered_text
from trailtrace.render.layout import hanging, labelled, missing_line, warning_line
from trailtrace.render.names import account_text, address_text
from trailtrace.render.origins import STOP_TEXT, origin_text
from trailtrace.render.places import events_text, evidence_text, span_text, time_text
from trailtrace.render.style import GRADE_STYLE
from trailtrace.render.visible import visible

CALL_LIMIT = 8
POLICY_CHARACTERS = 160

_RELATION = {
    "launched": "launched by",
    "changed": "changed by",
    "could_drive": "could be driven by",
    "created": "made by",
    "deleted": "deleted by",
    "triggered": "triggered by",
    "requested": "asked for by",
}


def answers_text(answers: Answers, limit: int | None = None) -> RenderableType:
    """The answers, at most so many; credentials of one chain are shown once."""
    shown: list[RenderableType] = []
    groups: dict[object, list[Answer]] = {}
    for answer in answers.answers:
        groups.setdefault(_chain_key(answer), []).append(answer)
    if len(answers.answers) > 1:
        text = f"{len(answers.answers)} credentials are named by {visible(answers.target.text)}."
        shown += [Text(text), Text()]
    listed = list(groups.values())[:limit]
    for group in listed:
        shown += [_answer(group[0], group[1:], answers.names), Text()]
    more = len(answers.answers) - sum(map(len, listed))
    if more:
        text = f"and {more} more credentials: --limit 0 shows all, `what-did` sums them up"
        shown += [Text(text), Text()]
    return Group(*shown[:-1])


def _chain_key(answer: Answer) -> object:
    return (
        answer.origin,
        answer.grade,
        answer.stop,
        tuple((hop.rule, hop.event_time, hop.evidence[0].event_id) for hop in answer.hops),
        answer.credential.principal_id,
        answer.credential.created,
        tuple(answer.candidates) == (),
        tuple(answer.warnings),
        answer.event,
        answer.considered is not None and id(answer),  # what was considered is each credential's own
    )


def _answer(answer: Answer, others: list[Answer], names: Names) -> RenderableType:
    parts: list[RenderableType] = [_headline(answer, names)]
    if answer.event is not None:
        parts.append(_event(answer.event, names))
    parts.append(_tree(answer, names))
    parts += _activity([answer, *others], names)
    if answer.context:
        parts += [Text("Context (not proof of who acted)", "bold"), _context(answer.context, names)]
    parts += [warning_line(warn) for warn in answer.warnings]
    parts += [missing_line(missing, names) for missing in answer.missing]
    for number, candidate in enumerate(answer.candidates, 1):
        parts += [
            Text(f"Candidate {number}: {origin_text(candidate.origin, names)}"),
            _tree(candidate, names),
        ]
    parts += considered_text(answer)
    return Group(*parts)


def _headline(answer: Answer, names: Names) -> Text:
    line = Text()
    line.append(origin_text(answer.origin, names), "bold")
    line.append("  grade: ")
    line.append(str(answer.grade), GRADE_STYLE[answer.grade])
    if answer.stop in STOP_TEXT:
        line.append(f"  ({STOP_TEXT[answer.stop]})")
    return line


def _tree(answer: Answer, names: Names) -> Tree:
    """From the origin's own call down to the credential that was asked for."""
    tree = Tree("", hide_root=True)
    branch = tree
    for hop in reversed(answer.hops):
        branch = branch.add(_hop(hop, names))
    branch.add(_credential(answer, names))
    return tree


def _hop(hop: Hop, names: Names) -> RenderableType:
    parts: list[RenderableType] = []
    head = Text()
    head.append(f"{time_text(hop.event_time)} ", "dim")
    head.append(visible(hop.event_name), "bold")
    head.append(f"  {hop.rule} ")
    head.append(str(hop.grade), GRADE_STYLE[hop.grade])
    parts.append(head)
    rows = [("by", _caller(hop, names))]
    if hop.role_arn:
        rows.append(("role", visible(hop.role_arn)))
    accounts = [hop.caller.account_id, _account(hop.role_arn)]
    if all(accounts) and accounts[0] != accounts[1]:
        rows.append(("account", f"{account_text(accounts[0], names)} → {account_text(accounts[1], names)}"))
    if hop.session_name:
        rows.append(("session name", visible(hop.session_name)))
    if hop.source_identity:
        rows.append(("source identity", visible(hop.source_identity)))
    if hop.session_policy:
        rows.append(("session policy", visible(hop.session_policy, POLICY_CHARACTERS)))
    rows += [("policy", visible(arn)) for arn in hop.policy_arns]
    if hop.issued_access_key_id:
        rows.append(("issued", visible(hop.issued_access_key_id)))
    rows.append(("because", visible(hop.why)))
    rows += [("evidence", evidence_text(evidence, names)) for evidence in hop.evidence]
    parts.append(labelled(rows))
    return Group(*parts)


def _caller(hop: Hop, names: Names) -> str:
    caller = hop.caller
    if caller.type == "AWSService":
        return f"the service {visible(caller.invoked_by)}"
    name = caller.arn or caller.principal_id
    account = (
        f" of account {account_text(caller.account_id, names)}"
        if not caller.arn and caller.account_id
        else ""
    )
    key = f" with {visible(caller.access_key_id)}" if caller.access_key_id else ""
    return f"{visible(caller.type)} {visible(name)}{account}{key}"


def _credential(answer: Answer, names: Names) -> RenderableType:
    credential = answer.credential
    head = Text(visible(credential.access_key_id or credential.principal_id or credential.arn), "bold")
    rows = []
    if credential.arn:
        rows.append(("session" if answer.hops else "principal", visible(credential.arn)))
    if credential.account_id in names.account_names:
        rows.append(("account", account_text(credential.account_id, names)))
    if credential.created:
        rows.append(("created", time_text(credential.created)))
    if credential.uses:
        rows.append(
            (
                "used",
                f"{events_text(credential.uses)}, {span_text(credential.first_use, credential.last_use)}",
            )
        )
    else:
        rows.append(("used", "never, in these logs"))
    return Group(head, labelled(rows))


def _activity(answers: list[Answer], names: Names) -> list[RenderableType]:
    counts: dict[tuple[str | None, str], tuple[int, int]] = {}
    for answer in answers:
        for call in answer.activity:
            count, errors = counts.get((call.event_source, call.event_name), (0, 0))
            counts[call.event_source, call.event_name] = (count + call.count, errors + call.errors)
    if not counts:
        return []
    parts: list[RenderableType] = []
    if len(answers) > 1:
        keys = ", ".join(visible(answer.credential.access_key_id) for answer in answers)
        parts.append(hanging(f"{len(answers)} keys", "bold", keys))
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold")
    table.add_column("what it did", overflow="fold")
    table.add_column("calls", justify="right")
    table.add_column("errors", justify="right")
    ordered = sorted(counts.items(), key=lambda item: (-item[1][0], item[0][0] or "", item[0][1]))
    for (source, name), (count, errors) in ordered[:CALL_LIMIT]:
        service = visible(source).removesuffix(".amazonaws.com")
        table.add_row(Text(f"{service} {visible(name)}"), str(count), str(errors) if errors else "")
    parts.append(Padding(table, (0, 0, 0, 2)))
    if len(ordered) > CALL_LIMIT:
        parts.append(Text(f"  and {len(ordered) - CALL_LIMIT} other calls"))
    addresses = list(dict.fromkeys(address for answer in answers for address in answer.addresses))
    if addresses:
        more = max(answer.address_count for answer in answers) - len(addresses)
        listed = ", ".join(address_text(address, names) for address in addresses) + (
            f" and {more} more" if more > 0 else ""
        )
        parts.append(hanging("From", "bold", listed))
    return parts


def _event(event: Event, names: Names) -> RenderableType:
    rows = [
        ("event", visible(event.event_id)),
        (
            "call",
            f"{visible(event.event_source)} {visible(event.event_name)} at {time_text(event.event_time)}",
        ),
        ("account", account_text(event.recipient_account_id, names)),
    ]
    if event.error_code:
        rows.append(("error", visible(event.error_code)))
    rows += [("resource", visible(arn)) for arn in event.resources]
    return labelled(rows)


def _context(context: list[Context], names: Names) -> RenderableType:
    return Padding(
        labelled(
            [
                (
                    _RELATION.get(item.relation, item.relation),
                    f"{visible(item.by_arn or item.by_id)} {visible(item.event_name)}"
                    f" {time_text(item.event_time)}  {item.rule} {item.grade}: {visible(item.why)}\n"
                    f"{evidence_text(item.evidence, names)}",
                )
                for item in context
            ]
        ),
        (0, 0, 0, 2),
    )


def _account(arn: str | None) -> str | None:
    parts = (arn or "").split(":")
    return parts[4] or None if len(parts) > 5 else None
