"""`trailtrace.toml`: what it may say, what it says to detections, and how a mistake is named."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from trailtrace.configuration import read_settings
from trailtrace.detections import detection, detection_names
from trailtrace.errors import UsageError
from trailtrace.finding import Severity
from trailtrace.names import Account, Relation, configured
from trailtrace.settings import Network, Settings

DOCS = Path(__file__).parent.parent / "docs"


def read(text: str, folder: Path) -> Settings:
    (folder / "trailtrace.toml").write_text(text, encoding="utf-8")
    return read_settings(folder / "trailtrace.toml")


def test_the_example_of_the_documentation_is_read(tmp_path: Path) -> None:
    [example] = re.findall(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(), re.DOTALL)
    settings = read(example, tmp_path)
    assert settings.accounts[:2] == (
        Account("111122223333", "Wrenfield people", None),
        Account("123456789012", "Wrenfield audit", Relation.OURS),
    )
    assert settings.accounts[-1] == Account("999988887777", "Managed backup", Relation.PARTNER)
    assert settings.people_roles == ("AWSReservedSSO_*", "IncidentLead")
    assert settings.networks[0] == Network("office", ("192.0.2.0/24", "2001:db8::/48"))
    assert settings.detection("used-after-expiry").severity is Severity.CRITICAL
    settings = replace(settings, accounts=configured((), settings.accounts))
    assert settings.shared == {
        "known_networks": ["192.0.2.0/24", "2001:db8::/48", "198.51.100.7/32"],
        "own_accounts": ["111122223333", "123456789012"],
        "partner_accounts": ["999988887777"],
        "people_roles": ["AWSReservedSSO_*", "IncidentLead"],
    }


def test_nothing_need_be_said(tmp_path: Path) -> None:
    settings = read("", tmp_path)
    assert settings == Settings(path=str(tmp_path / "trailtrace.toml"))
    assert set(settings.shared.values()) == {None}
    assert settings.detection("used-after-expiry").enabled


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "line 1: x: unknown key: there are accounts, findings, networks, people"),
        ("\n[acounts]", "line 2: acounts: unknown key: did you mean accounts?"),
        ("accounts = 1", "line 1: accounts: not a table"),
        ("[accounts.12]", "line 1: accounts.12: an account is named by its 12 digits"),
        ("[accounts.'١١١١١١١١١١١١']", "line 1: accounts..*: an account is named by its 12 digits"),
        ("[accounts.111122223333]\n\nnmae = 'x'", "line 3: accounts.111122223333.nmae: unknown key"),
        ("[accounts.111122223333]\nname = 1", "line 2: accounts.111122223333.name: not text"),
        ("[accounts.111122223333]\nrelation = 'mine'", "line 2: .*: not one of ours, partner, outside"),
        ("[accounts.111122223333]\nrelation = [1]", "line 2: .*: not one of ours, partner, outside"),
        ("[accounts]\n111122223333 = 'x'", "line 2: accounts.111122223333: not a table"),
        ('[accounts]\n"111122223333".name = 7', "line 2: accounts.111122223333.name: not text"),
        ("[people]\nrole = []", "line 2: people.role: unknown key: did you mean roles?"),
        ("[people]\nroles = 'x'", "line 2: people.roles: not a list of texts"),
        ("[people]\nroles = [1]", "line 2: people.roles: not a list of texts"),
        ("[networks]\no = ['192.0.2.1/24']", "line 2: networks.o: not a network: .*host bits.*: write it as"),
        ("[networks]\no = ['x']", "line 2: networks.o: not a network"),
        ("[networks]\n\no = '192.0.2.0/24'", "line 3: networks.o: not a list of texts"),
        ("[findings.used-after-expire]", "line 1: .*: there is no such finding: did you mean used-after-exp"),
        ("[findings.used-after-expiry]\nenabled = 'no'", "line 2: .*enabled: not true or false"),
        ("[findings.used-after-expiry]\nseverity = 'bad'", "line 2: .*: not one of info, low, medium, high"),
        ("[findings.used-after-expiry]\nsevrity = 'low'", "line 2: .*sevrity: .*did you mean severity?"),
        ("[findings.used-after-expiry]\nsince = 2026-01-01", "line 2: .*since: unknown key"),
        ("[findings]\nused-after-expiry = 1", "line 2: findings.used-after-expiry: not a table"),
        ("[", "not TOML: "),
        ("\ufffd", "not TOML: "),
    ],
)
def test_a_mistake_is_named_on_one_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        read(text, tmp_path)
    message = str(refused.value)
    assert "\n" not in message
    assert re.search(rf"trailtrace\.toml(, |: ){said}", message), message


def test_bytes_that_are_no_text_and_no_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "trailtrace.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "trailtrace.toml", tmp_path / "none.toml", tmp_path):
        with pytest.raises(UsageError, match=path.name):
            read_settings(path)


WRONG = {
    "integer": "'x'",
    "bigint": "1.5",
    "double": "'x'",
    "boolean": "1",
    "varchar": "1",
    "varchar[]": "[1]",
    "integer[]": "['x']",
    "date": "1",
    "timestamp": "1",
}
RIGHT = {
    "integer": "7",
    "bigint": "7",
    "double": "0.5",
    "boolean": "true",
    "varchar": "'x'",
    "varchar[]": "['x']",
    "integer[]": "[7]",
    "date": "'2026-05-01'",
    "timestamp": "'2026-05-01'",
}


@pytest.mark.parametrize("name", detection_names())
def test_every_threshold_of_a_detection_can_be_set(name: str, tmp_path: Path) -> None:
    given = set(Settings().shared) | {"since", "until"}
    for param in detection(name).query.params:
        table = f"[findings.{name}]\n{param.name} = "
        if param.name in given:
            with pytest.raises(UsageError, match="unknown key"):
                read(table + RIGHT[param.type], tmp_path)
            continue
        settings = read(table + RIGHT[param.type], tmp_path)
        assert list(settings.detection(name).params) == [param.name]
        for wrong in (WRONG[param.type], "99999999999" if param.type in ("integer", "bigint") else "nan"):
            with pytest.raises(UsageError, match=f"{param.name}: not "):
                read(table + wrong, tmp_path)
