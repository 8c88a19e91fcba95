"""The true origin of every event, kept aside as Parquet: one row an event, one row a credential."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from .clock import moment
from .credentials import Credential, Removed

LOG = pl.Struct(
    {
        "account_id": pl.String,
        "region": pl.String,
        "from": pl.Datetime("us"),
        "to": pl.Datetime("us"),
        "why": pl.String,
    }
)
EVENT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "event_id": pl.String,
    "recipient_account_id": pl.String,
    "credential": pl.Int64,
    "view": pl.String,
    "answerable": pl.Boolean,
    "lost": pl.List(LOG),
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
        self._lone: list[bool] = []
        self._lost: list[tuple[Removed, ...]] = []
        self._rows: list[Credential] = []

    def add(
        self,
        event_id: str,
        account: str,
        signer: Credential,
        view: str,
        override: bool | None = None,
        *,
        lone: bool = False,
        lost: Removed | None = None,
    ) -> None:
        """One kept event. `override` is false where it says less than others of its credential.

        `lone` is a copy without the signer's own record of the call, which `lost` would have held.
        """
        self._ids.append(event_id)
        self._accounts.append(account)
        self._signers.append(signer)
        self._views.append(view)
        self._overrides.append(override)
        self._lone.append(lone)
        self._lost.append((lost,) if lost else ())
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
                    signer.known and override is not False and (signer.shown_to_others or not lone)
                    for signer, override, lone in zip(self._signers, self._overrides, self._lone, strict=True)
                ],
                "lost": [[_log(each) for each in lost] for lost in self._lost],
            },
            schema=EVENT_COLUMNS,
        )
        events.write_parquet(self.folder / f"events-{self._chunk:04}.parquet")
        pl.DataFrame([_row(each) for each in self._rows], schema=_ROW, orient="row").write_parquet(
            self.folder / f"credentials-{self._chunk:04}.parquet"
        )
        for column in (
            self._ids, self._accounts, self._signers, self._views, self._overrides, self._lone,
            self._lost, self._rows,
        ):  # fmt: skip
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
    "removed": pl.List(LOG),
}


def _log(each: Removed) -> dict[str, object]:
    return {
        "account_id": each.account,
        "region": each.region,
        "from": moment(each.start).replace(tzinfo=None) if each.start is not None else None,
        "to": moment(each.end).replace(tzinfo=None) if each.end is not None else None,
        "why": each.why,
    }


def _row(each: Credential) -> tuple[object, ...]:
    above = each.parent or each.session
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
        [_log(log) for log in each.broken],
    )
