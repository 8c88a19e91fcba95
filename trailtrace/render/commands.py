"""Commands to copy into a POSIX shell. Quoted, and never wider than they are: a folded line would break."""

import shlex
from collections.abc import Iterator

from trailtrace.render.visible import visible
from trailtrace.scope import Scope


def commands_text(scope: Scope) -> Iterator[str]:
    """The commands that would end what is alive, each below a comment that says where and what."""
    if not scope.revocations:
        return
    yield "Commands that would end what is alive (printed, not run)\n"
    for revocation in scope.revocations:
        account = (
            f"account {visible(revocation.account_id)}" if revocation.account_id else "account not known"
        )
        yield f"  # {account}: {visible(revocation.text)}\n"
        if revocation.command is not None:
            yield "  " + shlex.join(revocation.command) + "\n"
