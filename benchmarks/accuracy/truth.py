"""The true origin of every event, kept aside as Parquet: one row an event, one row a credential."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from .clock import moment
from .credentials import Credential, Removed

EVENT_COLUMNS = {
    "event_id": pl.String,
    "recipient_account_id": pl.String,
    "credential": pl.Int64,
    "view": pl.String,
    "answerable": pl.Boolean,
}
CHUNK = 100_000


class Truth:
    """Collects rows and writes them in chunks, so that memory stays bounded."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.events = 0
        self.credentials = 0
        self._chunk = 0
        self._ids: list[str] = []
        self._accounts: list[str] = []
        self._signers: list[Credential] = []
        self._views: list[str] = []
        self._overrides: list[bool | None] = []
        self._rows: list[Credential] = []

    def add(
        self, event_id: str, account: str, signer: Credential, view: str, override: bool | None = None
    ) -> None:
        """One kept event. `override` is false where it says less than others of its credential."""
        self._ids.append(event_id)
        self._accounts.append(account)
        self._signers.append(signer)
        self._views.append(view)
        self._overrides.append(override)
        self.events += 1

    def credential(self, credential: Credential) -> None:
        if credential.number < 0:
            credential.number = self.credentials
            self.credentials += 1
            self._rows.append(credential)

    def flush(self, least: int = CHUNK) -> None:
        """Write what is there; call it only between stories, when all credentials are settled."""
        if len(self._ids) < least:
            return
        self._chunk += 1
        events = pl.DataFrame(
            {
                "event_id": self._ids,
                "recipient_account_id": self._accounts,
                "credential": [each.number for each in self._signers],
                "view": self._views,
                # A record of the session itself can be answered if its credential can.
                "answerable": [
                    signer.known if override is None else override and signer.known
                    for signer, override in zip(self._signers, self._overrides, strict=True)
                ],
            },
            schema=EVENT_COLUMNS,
        )
        events.write_parquet(self.folder / f"events-{self._chunk:04}.parquet")
        pl.DataFrame([_row(each) for each in self._rows], schema=_ROW, orient="row").write_parquet(
            self.folder / f"credentials-{self._chunk:04}.parquet"
        )
        for column in (self._ids, self._accounts, self._signers, self._views, self._overrides, self._rows):
            column.clear()


_ROW: dict[str, pl.DataType | type[pl.DataType]] = {
    "credential": pl.Int64,
    "parent": pl.Int64,
    "kind": pl.String,
    "origin_kind": pl.String,
    "origin_id": pl.String,
    "origin_same": pl.List(pl.String),
    "origin_coarser": pl.List(pl.String),
    "principal_id": pl.String,
    "arn": pl.String,
    "account_id": pl.String,
    "chain_depth": pl.Int64,
    "answerable": pl.Boolean,
    "loose": pl.Boolean,
    "why_not": pl.String,
    "removed_account_id": pl.String,
    "removed_region": pl.String,
    "removed_from": pl.Datetime("us"),
    "removed_to": pl.Datetime("us"),
    "removed_why": pl.String,
}


def _row(each: Credential) -> tuple[object, ...]:
    above = each.parent or each.session
    broken = each.broken or Removed("", None, None, None, "")
    return (
        each.number,
        above.number if above else None,
        each.kind,
        each.origin.kind,
        each.origin.id,
        list(each.origin.same),
        list(each.origin.coarser),
        each.principal,
        each.identity.get("arn"),
        each.account,
        each.hops,
        each.known,
        each.loose,
        each.why or None,
        broken.account or None,
        broken.region,
        moment(broken.start).replace(tzinfo=None) if broken.start is not None else None,
        moment(broken.end).replace(tzinfo=None) if broken.end is not None else None,
        broken.why or None,
    )
