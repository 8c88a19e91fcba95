"""Questions one can ask of the sample logs, with the answers a reader of the records would give."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from identities import Colleague, Credential, JsonObject, User, iso
from organisation import IDENTITY_STORE_ARN


@dataclass(frozen=True)
class Origin:
    """Who or what a chain ends in. ``stop`` says why it ends there."""

    kind: str
    id: str | None
    name: str | None
    stop: str = "origin"


UNKNOWN = Origin("unknown", None, None, "no_issuance")


def iam_user(user: User) -> Origin:
    return Origin("iam_user", user.user_id, user.name)


def identity_center_user(person: Colleague) -> Origin:
    return Origin("identity_center_user", f"{IDENTITY_STORE_ARN}#{person.directory_id}", person.email)


def caller_of_missing_account(caller: Credential) -> Origin:
    """All that is known of a caller whose account's logs are not held."""
    caller_id = f"{caller.account_id}#{caller.user_identity['principalId']}"
    return Origin("external_account", caller_id, None, "missing_log")


@dataclass(frozen=True)
class Answer:
    """One credential's origin, and the rules of the hops from the credential back to it."""

    credential: Credential
    origin: Origin
    rules: tuple[str, ...]
    grade: str = "proof"

    def as_json(self) -> JsonObject:
        return {
            "origin_kind": self.origin.kind,
            "origin_id": self.origin.id,
            "origin_name": self.origin.name,
            "grade": self.grade,
            "stop": self.origin.stop,
            "rules": list(self.rules),
            # Read when written out: the story may go on using the credential.
            "uses": self.credential.uses,
        }


@dataclass(frozen=True)
class Question:
    """A target, optionally at one moment or from one account's logs alone."""

    story: str
    target: str
    answers: list[Answer]
    at: datetime | None = None
    only_account: str | None = None

    def as_json(self) -> JsonObject:
        return {
            "story": self.story,
            "target": self.target,
            "at": iso(self.at) if self.at else None,
            "only_account": self.only_account,
            "answers": [answer.as_json() for answer in self.answers],
        }


@dataclass
class Questions:
    """The questions of one story."""

    story: str
    asked: list[Question] = field(default_factory=list)

    def ask(
        self,
        credential: Credential,
        origin: Origin,
        *rules: str,
        grade: str = "proof",
        only_account: str | None = None,
    ) -> None:
        """Ask for one credential's key, which has one answer."""
        answer = Answer(credential, origin, rules, grade)
        target = credential.access_key_id
        self.asked.append(Question(self.story, target, [answer], only_account=only_account))

    def ask_recycled(self, *answers: Answer, at: datetime | None = None) -> None:
        """Ask for a key that named several credentials, or for one moment of it."""
        target = answers[0].credential.access_key_id
        self.asked.append(Question(self.story, target, list(answers), at=at))
