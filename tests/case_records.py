"""Expands the compact notation of `tests/cases/*.yml` into full-shaped CloudTrail records.

A line is a time, an actor and what it did. In parentheses, it happened but is not in the logs:

    09:00 user/alice assumes role/Deploy as ci-42 for 900 identified as alice -> K1
    09:05:10 K1 calls s3 GetObject in eu-west-1 from 203.0.113.9
    (d2 09:00 K1 assumes 222222222222/role/ops/Prod as ci -> K2)

Actors: `user/alice`, `root` (both sign with their long-term key), a key symbol, and as callers of
`assumes` also `service/HOST`, `saml/SUBJECT`, `oidc/PROVIDER#SUBJECT`. An account number in front
places a principal elsewhere. `role/Deploy~2` is a recreated role: the same ARN, another unique id.

    ACTOR calls SERVICE EVENT [with KEY] [via HOST] [on behalf of person/NAME]
    ACTOR assumes ROLE as SESSION -> KEY       ACTOR is denied ROLE as SESSION
    ACTOR gets a session token -> KEY          ACTOR gets a federation token as NAME -> KEY
    ACTOR assumes root of ACCOUNT -> KEY       ACTOR switches to ROLE as SESSION -> KEY
    ACTOR signs into the console -> KEY        ACTOR fails to sign into the console
    person/NAME fetches role credentials of ROLE

`-> KEY` names the new session. `with KEY` is the same session under a key that no event issued, and
`via HOST` a service acting as the caller. `K1'` is another credential with the access key id of K1.

A mapping `{line: LINE, only: ACCOUNT, set: {PATH: VALUE}, unset: [PATH]}` keeps only one account's
copy and edits fields. In values, `<key K1>`, `<key user/alice>`, `<id role/Deploy>`,
`<arn role/Deploy as ci>`, `<time 09:00>`, `<event 2>` (of the second line) and `<event 2 copy>`
(the role account's copy of it) are replaced by what they stand for.
"""

import base64
import copy
import hashlib
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

Record = dict[str, Any]

HOME_ACCOUNT = "111111111111"
IDENTITY_CENTER_ACCOUNT = "444455556666"
IDENTITY_STORE = f"arn:aws:identitystore::{IDENTITY_CENTER_ACCOUNT}:identitystore/d-9067000001"
SAML_ISSUER = "https://idp.example.com/saml"
SSO_ISSUER = "https://portal.sso.us-east-1.amazonaws.com/saml/assertion/ZXhhbXBsZQ"
FIRST_DAY = datetime(2026, 5, 1)
CLIENT_ADDRESS = "198.51.100.10"
CLIENT_AGENT = "aws-cli/2.17.0 md/Botocore#2.0.0 ua/2.0 os/linux#6.1.0 lang/python#3.11.8"
# These services' AssumeRole records have no assumedRoleUser and no durationSeconds.
WORKLOAD_SESSION_SECONDS = {
    "ec2.amazonaws.com": 23_700,
    "lambda.amazonaws.com": 43_200,
    "ecs-tasks.amazonaws.com": 21_600,
}
READ_ONLY = re.compile(r"Get|List|Describe|Head|Decrypt|Lookup")

LINE = re.compile(r"(?P<time>(?:d\d+ )?[\d:]+) (?P<actor>\S+) (?P<rest>.+)")
PRINCIPAL = re.compile(r"(?:(\d{12})/)?(user|role|root)(?:/(.+?))?(?:~(\d+))?")
OPTION = re.compile(r" (->|with|via|in|from|on behalf of|identified as|for) (\S+)")
PLACEHOLDER = re.compile(r"<(key|id|arn|time|event) ([^<>]+)>")


def base32_text(seed: str, length: int) -> str:
    return base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode()[:length]


