"""What came out of a target, for people: the sum first, then what may outlive it, then the tree."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from trailtrace.names import Names
from trailtrace.render.layout import labelled, missing_line, warning_line
from trailtrace.render.names import account_text, address_text
from trailtrace.render.origins import origin_text
from trailtrace.render.places import events_text, evidence_text, span_text, time_text
from trailtrace.render.style import GRADE_STYLE, is_weaker
from trailtrace.render.visible import visible
from trailtrace.scope import Behind, Deed, Grant, GrantKind, Scope, Session, SessionKind, Touched

SESSION_LIMIT = 40
CALL_LIMIT = 8
RESOURCE_LIMIT = 6
ADDRESS_LIMIT = 4
AGENT_LIMIT = 2
AGENT_CHARACTERS = 80
GRANT_LIMIT = 20
BEHIND_LIMIT = 5

_KIND = {
    "access_key": "access key",
    "event_id": "signer of an event",
    "session_arn": "session",
    "user_arn": "user",
    "principal_id": "principal",
    "instance_id": "instance",
    "source_identity": "source identity",
    "role_arn": "role",
    "function_arn": "function",
    "origin": "person or workload",
}


def scope_text(scope: Scope, *, everything: bool) -> RenderableType:
    """All of it but the commands; long lists are cut, and say so, unless `everything` is asked for."""
    parts: list[RenderableType] = [_headline(scope)]
    parts += [_behind(behind, scope.names) for behind in scope.behind[:BEHIND_LIMIT]]
    if len(scope.behind) > BEHIND_LIMIT:
        parts.append(Text(f"and {len(scope.behind) - BEHIND_LIMIT} others; --format json lists all"))
    parts += [_sum(scope), _alive(scope.sessions, everything)]
    parts += _left_out(scope)
    parts += [warning_line(warn) for warn in scope.warnings]
    parts += [missing_line(missing, scope.names) for missing in scope.missing]
    parts += _grants(scope.sessions, everything)
    parts.append(Text())
    parts += _tree(scope.sessions, everything, scope.names)
    if scope.possibly:
        parts += [
            Text(),
            Text("Possibly (weakly or ambiguously tied to the target; not counted above)", "bold yellow"),
        ]
        parts += _grants(scope.possibly, everything)
        parts += _tree(scope.possibly, everything, scope.names)
    return Group(*parts)


def _headline(scope: Scope) -> Text:
    line = Text("What came out of ")
    line.append(visible(scope.target.text), "bold")
    line.append(f" ({_KIND[scope.target.kind]}), as of {time_text(scope.now)}")
    if scope.since:
        line.append(f", calls from {time_text(scope.since)}")
    if scope.until:
        line.append(f"{' ' if scope.since else ', calls '}before {time_text(scope.until)}")
    return line


def _behind(behind: Behind, names: Names) -> Text:
    line = Text(origin_text(behind.origin, names), "bold")
    line.append("  grade: ", "not bold")
    line.append(str(behind.grade), GRADE_STYLE[behind.grade])
    if behind.sessions > 1:
        line.append(f"  ({behind.sessions} sessions)", "not bold")
    return line


def _sum(scope: Scope) -> Text:
    sessions = scope.sessions
    calls = sum(session.calls for session in sessions)
    deeds = [deed for session in sessions for deed in session.deeds]
    accounts = {session.account_id for session in sessions if session.account_id}
    line = f"{_count(len(sessions), 'key or session', 'keys and sessions')} in"
    line += f" {_count(len(accounts), 'account', 'accounts')}: {_count(calls, 'call', 'calls')}"
    if calls:
        written = sum(deed.done for deed in deeds if deed.write)
        denied = sum(deed.denied for deed in deeds)
        failed = sum(deed.failed for deed in deeds)
        first = min(session.first_use for session in sessions if session.first_use)
        last = max(session.last_use for session in sessions if session.last_use)
        line += f", of which {written:,} changed something, {denied:,} were denied and {failed:,} failed"
        line += f"; {span_text(first, last)}"
    return Text(line)


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _alive(sessions: list[Session], everything: bool) -> Text:
    alive = [f"[{session.number}]" for session in sessions if session.alive]
    if not alive:
        return Text("None can still be alive, as far as these logs tell")
    shown = alive if everything else alive[:SESSION_LIMIT]
    more = f" and {len(alive) - len(shown)} more" if len(alive) > len(shown) else ""
    return Text(f"{len(alive):,} can still be alive: {' '.join(shown)}{more}", "bold red")


def _left_out(scope: Scope) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if scope.left_out.deeper:
        parts.append(Text(f"{_sessions(scope.left_out.deeper)} deeper: a greater --depth follows them"))
    if scope.left_out.outside_time:
        told = f"{_sessions(scope.left_out.outside_time)} neither begun nor used in that time"
        parts.append(Text(f"{told}: without --since and --until they are shown"))
    return parts


def _sessions(number: int) -> str:
    return _count(number, "session is", "sessions are")


def _grants(sessions: list[Session], everything: bool) -> list[RenderableType]:
    """What was given away and may outlive the sessions: ways in first, then by time."""
    kinds = list(GrantKind)
    grants = sorted(
        ((session.number, grant) for session in sessions for grant in session.grants),
        key=lambda item: (kinds.index(item[1].kind), item[1].event_time, item[0], item[1].event_name),
    )
    if not grants:
        return []
    shown = grants if everything else grants[:GRANT_LIMIT]
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for number, grant in shown:
        table.add_row(time_text(grant.event_time), f"[{number}]", _grant(grant))
    parts: list[RenderableType] = [
        Text(),
        Text("Credentials and access it created or changed", "bold"),
        Padding(table, (0, 0, 0, 2)),
    ]
    if len(grants) > len(shown):
        parts.append(Text(f"  and {len(grants) - len(shown)} more: --all lists them"))
    return parts


def _grant(grant: Grant) -> Text:
    text = Text(visible(grant.event_name), "bold")
    text.append(f" {', '.join(visible(name) for name in grant.named)}", "not bold")
    if grant.access_key_id and grant.access_key_id not in grant.named:
        text.append(f" {visible(grant.access_key_id)}", "not bold")
    if grant.key_calls is not None:
        used = f"used {events_text(grant.key_calls)}" if grant.key_calls else "not used in these logs"
        last = f", last {time_text(grant.key_last_use)}" if grant.key_last_use else ""
        text.append(f" ({used}{last})", "bold red" if grant.key_calls else "not bold")
    if grant.key_state in ("deleted", "inactive"):
        text.append(f" ({'deleted' if grant.key_state == 'deleted' else 'made inactive'} since)", "not bold")
    return text


def _tree(sessions: list[Session], everything: bool, names: Names) -> list[RenderableType]:
    shown = sessions if everything else sessions[:SESSION_LIMIT]
    tree = Tree("", hide_root=True)
    branches: dict[int | None, Tree] = {None: tree}
    for session in shown:
        # A parent that is shown elsewhere, as what is sure, is named instead.
        above = branches.get(session.parent, tree)
        apart = session.parent is not None and session.parent not in branches
        branches[session.number] = above.add(_session(session, everything, names, apart=apart))
    parts: list[RenderableType] = [tree] if shown else []
    if len(sessions) > len(shown):
        parts.append(Text(f"and {len(sessions) - len(shown):,} more keys and sessions: --all shows them"))
    return parts


def _session(session: Session, everything: bool, names: Names, *, apart: bool) -> RenderableType:
    rows = [("session" if session.kind is SessionKind.SESSION else "principal", _principal(session))]
    if session.cross_account and session.issued:
        caller = account_text(session.issued.caller_account_id, names)
        rows.append(("account", f"{caller} → {account_text(session.account_id, names)}"))
    elif session.account_id in names.account_names:
        rows.append(("account", account_text(session.account_id, names)))
    if len(session.access_key_ids) > 1:
        keys = session.access_key_ids if everything else session.access_key_ids[:ADDRESS_LIMIT]
        rows.append((f"{len(session.access_key_ids)} keys", _listed(keys, len(session.access_key_ids))))
    if session.source_identity:
        rows.append(("source id", visible(session.source_identity)))
    if session.kind not in (SessionKind.SERVICE, SessionKind.OTHER):
        rows.append(_life(session))
    if session.calls:
        used = f"{_count(session.calls, 'call', 'calls')}, {span_text(session.first_use, session.last_use)}"
        rows.append(("used", used))
    if session.uncovered:
        rows.append(("not its own", f"{events_text(session.uncovered)} under its key outside its life"))
    if session.told:
        told = f"{_count(session.told, 'call', 'calls')} that only other accounts recorded (L17)"
        rows.append(("perhaps", told))
    rows += _deeds(session, everything)
    if session.resources:
        limit = len(session.resources) if everything else RESOURCE_LIMIT
        touched = _touched(session.resources[:limit], session.resource_count)
        rows.append(("touched", touched))
    if session.addresses:
        addresses = session.addresses if everything else session.addresses[:ADDRESS_LIMIT]
        shown = ", ".join(address_text(address, names) for address in addresses)
        rows.append(("from", shown + _more(session.address_count - len(addresses), "other")))
    if session.agents:
        agents = session.agents if everything else session.agents[:AGENT_LIMIT]
        characters = 1000 if everything else AGENT_CHARACTERS
        rows.append(("with", _listed(agents, session.agent_count, "; ", characters)))
    if session.grants:
        rows.append(("gave", f"{_count(len(session.grants), 'entry', 'entries')} of the list above"))
    if session.issued:
        why = visible(session.issued.why)
        if session.issued.candidates > 1:
            why += f"; {session.issued.candidates} calls fit"
        rows.append(("because", why))
        rows += [("evidence", evidence_text(record, names)) for record in session.issued.evidence[:1]]
    return Group(_head(session, apart=apart), labelled(rows))


def _head(session: Session, *, apart: bool) -> Text:
    head = Text(f"[{session.number}] ", "bold")
    key = session.access_key_ids[0] if session.access_key_ids else None
    if session.kind is SessionKind.SERVICE:
        named = f"{visible(session.invoked_by[0])} acting for the principal"
    elif session.issued:
        named = visible(session.issued.event_name)
    elif session.kind is SessionKind.SIGN_IN:
        named = "sign-in"
    else:
        named = ""
    if session.issued:
        head.append(f"{time_text(session.issued.event_time)} ", "dim not bold")
    if named:
        head.append(named)
    if len(session.access_key_ids) == 1 and session.kind is not SessionKind.SERVICE:
        head.append(f"{' → ' if named else ''}{visible(key)}")
    head.append("  ", "not bold")
    if session.issued:
        # The link to the call that began it has a grade of its own.
        link = session.issued.grade
        head.append(f"{session.issued.rule} ", "not bold")
        head.append(str(link), f"not bold {GRADE_STYLE[link]}")
        if is_weaker(session.grade, link):
            head.append(", in all ", "not bold")
            head.append(str(session.grade), f"not bold {GRADE_STYLE[session.grade]}")
    else:
        head.append(str(session.grade), f"not bold {GRADE_STYLE[session.grade]}")
    if apart:
        head.append(f"  from [{session.parent}]", "not bold")
    return head


def _principal(session: Session) -> str:
    return visible(session.arn or session.principal_id or session.role_arn)


def _life(session: Session) -> tuple[str, str]:
    if session.kind is SessionKind.LONG_TERM_KEY:
        if session.alive:
            return "ALIVE", "has no end, and these logs do not show it deleted or made inactive"
        return "ended", "deleted or made inactive"
    if session.expires is None:
        return "life", "not known"
    stated = "" if session.expires_stated else ", at most: no record states its end"
    if session.alive:
        return "ALIVE", f"until {time_text(session.expires)}{stated}"
    return "life", f"{time_text(session.created)} to {time_text(session.expires)}{stated}"


def _deeds(session: Session, everything: bool) -> list[tuple[str, str]]:
    """Writes first; what was refused apart."""
    groups = (
        ("wrote", [(deed, deed.done) for deed in session.deeds if deed.write and deed.done]),
        ("read", [(deed, deed.done) for deed in session.deeds if not deed.write and deed.done]),
        ("denied", [(deed, deed.denied) for deed in session.deeds if deed.denied]),
        ("failed", [(deed, deed.failed) for deed in session.deeds if deed.failed]),
    )
    return [
        (label, _calls(counted if everything else counted[:CALL_LIMIT], len(counted)))
        for label, counted in groups
        if counted
    ]


def _calls(counted: list[tuple[Deed, int]], total: int) -> str:
    """`s3 GetObject 4, PutObject 2; iam …`, by service in the order of its first call."""
    services: dict[str, list[str]] = {}
    for deed, count in counted:
        service = visible(deed.event_source).removesuffix(".amazonaws.com")
        number = f" ×{count:,}" if count > 1 else ""
        services.setdefault(service, []).append(f"{visible(deed.event_name)}{number}")
    text = "; ".join(f"{service} {', '.join(calls)}" for service, calls in services.items())
    return text + _more(total - len(counted), "other call")


def _touched(resources: list[Touched], total: int) -> str:
    shown = [
        f"{visible(item.resource)}"
        if item.resource.startswith("arn:")
        else f"{visible(item.event_source).removesuffix('.amazonaws.com')} {visible(item.resource)}"
        for item in resources
    ]
    return "\n".join(shown) + _more(total - len(shown), "other", "\n")


def _listed(texts: Iterable[str], total: int, separator: str = ", ", characters: int = 300) -> str:
    shown = [visible(text, characters) for text in texts]
    return separator.join(shown) + _more(total - len(shown), "other")


def _more(number: int, what: str, separator: str = " ") -> str:
    if number <= 0:
        return ""
    return f"{separator}and {_count(number, what, f'{what}s')} (--all)"
