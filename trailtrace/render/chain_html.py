"""Answers of `who-did` and `what-did` as a page of their own: the picture, and all of it in words."""

from trailtrace.model import Answers
from trailtrace.render.filled import page
from trailtrace.render.graph.answers import answers_graph
from trailtrace.render.graph.layout import drawing_of
from trailtrace.render.graph.scope import scope_graph
from trailtrace.scope import Scope

ROWS = 200
"""Sessions of a table; more are in the JSON and the CSV."""


def answers_html(answers: Answers, limit: int | None = None) -> str:
    """At most `limit` answers. Raises MissingExtraError without the extra `html`."""
    graph = answers_graph(answers, limit)
    shown = answers.answers[:limit]
    more = len(answers.answers) - len(shown)
    return page(
        "answers.html",
        answers=answers,
        shown=shown,
        more=more,
        graph=graph,
        drawing=drawing_of(graph),
        names=answers.names.account_names,
        labels=answers.names.labels,
    )


def scope_html(scope: Scope, *, everything: bool) -> str:
    """Raises MissingExtraError without the extra `html`."""
    graph = scope_graph(scope, everything=everything)
    rows = max(len(scope.sessions), len(scope.possibly)) if everything else ROWS
    return page(
        "scope.html",
        scope=scope,
        rows=rows,
        graph=graph,
        drawing=drawing_of(graph),
        names=scope.names.account_names,
    )