def unique_id(prefix: str, account: str, seed: str, length: int) -> str:
    """An id as AWS mints it: the account is in it, halved, its odd bit in the next letter."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    number = (1 << 39) + int(account) // 2
    embedded = "".join(letters[number >> shift & 31] for shift in range(35, -1, -5))
    tail = base32_text(prefix + account + seed, length - 12)
    odd_letter = letters[letters.index(tail[0]) % 16 + 16 * (int(account) % 2)]
    return prefix + embedded + odd_letter + tail[1:]


def guid(seed: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, seed))


def moment(text: str) -> datetime:
    day, _, clock = text.rpartition(" ")
    hour, minute, second = ([int(part) for part in clock.split(":")] + [0])[:3]
    days = int(day[1:]) - 1 if day else 0
    return FIRST_DAY + timedelta(days=days, hours=hour, minutes=minute, seconds=second)


def iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def sts_expiration(time: datetime) -> str:
    return f"{time:%b} {time.day}, {time.year}, {time.hour % 12 or 12}:{time:%M:%S %p}"


@dataclass(frozen=True, slots=True)
class Principal:
    """An IAM user, a role, or an account's root."""

    account: str
    kind: str
    path: str
    generation: str

    @classmethod
    def parse(cls, text: str) -> "Principal":
        match = PRINCIPAL.fullmatch(text)
        if not match:
            raise ValueError(f"not a principal: {text!r}")
        account, kind, path, generation = match.groups(default="")
        return cls(account or HOME_ACCOUNT, kind, path, generation)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def unique_id(self) -> str:
        if self.kind == "root":
            return self.account
        prefix = {"user": "AIDA", "role": "AROA"}[self.kind]
        return unique_id(prefix, self.account, self.path + self.generation, 21)

    @property
    def arn(self) -> str:
        path = f"/{self.path}" if self.path else ""
        return f"arn:aws:iam::{self.account}:{self.kind}{path}"

    def session_arn(self, session_name: str) -> str:
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{session_name}"


@dataclass(frozen=True, slots=True)
class Session:
    """What signs a call: a long-term key (`created` is None) or a temporary credential."""

    type: str
    principal: Principal
    key: str
    name: str = ""
    created: datetime | None = None
    source_identity: str = ""
    from_console: bool = False
    context: Record = field(default_factory=dict)  # further members of sessionContext

    @property
    def principal_id(self) -> str:
        if self.type == "FederatedUser":
            return f"{self.principal.account}:{self.name}"
        return f"{self.principal.unique_id}:{self.name}" if self.name else self.principal.unique_id

    @property
    def arn(self) -> str:
        if self.type == "FederatedUser":
            return f"arn:aws:sts::{self.principal.account}:federated-user/{self.name}"
        return self.principal.session_arn(self.name) if self.name else self.principal.arn

    def bare_identity(self) -> Record:
        """The identity as sign-in records carry it: no key, no session context."""
        identity = {
            "type": self.type,
            "principalId": self.principal_id,
            "arn": self.arn,
            "accountId": self.principal.account,
        }
        return identity | ({"userName": self.principal.name} if self.type == "IAMUser" else {})

    def identity(self) -> Record:
        identity = self.bare_identity() | {"accessKeyId": self.key}
        if self.created is None:
            return identity
        issuer: Record = {}
        if self.name:
            issuer = {
                "type": "IAMUser" if self.type == "FederatedUser" else "Role",
                "principalId": self.principal.unique_id,
                "arn": self.principal.arn,
                "accountId": self.principal.account,
                "userName": self.principal.name,
            }
        attributes = {"creationDate": iso(self.created), "mfaAuthenticated": "false"}
        context: Record = {
            "sessionIssuer": issuer,
            "webIdFederationData": {},
            "attributes": attributes,
        }
        if self.source_identity:
            context["sourceIdentity"] = self.source_identity
        return identity | {"sessionContext": context | self.context}

    def foreign_identity(self) -> Record:
        """All that another account's copy tells about this caller."""
        account = self.principal.account
        return {"type": "AWSAccount", "principalId": self.principal_id, "accountId": account}


