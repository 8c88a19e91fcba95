"""By which columns facts are put together: rules join in these, and so what a fact can touch is known.

A tie that is not declared here is one that a new record cannot be followed along (`touched.py`).
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True, eq=False)
class Tie:
    """Columns of a use and of an issuance that must agree; facts of one kind that agree are tied too."""

    uses: tuple[str, ...]
    issuances: tuple[str, ...]
    made_by: pl.Expr | None = None
    """Only values of these issuances tie; of all, if None."""
    of: pl.Expr | None = None
    """Only values of these uses tie; of all, if None."""

    @property
    def issued(self) -> list[str]:
        """The issuance's columns as `issued_columns` names them."""
        return [
            name if name in ("issuance_id", "issued_key") else f"issued_{name}" for name in self.issuances
        ]


KEY = Tie(("join_key",), ("issued_key",))
"""A pair that it ties is judged by itself, so no more than such pairs are looked at along it."""

PRINCIPAL = Tie(("principal_id",), ("session_principal_id",))
ROLE_AND_NAME = Tie(
    ("session_issuer_arn", "session_name"),
    ("role_arn", "session_name"),
    made_by=pl.col("session_principal_id").is_null(),
)
SESSION_ARN = Tie(("arn",), ("session_arn",), of=~pl.col("has_unique_id"))
QUERY_SESSION = Tie(("session_name",), ("session_name",), pl.col("kind") == "lake_formation")
SWITCH_RECORD = Tie(("use_id",), ("caller_use_id",), pl.col("kind") == "switch_role")

MATCHING = (PRINCIPAL, ROLE_AND_NAME, SESSION_ARN, QUERY_SESSION, SWITCH_RECORD)
"""Along these, what is decided of one fact may change what is decided of all others."""

CALLER = Tie(("use_id",), ("caller_use_id",))
FOREIGN_CALLER = Tie(
    ("principal_id",),
    ("caller_principal_id",),
    (pl.col("caller_type") == "AWSAccount") & ~pl.col("caller_held"),
)
SWITCHED_FROM = Tie(("arn",), ("switched_from",))
SUBJECT = Tie((), ("saml_issuer", "subject"), pl.col("kind") == "saml")
SAML_CALLER = Tie(("use_id",), ("caller_use_id",), pl.col("kind") == "saml")

TIES = (KEY, *MATCHING, CALLER, FOREIGN_CALLER, SWITCHED_FROM, SUBJECT, SAML_CALLER)
