"""What every drawing of a report says in the same words."""

from trailtrace.baseline import Standing
from trailtrace.model import Hop, Origin
from trailtrace.names import Names
from trailtrace.render.names import address_text
from trailtrace.render.origins import short_origin_text
from trailtrace.render.visible import visible
from trailtrace.report import Report, ReportedFinding, Tuned


class AccountNames:
    """Accounts by their names, with their number, and addresses with what is known of them."""

    def __init__(self, report: Report) -> None:
        self._names = {account.account_id: account.name for account in report.accounts}
        self._labels = Names(addresses=report.addresses)

    def text(self, account_id: str | None) -> str:
        """`Production (111122223333)`; the number alone where no name is known."""
        if account_id is None:
            return "-"
        name = self._names.get(account_id)
        return visible(account_id) if name is None else f"{visible(name)} ({visible(account_id)})"

    def address(self, address: str) -> str:
        """An address, and what is known of it."""
        return address_text(address, self._labels)

    def origin(self, origin: Origin) -> str:
        """An origin with the name of its account, if that has one."""
        text = short_origin_text(origin)
        name = self._names.get(origin.account_id or "")
        return text if name is None else f"{text}, {visible(name)}"


def hop_text(hop: Hop) -> str:
    """One hop of a chain on one line."""
    caller = hop.caller.arn or hop.caller.invoked_by or hop.caller.principal_id or hop.caller.account_id
    target = hop.role_arn or hop.issued_access_key_id
    name = f" as {visible(hop.session_name)}" if hop.session_name else ""
    to = f" to {visible(target)}" if target else ""
    return (
        f"{hop.event_time:%Y-%m-%dT%H:%M:%SZ} {visible(hop.event_name)} by {visible(caller)}{to}{name}"
        f" ({hop.rule}, {hop.grade})"
    )


def tuned_text(tuned: Tuned) -> str:
    """What the configuration changed of a detection."""
    if not tuned.enabled:
        return "switched off"
    said = [f"{tuned.set_severity} instead of {tuned.severity}"] * (tuned.set_severity != tuned.severity)
    return "; ".join([*said, *(f"{name} = {visible(str(value))}" for name, value in tuned.thresholds)])


def standing_text(reported: ReportedFinding) -> str:
    """What sets a finding apart from those that were seen before; empty if nothing does."""
    marks = []
    if reported.is_new:
        marks.append("new")
    if reported.accepted_before is not None:
        marks.append(f"accepted before, but {ACCEPTED_BEFORE[reported.accepted_before]}")
    return "; ".join(marks)


ACCEPTED_BEFORE = {
    Standing.EXPIRED: "the acceptance has expired",
    Standing.CHANGED: "origin or grade is another since",
    Standing.AGAIN: "it happened again since",
}