class CaseRecords:
    """The records of one case, and the real ids behind its symbols."""

    def __init__(self, lines: Iterable[str | Record]) -> None:
        self.records: list[Record] = []
        self._keys: dict[str, str] = {}
        self._sessions: dict[str, Session] = {}
        self._event_ids: list[list[str]] = []
        self._time = FIRST_DAY
        self._options: dict[str, str] = {}
        for line in lines:
            self._add(line if isinstance(line, dict) else {"line": line})
        self.records = self.resolve(self.records)

    def resolve(self, value: Any) -> Any:
        """The value with every placeholder in it replaced, at any depth."""
        if isinstance(value, dict):
            return {name: self.resolve(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.resolve(member) for member in value]
        return PLACEHOLDER.sub(self._meaning, value) if isinstance(value, str) else value

    def _meaning(self, placeholder: re.Match[str]) -> str:
        what, name = placeholder.groups()
        if what == "event":
            number, _, of_role_account = name.partition(" ")
            return self._event_ids[int(number) - 1][1 if of_role_account else 0]
        if what == "time":
            return iso(moment(name))
        if what == "key":
            return self._keys.get(name) or self._actor(name).key
        if name.startswith("person/"):
            return f"{IDENTITY_STORE}#{guid(name)}"
        path, _, session_name = name.partition(" as ")
        principal = Principal.parse(path)
        if session_name:
            return principal.session_arn(session_name)
        return principal.unique_id if what == "id" else principal.arn

    def _add(self, entry: Record) -> None:
        if unknown := entry.keys() - {"line", "only", "set", "unset"}:
            raise ValueError(f"unknown members {unknown} beside {entry['line']!r}")
        text = entry["line"]
        hidden = text.startswith("(")
        match = LINE.fullmatch(text.strip("()"))
        if not match:
            raise ValueError(f"not a line: {text!r}")
        self._time = moment(match["time"])
        self._options = dict(OPTION.findall(match["rest"]))
        performed = self._perform(match["actor"], OPTION.sub("", match["rest"]))
        copies = [copy.deepcopy(record) for record in performed]
        self._event_ids.append([record["eventID"] for record in copies])
        for record in copies:
            if record["recipientAccountId"] != entry.get("only", record["recipientAccountId"]):
                continue
            for path, value in entry.get("set", {}).items():
                parent, name = self._parent(record, path)
                parent[name] = value
            for path in entry.get("unset", []):
                parent, name = self._parent(record, path)
                del parent[name]
            if not hidden:
                self.records.append(record)

    @staticmethod
    def _parent(record: Record, path: str) -> tuple[Record, str]:
        *parents, name = path.split(".")
        for parent in parents:
            record = record.setdefault(parent, {})
        return record, name

    def _perform(self, actor: str, action: str) -> list[Record]:
        deeds: list[tuple[str, Callable[..., list[Record]]]] = [
            (r"calls (\S+) (\w+)", self._call),
            (r"assumes root of (\d+)", self._assume_root),
            (r"assumes (\S+) as (\S+)", self._assume),
            (r"is denied (\S+) as (\S+)", self._denied),
            (r"gets a (session) token()", self._token),
            (r"gets a (federation) token as (\S+)", self._token),
            (r"switches to (\S+) as (\S+)", self._switch),
            (r"(signs|fails to sign) into the console", self._sign_in),
            (r"fetches role credentials of (\S+)", self._fetch_role_credentials),
        ]
        for pattern, deed in deeds:
            if match := re.fullmatch(pattern, action):
                return deed(actor, *match.groups())
        raise ValueError(f"nothing anybody can do: {action!r}")

    def _actor(self, text: str) -> Session:
        if text in self._sessions:
            return self._sessions[text]
        principal = Principal.parse(text)
        if principal.kind == "role":
            raise ValueError(f"a role acts through a session, so name its key: {text!r}")
        key = unique_id("AKIA", principal.account, principal.path, 20)
        return Session("Root" if principal.kind == "root" else "IAMUser", principal, key)

    def _key(self, symbol: str, account: str, prefix: str = "ASIA") -> str:
        shared = symbol.rstrip("'")
        key = self._keys.get(shared) or unique_id(prefix, account, shared, 20)
        self._keys[shared] = self._keys[symbol] = key
        return key

    def _guid(self, what: str) -> str:
        return guid(f"{what} of line {len(self._event_ids) + 1}")

    def _begin(self, type_: str, principal: Principal, name: str = "", **more: Any) -> Session:
        """The session this line creates, under the symbol after the arrow."""
        symbol = self._options["->"]
        key = self._key(symbol, principal.account)
        session = Session(type_, principal, key, name, self._time, **more)
        self._sessions[symbol] = session
        return session

    def _record(self, host: str, event: str, identity: Record, account: str, **fields: Any) -> Record:
        seed = f"{len(self._event_ids) + 1} {event} {iso(self._time)}"
        service = identity.get("invokedBy")
        record = {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": iso(self._time),
            "eventSource": host,
            "eventName": event,
            "awsRegion": self._options.get("in", "us-east-1"),
            "sourceIPAddress": service or self._options.get("from", CLIENT_ADDRESS),
            "userAgent": service or CLIENT_AGENT,
            "requestParameters": None,
            "responseElements": None,
            "requestID": guid(f"request {seed}"),
            "eventID": guid(f"event {seed} {account}"),
            "readOnly": READ_ONLY.match(event) is not None,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
        }
        if not service:
            record["tlsDetails"] = {"tlsVersion": "TLSv1.3", "clientProvidedHostHeader": host}
        return record | fields

    def _call(self, actor: str, service: str, event: str) -> list[Record]:
        session = self._actor(actor)
        via = self._options.get("via")
        if symbol := self._options.get("with"):
            temporary = bool(via) or session.created is not None
            prefix = "ASIA" if temporary else "AKIA"
            session = replace(session, key=self._key(symbol, session.principal.account, prefix))
            if temporary:
                session = replace(session, created=session.created or self._time)
            self._sessions[symbol] = session
        identity = session.identity()
        if via:
            identity["invokedBy"] = via
        if person := self._options.get("on behalf of"):
            identity["onBehalfOf"] = {"userId": guid(person), "identityStoreArn": IDENTITY_STORE}
        record = self._record(f"{service}.amazonaws.com", event, identity, session.principal.account)
        if session.from_console:
            record["sessionCredentialFromConsole"] = "true"
        if event in {"GetObject", "PutObject"}:
            record |= {"managementEvent": False, "eventCategory": "Data"}
            record["requestParameters"] = {"bucketName": "reports", "key": "2026/april.csv"}
        return [record]

    def _credentials(self, session: Session, seconds: int) -> Record:
        return {
            "accessKeyId": session.key,
            "sessionToken": base32_text(f"token {session.key} {iso(self._time)}", 48),
            "expiration": sts_expiration(self._time + timedelta(seconds=seconds)),
        }

    def _assume(self, actor: str, role_path: str, name: str) -> list[Record]:
        kind, _, who = actor.partition("/")
        role = Principal.parse(role_path)
        caller = None if kind in {"service", "saml", "oidc"} else self._actor(actor)
        set_identity = self._options.get("identified as", "")
        source_identity = set_identity or (caller.source_identity if caller else "")
        session = self._begin("AssumedRole", role, name, source_identity=source_identity)
        workload_seconds = WORKLOAD_SESSION_SECONDS.get(who)
        seconds = int(self._options.get("for", workload_seconds or 3600))
        request: Record = {"roleArn": role.arn, "roleSessionName": name}
        response: Record = {"credentials": self._credentials(session, seconds)}
        if not workload_seconds:
            request["durationSeconds"] = seconds
            assumed_role = {"assumedRoleId": session.principal_id, "arn": session.arn}
            response["assumedRoleUser"] = assumed_role
        if set_identity:
            request["sourceIdentity"] = set_identity
        if source_identity:
            response["sourceIdentity"] = source_identity
        served = {"endpointType": "global", "awsServingRegion": "us-east-1"}
        fields: Record = {
            "requestParameters": request,
            "responseElements": response,
            "readOnly": True,
            "resources": [{"accountId": role.account, "type": "AWS::IAM::Role", "ARN": role.arn}],
            "additionalEventData": {"RequestDetails": served},
        }
        if caller:
            return self._copies("AssumeRole", caller, role.account, fields)
        event = {"saml": "AssumeRoleWithSAML", "oidc": "AssumeRoleWithWebIdentity"}.get(kind)
        if kind == "saml":
            identity = self._saml_caller(who, role, request, response)
        elif kind == "oidc":
            identity = self._oidc_caller(who, role, response)
            provider = {"federatedProvider": identity["identityProvider"], "attributes": {}}
            session.context["webIdFederationData"] = provider
        else:
            identity = {"type": "AWSService", "invokedBy": who}
            fields["sharedEventID"] = self._guid("shared")
            if who == "ec2.amazonaws.com":
                session.context["ec2RoleDelivery"] = "2.0"
        event = event or "AssumeRole"
        return [self._record("sts.amazonaws.com", event, identity, role.account, **fields)]

    def _oidc_caller(self, who: str, role: Principal, response: Record) -> Record:
        provider, _, subject = who.partition("#")
        provider_arn = f"arn:aws:iam::{role.account}:oidc-provider/{provider}"
        audience = "sts.amazonaws.com"
        response |= {"subjectFromWebIdentityToken": subject, "audience": audience}
        response["provider"] = provider_arn
        return {
            "type": "WebIdentityUser",
            "principalId": f"{provider_arn}:{audience}:{subject}",
            "userName": subject,
            "identityProvider": provider_arn,
        }

    def _saml_caller(self, subject: str, role: Principal, request: Record, response: Record) -> Record:
        sso = role.path.startswith("aws-reserved/sso.amazonaws.com/")
        provider = "AWSSSO_0123456789abcdef_DO_NOT_DELETE" if sso else "Corp"
        qualifier = "a04vUXVhbGlmaWVyRXhhbXBsZQ="
        request["principalArn"] = f"arn:aws:iam::{role.account}:saml-provider/{provider}"
        request["sAMLAssertionID"] = f"_{self._guid('assertion')}"
        response |= {
            "subject": subject,
            "subjectType": "persistent",
            "issuer": SSO_ISSUER if sso else SAML_ISSUER,
            "audience": "https://signin.aws.amazon.com/saml",
            "nameQualifier": qualifier,
        }
        return {
            "type": "SAMLUser",
            "principalId": f"{qualifier}:{subject}",
            "userName": subject,
            "identityProvider": qualifier,
        }

    def _copies(self, event: str, caller: Session, account: str, fields: Record) -> list[Record]:
        """The caller's record and, when another account is concerned, that account's copy."""
        own = caller.principal.account
        identities = {own: caller.identity()}
        if account != own:
            fields = fields | {"sharedEventID": self._guid("shared")}
            identities[account] = caller.foreign_identity()
        return [
            self._record("sts.amazonaws.com", event, identity, recipient, **fields)
            for recipient, identity in identities.items()
        ]

    def _assume_root(self, actor: str, account: str) -> list[Record]:
        seconds = int(self._options.get("for", 900))
        root = Principal(account, "root", "", "")
        session = self._begin("Root", root, context={"assumedRoot": "true"})
        policy = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
        fields = {
            "requestParameters": {
                "targetPrincipal": account,
                "taskPolicyArn": {"arn": policy},
                "durationSeconds": seconds,
            },
            "responseElements": {"credentials": self._credentials(session, seconds)},
        }
        return self._copies("AssumeRoot", self._actor(actor), account, fields)

    def _denied(self, actor: str, role_path: str, _name: str) -> list[Record]:
        caller = self._actor(actor)
        refusal = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: "
        fields = {
            "errorCode": "AccessDenied",
            "errorMessage": refusal + Principal.parse(role_path).arn,
            "readOnly": True,
        }
        return self._copies("AssumeRole", caller, caller.principal.account, fields)

    def _token(self, actor: str, kind: str, name: str) -> list[Record]:
        caller = self._actor(actor)
        seconds = int(self._options.get("for", 43_200))
        session = self._begin("FederatedUser" if name else caller.type, caller.principal, name)
        request: Record = {"durationSeconds": seconds}
        response: Record = {"credentials": self._credentials(session, seconds)}
        if name:
            request["name"] = name
            federated = {"federatedUserId": session.principal_id, "arn": session.arn}
            response |= {"federatedUser": federated, "packedPolicySize": 4}
        fields = {"requestParameters": request, "responseElements": response, "readOnly": False}
        event = {"session": "GetSessionToken", "federation": "GetFederationToken"}[kind]
        return self._copies(event, caller, caller.principal.account, fields)

    def _sign_in_record(self, event: str, identity: Record, account: str, **more: Any) -> Record:
        more = {"eventType": "AwsConsoleSignIn", "readOnly": False} | more
        record = self._record("signin.amazonaws.com", event, identity, account, **more)
        del record["requestID"]
        return record

    def _sign_in(self, actor: str, outcome: str) -> list[Record]:
        who = self._actor(actor)
        result: Record = {"responseElements": {"ConsoleLogin": "Success"}}
        if outcome == "signs":
            self._begin(who.type, who.principal, from_console=True)
        else:
            result = {"responseElements": {"ConsoleLogin": "Failure"}}
            result["errorMessage"] = "Failed authentication"
        result["additionalEventData"] = {
            "LoginTo": "https://console.aws.amazon.com/console/home",
            "MobileVersion": "No",
            "MFAUsed": "No",
        }
        identity = who.bare_identity() | ({"accessKeyId": ""} if who.type == "Root" else {})
        return [self._sign_in_record("ConsoleLogin", identity, who.principal.account, **result)]

    def _switch(self, actor: str, role_path: str, name: str) -> list[Record]:
        role = Principal.parse(role_path)
        session = self._begin("AssumedRole", role, name, from_console=True)
        fields = {
            "responseElements": {"SwitchRole": "Success"},
            "additionalEventData": {
                "SwitchFrom": self._actor(actor).arn,
                "RedirectTo": "https://console.aws.amazon.com/console/home",
            },
        }
        return [self._sign_in_record("SwitchRole", session.bare_identity(), role.account, **fields)]

    def _fetch_role_credentials(self, actor: str, role_path: str) -> list[Record]:
        role = Principal.parse(role_path)
        identity = {
            "type": "IdentityCenterUser",
            "accountId": IDENTITY_CENTER_ACCOUNT,
            "onBehalfOf": {"userId": guid(actor), "identityStoreArn": IDENTITY_STORE},
            "credentialId": guid(f"portal session {actor}"),
        }
        permission_set = role.name.removeprefix("AWSReservedSSO_").rpartition("_")[0]
        details = {"account_id": role.account, "role_name": permission_set}
        record = self._record(
            "sso.amazonaws.com",
            "GetRoleCredentials",
            identity,
            IDENTITY_CENTER_ACCOUNT,
            eventType="AwsServiceEvent",
            serviceEventDetails=details,
        )
        return [record]


def in_disorder(records: list[Record]) -> list[list[Record]]:
    """Files that hold every record twice, out of order: in a file of its own, and among all others."""
    # Event ids are hashes here, so their order has nothing to do with time.
    shuffled = sorted(records, key=lambda record: str(record["eventID"]))
    return [*([record] for record in shuffled), shuffled[::-1]]
