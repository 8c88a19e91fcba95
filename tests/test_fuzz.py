"""The fuzz target is alive, and what it once found stays found; `benchmarks/fuzz.py` goes on by itself."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    path = Path(__file__).parent.parent / "benchmarks" / "fuzz.py"
    spec = importlib.util.spec_from_file_location("fuzz", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    return module


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
