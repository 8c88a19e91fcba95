"""A real Chromium for the tests of pages, and a page with what happened in it."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, sync_playwright

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
NAMES = ("chromium", "chromium-browser", "google-chrome")

PHONE = (390, 844)
DESKTOP = (1280, 900)


def chromium() -> str | None:
    """Where a Chromium of the system is."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass(slots=True)
class Opened:
    """A page, and what it did while it was open."""

    page: Page
    fetched: list[str] = field(default_factory=list)
    """Addresses other than its own and pictures that it holds itself."""
    dialogs: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What its console says: scripts and styles that were refused, pictures that are none."""


def opened(
    browser: Browser,
    path: Path,
    size: tuple[int, int] = DESKTOP,
    scheme: str = "light",
    *,
    scripts: bool = True,
) -> Opened:
    """Opens a file and waits until all of it is there."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
    )
    found = Opened(context.new_page())
    own = path.as_uri()

    def request(asked: Request) -> None:
        if asked.url != own and not asked.url.startswith("data:"):
            found.fetched.append(asked.url)

    def dialog(shown: Dialog) -> None:
        found.dialogs.append(shown.message)
        shown.dismiss()

    found.page.on("request", request)
    found.page.on("dialog", dialog)
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.goto(own, wait_until="load")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module; they are skipped where there is none."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()
