"""Identifiers as AWS mints them: keys and unique ids that embed the account, GUIDs, hex."""

from __future__ import annotations

from base64 import b32encode, b64encode
from random import Random

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# The value of QAAAAAAA in base 32, which AWS adds to half the account number.
OFFSET = ALPHABET.index("Q") * 32**7


def account_code(account: str) -> str:
    """Characters 5 to 12 of every key and unique id of an account."""
    value = int(account) // 2 + OFFSET
    return "".join(ALPHABET[value >> shift & 31] for shift in range(35, -1, -5))


def _tail(rng: Random, account: str, length: int) -> str:
    # The first of these characters tells an odd account number from an even one.
    odd = int(account[-1]) % 2
    first = ALPHABET[16 * odd + rng.getrandbits(4)]
    return first + b32encode(rng.randbytes(5)).decode()[: length - 1]


def key_id(rng: Random, prefix: str, account: str, code: str) -> str:
    """`AKIA…` or `ASIA…`, 20 characters."""
    return prefix + code + _tail(rng, account, 8)


def unique_id(rng: Random, prefix: str, account: str, code: str) -> str:
    """`AIDA…` or `AROA…`, 21 characters."""
    return prefix + code + _tail(rng, account, 9)


def guid(rng: Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def hexadecimal(rng: Random, length: int) -> str:
    return f"{rng.getrandbits(4 * length):0{length}x}"


def token(rng: Random) -> str:
    """A session token; shorter than real ones, which say no more."""
    return "IQoJb3JpZ2luX2VjE" + b64encode(rng.randbytes(96)).decode()


def account_number(rng: Random) -> str:
    return str(rng.randrange(100_000_000_000, 999_999_999_999))
