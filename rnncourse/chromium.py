"""The browser that the browser tests drive, wherever this machine keeps it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
    r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
    r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
)


def find() -> Path | None:
    """Chromium or Chrome; ``RNNCOURSE_CHROMIUM`` names one elsewhere; None where there is none."""
    candidates = [os.environ.get("RNNCOURSE_CHROMIUM")]
    candidates += [shutil.which(name) for name in NAMES]
    candidates += [os.path.expandvars(place) for place in PLACES]
    return next((Path(path) for path in candidates if path and Path(path).is_file()), None)
