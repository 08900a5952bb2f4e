"""What every test may ask for: the repository's root, and a browser where there is one."""

import pytest

from rnncourse import chromium
from rnncourse.bootstrap import ROOT

QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", "--no-sandbox"]


@pytest.fixture(scope="session")
def root():
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def browser():
    """Headless Chromium, driven by Playwright; skips, and says so, where there is none."""
    executable = chromium.find()
    if executable is None:
        pytest.skip("no Chromium or Chrome on this machine")
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright().start()
    running = playwright.chromium.launch(executable_path=executable, args=QUIET)
    yield running
    running.close()
    playwright.stop()


@pytest.fixture
def page(browser):
    """A fresh page of the browser, 1280 pixels wide."""
    fresh = browser.new_page(viewport={"width": 1280, "height": 900})
    yield fresh
    fresh.close()
