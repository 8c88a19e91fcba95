"""The made-up organisation: accounts, users, roles, people of the directory. Nothing happens here."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Any

from .ids import account_code, account_number, guid, hexadecimal, key_id, unique_id

Json = dict[str, Any]

REGIONS = ("us-east-1", "eu-west-1", "eu-central-1", "us-west-2", "ap-southeast-2")
USERS, ROLES, WORKLOAD_ROLES = 8, 8, 6
FIRST_NAMES = (
    "alice", "bob", "carla", "dmitri", "elif", "farid", "grace", "hana", "ines", "jonas", "kemal", "lena",
    "mallory", "noor", "olu", "priya", "quentin", "rosa", "samir", "tomas", "uma", "viktor", "wanda",
    "xenia", "yusuf", "zoe",
)  # fmt: skip
LAST_NAMES = (
    "abel", "brook", "castro", "dahl", "eriksen", "fischer", "gupta", "haddad", "ito", "jansen", "kovac",
    "lund", "mori", "novak", "okafor",
)  # fmt: skip
ROLE_NAMES = ("Deploy", "Admin", "ReadOnly", "Support", "Billing", "DataReader", "Audit", "Network")
WORKLOADS = ("orders-api", "invoice-render", "image-resize", "nightly-etl", "search-index", "mail-relay")
PERMISSION_SETS = ("AdministratorAccess", "PowerUser", "ViewOnly")


@dataclass(eq=False, slots=True)
class Role:
    """An IAM role; `path` is in its own ARN and in no session's."""

    account: Account
    name: str
    path: str
    id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account.id}:role{self.path}{self.name}"

    def session_arn(self, name: str) -> str:
        return f"arn:aws:sts::{self.account.id}:assumed-role/{self.name}/{name}"

    def issuer(self) -> Json:
        return {
            "type": "Role",
            "principalId": self.id,
            "arn": self.arn,
            "accountId": self.account.id,
            "userName": self.name,
        }


@dataclass(eq=False, slots=True)
class User:
    """An IAM user with one long-term key."""

    account: Account
    name: str
    id: str
    key: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account.id}:user/{self.name}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory of IAM Identity Center."""

    user_id: str
    user_name: str


@dataclass(eq=False, slots=True)
class Account:
    id: str
    code: str
    regions: tuple[str, ...]
    users: list[User] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    workload_roles: list[Role] = field(default_factory=list)
    sso_roles: list[Role] = field(default_factory=list)
    linked_roles: dict[str, Role] = field(default_factory=dict)

    def key(self, rng: Random, prefix: str = "ASIA") -> str:
        return key_id(rng, prefix, self.id, self.code)

    def role(self, rng: Random, name: str, path: str = "/") -> Role:
        return Role(self, name, path, unique_id(rng, "AROA", self.id, self.code))

    def linked_role(self, rng: Random, service: str, name: str) -> Role:
        """The service-linked role of `service`, made at its first use."""
        if service not in self.linked_roles:
            self.linked_roles[service] = self.role(rng, name, f"/aws-service-role/{service}/")
        return self.linked_roles[service]


@dataclass(eq=False, slots=True)
class Organisation:
    """All that exists. The first account is the management account and holds Identity Center."""

    rng: Random
    accounts: list[Account]
    outside: list[Account]
    people: list[Person]
    identity_store: str
    portal_issuer: str
    portal_region: str
    repositories: list[str]
    _weights: list[float]

    def account(self) -> Account:
        return self.rng.choices(self.accounts, cum_weights=self._weights)[0]

    def any_account(self) -> Account:
        """One where much or little happens, with equal chance."""
        return self.accounts[int(self.rng.random() * len(self.accounts))]


def _account(rng: Random, home: str) -> Account:
    number = account_number(rng)
    # IAM and console events, and the global STS endpoint, are us-east-1 whatever the account uses.
    regions = tuple(dict.fromkeys((home, *rng.sample(REGIONS, 2), "us-east-1")))
    account = Account(number, account_code(number), regions)
    names = [f"{first}.{rng.choice(LAST_NAMES)}" for first in rng.sample(FIRST_NAMES, USERS - 2)]
    for name in (*names, "ci-runner", "backup-agent"):
        unique = unique_id(rng, "AIDA", number, account.code)
        account.users.append(User(account, name, unique, account.key(rng, "AKIA")))
    paths = ("/", "/", "/ci/", "/team/data/")
    account.roles = [account.role(rng, name, rng.choice(paths)) for name in ROLE_NAMES]
    account.workload_roles = [account.role(rng, f"{name}-role", "/workload/") for name in WORKLOADS]
    return account


def make_organisation(rng: Random, accounts: int, people: int) -> Organisation:
    homes = rng.choices(REGIONS, (35, 30, 15, 12, 8), k=accounts)
    members = [_account(rng, home) for home in homes]
    portal = "eu-west-1"
    for account in members:
        for name in PERMISSION_SETS:
            role = account.role(
                rng,
                f"AWSReservedSSO_{name}_{hexadecimal(rng, 16)}",
                f"/aws-reserved/sso.amazonaws.com/{portal}/",
            )
            account.sso_roles.append(role)
    directory = [
        Person(guid(rng), f"{rng.choice(FIRST_NAMES)}.{rng.choice(LAST_NAMES)}{number}@corp.example")
        for number in range(people)
    ]
    # Organisations have a few busy accounts and many quiet ones.
    weights = list(accumulate(rng.lognormvariate(0, 1) for _ in members))
    return Organisation(
        rng=rng,
        accounts=members,
        outside=[_account(rng, rng.choice(REGIONS)) for _ in range(max(3, accounts // 20))],
        people=directory,
        identity_store=f"arn:aws:identitystore::{members[0].id}:identitystore/d-{hexadecimal(rng, 10)}",
        portal_issuer=f"https://portal.sso.{portal}.amazonaws.com/saml/assertion/{hexadecimal(rng, 32)}",
        portal_region=portal,
        repositories=[f"{name}-{number}" for name in WORKLOADS for number in range(max(5, accounts // 10))],
        _weights=weights,
    )
