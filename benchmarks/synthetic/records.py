"""Filling one log file: the planned records, and a call for every planned use."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple

from synthetic.calls import CALLS, FORWARDED_CALLS, SERVICE_CALLS, Call, Template, template
from synthetic.clock import timestamp
from synthetic.organisation import Account, guid
from synthetic.plan import Credential

DENIED = 0.03
FORWARDED = 0.06


class Menu(NamedTuple):
    """Calls to choose from, with their cumulated weights."""

    templates: tuple[Template, ...]
    weights: tuple[float, ...]

    @classmethod
    def of(cls, calls: Sequence[Call]) -> Menu:
        return cls(
            tuple(template(call) for call in calls),
            tuple(accumulate(call.weight for call in calls)),
        )

    def choose(self, rng: Random) -> Template:
        return rng.choices(self.templates, cum_weights=self.weights)[0]


OWN = Menu.of(CALLS)
SERVICE = Menu.of(SERVICE_CALLS)
FORWARD = Menu.of(FORWARDED_CALLS)


class Writer:
    """Renders the uses that fall into one file, with a random source of its own."""

    def __init__(self, rng: Random, account: Account, region: str) -> None:
        self.rng = rng
        self.account = account
        self.region = region
        # A file is minutes of one region: few instances and keys, seen again and again.
        self.instances = [f"i-0{rng.randbytes(8).hex()}" for _ in range(40)]
        self.kms_keys = [guid(rng.randbytes(16).hex()) for _ in range(6)]
        self.used: set[tuple[int, int]] = set()

    def record(self, index: int, credential: Credential, second: int) -> str:
        """One call signed with `credential`, which is number `index` of the plan."""
        rng = self.rng
        draw = rng.random
        digits = rng.randbytes(56).hex()
        which = int(draw() * len(credential.identities))
        identity = credential.identities[which]
        ip, agent, shared = credential.ip, credential.agent, ""
        if credential.service:
            call, channel = SERVICE.choose(rng), ""
            shared = f'"sharedEventID":"{guid(digits[64:96])}",'
        elif credential.forwarded and draw() < FORWARDED:
            call, channel = FORWARD.choose(rng), ""
            identity, which = credential.forwarded, -1
            ip = agent = "secretsmanager.amazonaws.com"
        else:
            call = OWN.choose(rng)
            channel = (
                ',"sessionCredentialFromConsole":"true"'
                if credential.console
                else ',"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256",'
                f'"clientProvidedHostHeader":"{call.host}.{self.region}.amazonaws.com"}}'
            )
        self.used.add((index, which))
        place = self.account
        day = timestamp(second)[:10].replace("-", "/")
        fields = {
            "identity": identity,
            "time": timestamp(second),
            "region": self.region,
            "account": place.id,
            "ip": ip,
            "agent": agent,
            "principal": credential.principal,
            "request": guid(digits[:32]),
            "event": guid(digits[32:64]),
            "shared": shared,
            "channel": channel,
            "bucket": place.buckets[int(draw() * len(place.buckets))],
            "table": place.tables[int(draw() * len(place.tables))],
            "function": place.functions[int(draw() * len(place.functions))],
            "instance": self.instances[int(draw() * len(self.instances))],
            "kms": self.kms_keys[int(draw() * len(self.kms_keys))],
            "object": f"year/{day}/part-{digits[96:104]}.parquet",
            "hex": digits[96:112],
            "short": digits[104:110],
            "small": int(draw() * 250) + 2,
            "number": int(draw() * 900_000) + 100,
            "blob": b64encode(rng.randbytes(56)).decode(),
        }
        denied = not credential.service and draw() < DENIED
        return (call.denied if denied else call.done) % fields
