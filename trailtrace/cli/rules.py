"""`trailtrace rules`."""

from typing import Annotated

import typer

from trailtrace.cli.who_did import Format


def rules(
    format: Annotated[Format, typer.Option(help="How to print the list.")] = Format.TEXT,
) -> None:
    """List every linking rule: what it needs, what it claims, and its best grade.

    Example: trailtrace rules --format json
    """
    from trailtrace.cli.output import show, show_rich
    from trailtrace.render.rules import rules_json, rules_text
    from trailtrace.rules import RULES

    if format is Format.JSON:
        show(rules_json(RULES))
    else:
        show_rich(rules_text(RULES))
