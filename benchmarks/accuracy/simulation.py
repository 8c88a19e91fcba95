"""The world that stories act in: mints credentials, writes records, keeps the truth."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict, deque
from random import Random
from typing import Any

from msgspec import Raw

from .calls import BUCKET_READ, CALLS, CUMULATED, ENCODER, FORWARDED, NULL, TOTAL, Call, raw
from .clock import timestamp
from .credentials import Credential, Face, Origin, Removed
from .feed import Feed
from .habits import Habits
from .identities import foreign_identity, user_identity, user_origin
from .ids import guid
from .organisation import Account, Json, Organisation, User
from .truth import Truth

SDKS = (
    "aws-cli/2.27.1 md/awscrt#0.26.1 ua/2.1 os/linux#6.8 lang/python#3.13.2 md/prompt#off",
    "Boto3/1.38.2 md/Botocore#1.38.2 ua/2.1 os/linux#6.1 lang/python#3.12.8",
    "APN/1.0 HashiCorp/1.0 Terraform/1.11.4 terraform-provider-aws/5.95.0",
    "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.2",
)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0"
CLIENT_TLS = raw({"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "keyExchange": "x25519"})
OMITTED = object()
"""A response that was cut off for its size."""
FORWARDS = 0.05
DENIED = 0.02
ELSEWHERE = 0.12
LATE_END = 0.002
NEWEST = 8
ONE_SECOND = 32
"""More keys than one second gives one principal."""
EARLY = 0.003


class World:
    def __init__(
        self, rng: Random, organisation: Organisation, feed: Feed, truth: Truth, habits: Habits, juggling: int
    ) -> None:
        self.rng, self.organisation, self.feed, self.truth = rng, organisation, feed, truth
        self.habits, self.juggling = habits, juggling
        self.story: list[Credential] = []
        self.kinds: set[str] = set()
        self._users: dict[str, Credential] = {}
        self._services: dict[str, Credential] = {}
        self._keys: defaultdict[str, deque[str]] = defaultdict(lambda: deque(maxlen=60))

    # -- choices ---------------------------------------------------------------------------

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, *choices: Any) -> Any:
        return choices[int(self.rng.random() * len(choices))]

    def address(self) -> str:
        bits = self.rng.getrandbits(16)
        return f"198.{18 + (bits & 1)}.{bits >> 8}.{bits & 255}"

    def private_address(self) -> str:
        bits = self.rng.getrandbits(16)
        return f"10.0.{bits >> 8}.{bits & 255}"

    def few(self, mean: float = 8) -> int:
        """How often a session is used: mostly a few times, now and then often."""
        return 1 + int(self.rng.lognormvariate(0, 0.9) * mean * 0.6)

    # -- credentials -----------------------------------------------------------------------

    def key(self, account: Account) -> str:
        """A temporary key id; now and then one that another credential of the account has (T01)."""
        earlier = self._keys[account.id]
        rng = self.rng
        if len(earlier) > NEWEST and rng.random() < self.habits.recycled:
            # Not the newest: one id twice in one second for one principal is what even proof rules out.
            place = int(rng.random() * max(1, len(earlier) - ONE_SECOND))
            if len(earlier) > ONE_SECOND:
                return earlier[place]
            rng = Random(earlier[-1])  # as if of before the logs
        key = account.key(rng)
        earlier.append(key)
        return key

    def credential(
        self, kind: str, origin: Origin, identity: Json, account: Account, **more: Any
    ) -> Credential:
        """A credential of the running story; its first face is `identity` itself."""
        made = Credential(
            kind=kind,
            origin=origin,
            principal=str(identity.get("principalId", "")),
            home=account,
            region=more.pop("region", account.regions[0]),
            identity=identity,
            **more,
        )
        made.ip = made.ip or self.address()
        made.agent = made.agent or SDKS[int(self.rng.random() * len(SDKS))]
        made.faces.append(Face(str(identity.get("accessKeyId", "")), raw(identity)))
        self.story.append(made)
        return made

    def lasting(self, credential: Credential) -> Credential:
        """One that outlives its story and names its origin itself, such as a long-term key."""
        self.story.remove(credential)
        self.kinds.add(credential.kind)
        credential.named = True
        credential.settle()
        self.truth.credential(credential)
        return credential

    def user(self, user: User) -> Credential:
        """The long-term key of an IAM user."""
        if user.id not in self._users:
            self._users[user.id] = self.lasting(
                self.credential(
                    "long_term_key", user_origin(user), user_identity(user), user.account, start=0, end=10**9
                )
            )
        return self._users[user.id]

    def service(self, host: str, account: Account) -> Credential:
        """An AWS service acting for itself."""
        if host not in self._services:
            identity = {"type": "AWSService", "invokedBy": host}
            origin = Origin("aws_service", host)
            self._services[host] = self.lasting(
                self.credential(
                    "aws_service", origin, identity, account, start=0, end=10**9, ip=host, agent=host
                )
            )
        return self._services[host]

    def created(self, issued: int) -> int:
        """`creationDate` of a session: the second of its issuance, rarely one beside it."""
        if self.rng.random() < self.habits.skewed:
            return issued + (1 if self.rng.random() < 0.5 else -1)
        return issued

    def finish(self) -> None:
        """The story is over: what its credentials' records tell is now known."""
        for credential in self.story:
            self.kinds.add(credential.kind)
            credential.settle()
            self.truth.credential(credential)
        self.story.clear()

    # -- records ---------------------------------------------------------------------------

    def record(
        self,
        signer: Credential,
        second: int,
        source: str,
        name: str,
        *,
        account: str = "",
        region: str = "",
        identity: Raw | None = None,
        request: Any = NULL,
        response: Any = NULL,
        read_only: bool = False,
        category: str = "Management",
        event_type: str = "AwsApiCall",
        more: Json | None = None,
        request_id: str | None = "",
        ip: str = "",
        agent: str = "",
        tls: bool = True,
        view: str = "signed",
        answerable: bool | None = None,
        lone: bool = False,
        lost: Removed | None = None,
    ) -> Removed | None:
        """Write one record, unless its log is missing; that log is the answer then.

        `lone` and `lost` are of a copy whose signer's own record is not kept, and of the log it was in.
        """
        account = account or signer.account
        region = region or signer.region
        gone = self.feed.removed(account, region, second, read_only, category, event_type)
        if gone is not None:
            return gone
        event_id = guid(self.rng)
        fields: Json = {
            "eventVersion": "1.11" if source != "signin.amazonaws.com" else "1.09",
            "userIdentity": identity if identity is not None else signer.faces[0].plain,
            "eventTime": timestamp(second),
            "eventSource": source,
            "eventName": name,
            "awsRegion": region,
            "sourceIPAddress": ip or signer.ip,
            "userAgent": agent or signer.agent,
            "requestParameters": request,
            "responseElements": response,
            "requestID": request_id or guid(self.rng),
            "eventID": event_id,
            "readOnly": read_only,
            "eventType": event_type,
            "managementEvent": category == "Management",
            "recipientAccountId": account,
            "eventCategory": category,
        }
        if request_id is None:
            del fields["requestID"]
        if tls and event_type == "AwsApiCall":
            fields["tlsDetails"] = CLIENT_TLS
        if response is OMITTED:
            del fields["responseElements"]
        if more:
            fields.update(more)
        self.feed.deliver(account, region, second, ENCODER.encode(fields))
        lone = lone or lost is not None
        signer.seen = signer.seen or (view == "signed" and account == signer.account)
        self.truth.add(event_id, account, signer, view, answerable, lone=lone, lost=lost)
        if self.rng.random() < self.habits.twins:
            fields["eventID"] = event_id = guid(self.rng)
            self.feed.deliver(account, region, second, ENCODER.encode(fields))
            self.truth.add(event_id, account, signer, view, answerable, lone=lone, lost=lost)
        return None

    def call(
        self,
        who: Credential,
        call: Call,
        second: int,
        face: Face | None = None,
        answerable: bool | None = None,
    ) -> None:
        """One ordinary call signed with a session."""
        rng = self.rng
        draw = rng.random
        region = who.region
        if draw() < ELSEWHERE:
            region = who.home.regions[int(draw() * len(who.home.regions))]
        if self.feed.removed(who.account, region, second, call.read_only, call.category, "AwsApiCall"):
            return
        if face is None:
            faces = who.faces
            face = faces[0] if len(faces) == 1 else faces[int(draw() * len(faces))]
        identity = face.plain
        if face.stamped is not None and call.stamps:
            identity = face.stamped
            (who.session or who).stamped = True
            who.stamped = True
        if (
            draw() < self.habits.thin
            and identity is face.plain
            and who.hops
            and "sessionContext" in who.identity
        ):
            identity, answerable = self.thin(who, face, answerable)
        ids = f"{rng.getrandbits(256):064x}"
        event_id = f"{ids[:8]}-{ids[8:12]}-{ids[12:16]}-{ids[16:20]}-{ids[20:32]}"
        fields: Json = {
            "eventVersion": call.version,
            "userIdentity": identity,
            "eventTime": timestamp(second),
            "eventSource": call.source,
            "eventName": call.name,
            "awsRegion": region,
            "sourceIPAddress": who.ip,
            "userAgent": who.agent,
        }
        if draw() < DENIED:
            fields["errorCode"] = "AccessDenied"
            fields["errorMessage"] = (
                f"User: {who.identity.get('arn', who.principal)} is not authorized to perform: "
                f"{call.source.partition('.')[0]}:{call.name} because no identity-based policy allows it"
            )
            fields["requestParameters"] = call.request
            fields["responseElements"] = None
        else:
            fields["requestParameters"] = call.request
            fields["responseElements"] = call.response
        fields["requestID"] = f"{ids[32:40]}-{ids[40:44]}-{ids[44:48]}-{ids[48:52]}-{ids[52:]}"
        fields["eventID"] = event_id
        fields["readOnly"] = call.read_only
        fields["eventType"] = "AwsApiCall"
        fields["managementEvent"] = call.category == "Management"
        fields["recipientAccountId"] = who.account
        fields["eventCategory"] = call.category
        if who.console:
            fields["sessionCredentialFromConsole"] = "true"
        else:
            fields["tlsDetails"] = CLIENT_TLS
        self.feed.deliver(who.account, region, second, ENCODER.encode(fields))
        who.seen = True
        self.truth.add(event_id, who.account, who, "signed", answerable)

    def thin(self, who: Credential, face: Face, answerable: bool | None) -> tuple[Raw, bool | None]:
        """A record that says less about its caller, and whether what it says is still enough."""
        kind = self.rng.random()
        identity = who.identity | {"accessKeyId": face.key}
        if kind < 0.5:
            # Without the key, principal and creation date remain.
            del identity["accessKeyId"]
            return raw(identity), False if who.keyless_doubt and not who.named else answerable
        del identity["sessionContext"]
        if kind < 0.75:
            # Key and principal remain: enough if the issuance shows that key.
            return raw(identity), None if who.shown == face.key or who.identity[
                "type"
            ] == "IAMUser" else False
        # A data event with the key alone.
        return raw({key: identity[key] for key in ("type", "accountId", "accessKeyId")}), False

    def use(self, who: Credential, count: int = 0, *, forwards: bool = True) -> None:
        """Give a session its calls, between its issuance and its end."""
        draw = self.rng.random
        span = max(1, who.end - who.start - 5)
        # Sessions are used mostly in their first hour.
        span = min(span, 5_400) if who.hops and draw() < 0.8 else span
        if who.hops and not who.named:
            if draw() < self.habits.extreme:
                # The clock of the called host is half a minute slow: a record that rules must refuse (C09).
                self.call(who, CALLS[8], who.start - 30, answerable=False)
            if draw() < EARLY:
                self.call(who, CALLS[8], who.start - 1)
            if draw() < LATE_END:
                # Begun before the expiration and ended after it (T16).
                self.call(who, CALLS[8], who.end + 2, answerable=False)
        for _ in range(count or self.few()):
            second = who.start + int(draw() * span)
            self.call(who, CALLS[bisect(CUMULATED, draw() * TOTAL)], second)
            if forwards and draw() < FORWARDS:
                self.forward(who, second)
            if draw() < self.habits.bucket_copies:
                self.bucket_copy(who, second)

    def forward(self, who: Credential, second: int) -> None:
        """A forward access session: a service calls another as the principal that asked it to."""
        host, trigger, call = FORWARDED[int(self.rng.random() * len(FORWARDED))]
        context = dict(who.identity.get("sessionContext") or {})
        if context:
            # A temporary base session keeps its own creation date.
            if self.chance(0.3):
                context.pop("sourceIdentity", None)
        else:
            attributes = {"creationDate": timestamp(second), "mfaAuthenticated": "false"}
            context = {"sessionIssuer": {}, "webIdFederationData": {}, "attributes": attributes}
        identity = {key: value for key, value in who.identity.items() if key != "inScopeOf"}
        identity |= {"accessKeyId": self.key(who.home), "sessionContext": context, "invokedBy": host}
        write = trigger.startswith(("Create", "Start"))
        self.record(who, second, host, trigger, request={"name": "orders"}, read_only=not write)
        fas = self.credential(
            "forward_access_session",
            who.origin,
            identity,
            who.home,
            start=second,
            end=who.end,
            session=who,
            hops=who.hops,
            region=who.region,
            ip=host,
            agent=host,
            named=who.named,
            doubt=who.keyless_doubt or who.doubt,
        )
        for _ in range(self.rng.randint(1, 3)):
            self.record(
                fas,
                min(second + self.rng.randint(0, 3), who.end),
                call.source,
                call.name,
                request=call.request,
                response=call.response,
                read_only=call.read_only,
                tls=False,
            )

    def bucket_copy(self, who: Credential, second: int) -> None:
        """A call to another account's bucket: its owner gets a copy that names account and id only."""
        owner = self.organisation.any_account()
        if owner.id == who.account or "principalId" not in who.identity or who.identity.get("type") == "Root":
            return
        shared, request_id = guid(self.rng), guid(self.rng)
        common: Json = {
            "request": BUCKET_READ.request,
            "read_only": True,
            "category": "Data",
            "request_id": request_id,
            "more": {"sharedEventID": shared},
        }
        lost = self.record(who, second, BUCKET_READ.source, BUCKET_READ.name, **common)
        if self.chance(0.1):
            # Through somebody's VPC endpoint: its owner gets a copy that counts as no use.
            self.record(
                who, second, BUCKET_READ.source, BUCKET_READ.name,
                account=owner.id, region=owner.regions[0], identity=raw(foreign_identity(who.identity)),
                view="network_activity_copy", answerable=False, event_type="AwsVpceEvent",
                category="NetworkActivity", read_only=True, request_id=request_id,
                more={"sharedEventID": shared, "vpcEndpointId": "vpce-0a1b2c3d4e5f60718"},
            )  # fmt: skip
            return
        foreign = raw(foreign_identity(who.identity))
        self.record(
            who, second, BUCKET_READ.source, BUCKET_READ.name,
            account=owner.id, region=owner.regions[0], identity=foreign, view="bucket_owner_copy",
            lost=lost, **common,
        )  # fmt: skip
