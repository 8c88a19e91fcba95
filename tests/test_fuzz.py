"""The fuzz target is alive, and what it once found stays found; `benchmarks/fuzz.py` goes on by itself."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def fuzz() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(str(Path(__file__).parent.parent / "benchmarks"))
        yield import_module("fuzz")


def test_no_damage_to_one_record_loses_another(fuzz: ModuleType) -> None:
    for number in range(1_000):
        fuzz.check_unwrapped(fuzz.sniff(1, number))


@pytest.mark.parametrize(("seed", "number"), [(1, 11446), (1, 12797), (1, 13001), (1, 28423), (2, 104107)])
def test_what_was_lost_once_is_found(seed: int, number: int, fuzz: ModuleType) -> None:
    fuzz.check_unwrapped(fuzz.sniff(seed, number))


def test_strange_values_keep_the_ledger_exact_and_lose_no_good_record(fuzz: ModuleType) -> None:
    fuzz.check_loaded([fuzz.load_file(1, number) for number in range(150)])


def test_a_lost_record_is_noticed(fuzz: ModuleType) -> None:
    made = fuzz.Made(b'{"Records":[{"eventVersion":"1","eventName":"x","eventID":"other"}]}', ("good",), "")
    with pytest.raises(fuzz.LostError):
        fuzz.check_unwrapped(made)
    with pytest.raises(fuzz.LostError):
        fuzz.check_loaded([made])
