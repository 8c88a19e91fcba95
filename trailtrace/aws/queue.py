"""An SQS queue: messages are taken, and deleted once nobody needs them any more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from trailtrace.aws.clients import client, refusals, session
from trailtrace.errors import UsageError

SCHEME = "sqs://"

TOGETHER = 10
"""Most messages of one request, by SQS."""

HIDDEN_SECONDS = 300
"""How long a message that was taken is seen by nobody else; then it comes again."""

ADVICE = "see docs/watch.md for what the queue must allow"

_URL = re.compile(r"sqs://(?:(?P<account>\d{12})/)?(?P<name>[A-Za-z0-9_-]{1,80})")


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as it was taken."""

    id: str
    body: str
    receipt: str


class Queue:
    """Use `open_queue` to get one."""

    def __init__(self, name: str, url: str, sqs: Any) -> None:
        self.name = name
        self._url = url
        self._sqs = sqs

    def take(self, wait_seconds: int) -> list[Message]:
        """Up to ten messages; waits so long for the first. Raises TrailtraceError."""
        with refusals(f"{self.name}: cannot take messages", ADVICE):
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=TOGETHER,
                WaitTimeSeconds=wait_seconds,
                VisibilityTimeout=HIDDEN_SECONDS,
            )
        return [
            Message(each["MessageId"], each["Body"], each["ReceiptHandle"])
            for each in answer.get("Messages", [])
        ]

    def delete(self, messages: Iterable[Message]) -> None:
        """Deletes messages; one that SQS does not delete comes again, which does no harm."""
        for group in _groups(list(messages)):
            with refusals(f"{self.name}: cannot delete messages", ADVICE):
                self._sqs.delete_message_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": each.receipt}
                        for number, each in enumerate(group)
                    ],
                )

    def waiting(self) -> int:
        """About how many messages nobody has taken. Raises TrailtraceError."""
        return int(self._attributes()["ApproximateNumberOfMessages"])

    def has_dead_letters(self) -> bool:
        """Whether messages that come again and again are moved to another queue."""
        return "RedrivePolicy" in self._attributes()

    def _attributes(self) -> dict[str, str]:
        names = ["ApproximateNumberOfMessages", "RedrivePolicy"]
        with refusals(f"{self.name}: cannot read its attributes", ADVICE):
            answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        found: dict[str, str] = answer["Attributes"]
        return found


def open_queue(text: str, profile: str | None = None, region: str | None = None) -> Queue:
    """The queue of `sqs://name` or `sqs://account/name`.

    Raises UsageError for another text, TrailtraceError where there is no such queue.
    """
    found = _URL.fullmatch(text)
    if found is None:
        raise UsageError(f"{text}: no queue: write it as sqs://name, or sqs://account/name")
    asked = {"QueueName": found["name"]}
    if found["account"] is not None:
        asked["QueueOwnerAWSAccountId"] = found["account"]
    here = session(profile, region)
    with refusals(f"{text}: cannot find the queue", "check its name, --region and --profile"):
        sqs = client(here, "sqs")
        return Queue(text, sqs.get_queue_url(**asked)["QueueUrl"], sqs)


def _groups(messages: list[Message]) -> Iterator[list[Message]]:
    for start in range(0, len(messages), TOGETHER):
        yield messages[start : start + TOGETHER]
