"""Keyed tokens: of the shape of what they stand for, and never to be taken for a real one.

Accounts begin with 000; ids have 0000 where AWS writes no zero; instances and other resources begin
with fffff, where AWS begins with 0; addresses are of `100::/64`, which no packet may come from.
"""

import base64
import hmac
import re
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

from trailtrace.errors import TrailtraceError

_ACCOUNT = re.compile(r"[0-9]{12}")
_KEY = re.compile(r"(A(?:KIA|SIA|BIA|CCA))[A-Z0-9]{16}")
_UNIQUE_ID = re.compile(r"(A(?:IDA|ROA|GPA|IPA|NPA|NVA|PKA|SCA))[A-Z0-9]{8,}")
_RESOURCE = re.compile(
    r"(i|mi|r|vpc|subnet|sg|sgr|eni|vol|snap|ami|rtb|igw|nat|eipalloc|eipassoc|acl|vpce|lt|key|tgw|pcx|fs"
    r"|fsap|dopt|cgw|vgw|vpn|d|o|ou|r)-[0-9a-z]{8,32}"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HASH = re.compile(r"[0-9a-f]{32,128}")
_EMAIL = re.compile(r"[^@]+@[^@]+")
_V4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_DASHED_V4 = re.compile(r"ip-\d{1,3}(?:-\d{1,3}){3}")


class Tokens:
    """Tokens of one secret. Remembers accounts, whose tokens are short, to notice two that are equal."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._accounts: dict[str, str] = {}

    def name(self, text: str) -> str:
        return "redacted-" + self._letters("name", text, 12)

    def account(self, account: str) -> str:
        token = f"000{self._bits('account', account) % 10**9:09}"
        if self._accounts.setdefault(token, account) != account:
            raise TrailtraceError("--redact: two accounts would look the same: choose another secret")
        return token

    def address(self, text: str) -> str | None:
        """The token of an address or a block of them; None if the text is neither."""
        host, slash, length = text.partition("/")
        if not (host[:1].isalnum() or host.startswith("::")) or (slash and not length.isdigit()):
            return None
        try:
            address = ip_address(host)
        except ValueError:
            return None
        number = self._bits("address", address.compressed) & (1 << 64) - 1
        return str(IPv6Address((0x0100 << 112) | number)) + slash + length

    def typed(self, word: str) -> str | None:
        """The token of a word whose form says what it is; None if it does not."""
        if _ACCOUNT.fullmatch(word):
            return self.account(word)
        if found := _KEY.fullmatch(word):
            return found[1] + "0000" + self._letters("key", word, 12).upper()
        if found := _UNIQUE_ID.fullmatch(word):
            return found[1] + "0000" + self._letters("id", word, 13).upper()
        if found := _RESOURCE.fullmatch(word):
            return f"{found[1]}-fffff{self._bits('resource', word) & (1 << 48) - 1:012x}"
        if _UUID.fullmatch(word):
            digits = f"{self._bits('uuid', word.lower()) & (1 << 96) - 1:024x}"
            return f"ffffffff-{digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:]}"
        if _HASH.fullmatch(word):
            return ("ffffffff" + self._digest("hash", word).hex() * 2)[: len(word)]
        if _V4.fullmatch(word):
            return self.address(word)
        if _EMAIL.fullmatch(word):
            return f"redacted-{self._letters('name', word, 12)}@redacted.invalid"
        return None

    def identifies(self, word: str) -> bool:
        """Whether the form of a word alone says that it identifies something, event ids apart."""
        return (
            any(form.fullmatch(word) for form in (_ACCOUNT, _KEY, _UNIQUE_ID, _RESOURCE, _EMAIL, _DASHED_V4))
            or _V4.fullmatch(word) is not None
        )

    def tail(self, text: str) -> str:
        """The end that AWS gives a name to make it unique: of the same length."""
        if not text:
            return ""
        mark, rest = text[0], text[1:]
        return mark + ("ffff" + self._digest("tail", rest).hex())[: len(rest)]

    def _digest(self, kind: str, text: str) -> bytes:
        message = kind.encode() + b"\0" + text.encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, message, sha256).digest()

    def _bits(self, kind: str, text: str) -> int:
        return int.from_bytes(self._digest(kind, text))

    def _letters(self, kind: str, text: str, count: int) -> str:
        return base64.b32encode(self._digest(kind, text)).decode().lower()[:count]
