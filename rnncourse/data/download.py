"""Text from the network, through pooch: cached, checked, resumed, and never waited for in vain.

A download grows in a `.part` file beside its place in the cache. A connection that breaks or hangs
leaves that file, and the next try, now or tomorrow, asks for the rest of it only, provided that
the server says by its ETag or date that the file is still the same. A finished file is checked and
then renamed, so the cache never holds half a text.
"""

import hashlib
import os
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import pooch
import requests
from tqdm import tqdm

TIMEOUT = 10          # seconds without a single byte
TRIES = 3
LARGEST = 50_000_000  # bytes

# Tiny Shakespeare, 1,115,394 bytes: from Andrej Karpathy's char-rnn, at a fixed commit.
KNOWN = {"shakespeare": (
    "https://raw.githubusercontent.com/karpathy/char-rnn/"
    "6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed")}


class Unavailable(OSError):
    """The text did not come: no network, a server that hangs or breaks off, a wrong checksum."""


def address(name: str) -> str:
    """The address of a known corpus, or the address itself."""
    return KNOWN[name][0] if name in KNOWN else name


def cache_folder() -> Path:
    """RNNCOURSE_CACHE if set, otherwise the folder that this system has for caches."""
    return Path(os.environ.get("RNNCOURSE_CACHE") or pooch.os_cache("rnncourse"))


def fetch(name: str, sha256: str | None = None, timeout: float | None = None) -> Path:
    """The file of a known corpus or an address, from the cache or from the network.

    sha256: what the file must hash to; known corpora bring their own. timeout: seconds without a
    byte before a try is given up, TIMEOUT by default.
    Raises Unavailable when it does not come, ValueError when the server says that there is no such
    file or when it is larger than LARGEST.
    """
    url, known = KNOWN.get(name, (name, None))
    known = sha256 or known
    file = _cached_name(url)
    waiting = TIMEOUT if timeout is None else timeout

    def downloader(url, output_file, _):
        _download(url, Path(output_file), cache_folder() / f"{file}.part", waiting)

    try:
        cache_folder().mkdir(parents=True, exist_ok=True)
        return Path(pooch.retrieve(url, f"sha256:{known}" if known else None, fname=file,
                                   path=cache_folder(), downloader=downloader))
    except ValueError as problem:
        if "hash" not in str(problem).lower():
            raise
        raise Unavailable(f"what came from {url} is not the expected text: its SHA-256 is not "
                          f"{known}. It was thrown away") from None


def say_instead(name, problem):
    """Warn that harbour is used in place of `name`, and why."""
    warnings.warn(f"{name} is not to be had: {problem}. Using harbour instead, which needs no "
                  "network.", stacklevel=4)


def _cached_name(url):
    stem = Path(urlsplit(url).path).name[-60:] or "text"
    return f"{hashlib.sha256(url.encode()).hexdigest()[:12]}-{stem}"


def _download(url, output_file, part, timeout):
    """Fill `part` in up to TRIES tries, then move it to `output_file`."""
    for _ in range(TRIES):
        try:
            if _continue(url, part, timeout):
                os.replace(part, output_file)
                _stamp(part).unlink(missing_ok=True)
                return
            problem = "the connection broke off"
        except requests.Timeout:
            problem = f"no byte came for {timeout:g} seconds"
        except requests.exceptions.InvalidURL as error:
            raise ValueError(f"{url} is not an address: {error}") from None
        except requests.RequestException as error:
            problem = f"the connection failed ({type(error).__name__})"
    held = part.stat().st_size if part.exists() else 0
    kept = f"; the first {held} bytes are kept for the next time" if held else ""
    raise Unavailable(f"{url} did not come in {TRIES} tries: {problem}{kept}")


def _continue(url, part, timeout):
    """One request, appended to what `part` holds. True when the file is complete."""
    held = part.stat().st_size if part.exists() and _stamp(part).exists() else 0
    headers = {"Accept-Encoding": "identity"}  # lengths of a compressed body would not add up
    if held:
        headers |= {"Range": f"bytes={held}-", "If-Range": _stamp(part).read_text()}
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as reply:
        if reply.status_code == 416:  # more held than there is: start again
            part.unlink()
            return False
        if reply.status_code >= 500:
            raise requests.ConnectionError(f"the server answers {reply.status_code}")
        if reply.status_code >= 400:
            raise ValueError(f"{url}: the server answers {reply.status_code} {reply.reason}; is "
                             "the address right?")
        goes_on = (reply.status_code == 206
                   and reply.headers.get("Content-Range", "").startswith(f"bytes {held}-"))
        if reply.status_code == 206 and not goes_on:
            part.unlink()
            return False
        held = held if goes_on else 0
        length = reply.headers.get("Content-Length")
        total = held + int(length) if length else None
        if (total or 0) > LARGEST:
            raise ValueError(f"{url} has {total} bytes, expected at most {LARGEST}; download it "
                             "yourself, cut it, and load the file")
        _remember(part, reply.headers)
        _append(reply, part, held, total)
    return total is None or part.stat().st_size == total


def _append(reply, part, held, total):
    with open(part, "r+b" if held else "wb") as out, tqdm(
            total=total, initial=held, unit="B", unit_scale=True, desc="downloading",
            leave=False) as bar:
        out.seek(held)
        for block in reply.iter_content(1 << 14):
            out.write(block)
            bar.update(len(block))
            if out.tell() > LARGEST:
                raise ValueError(f"{reply.url} is longer than {LARGEST} bytes; download it "
                                 "yourself, cut it, and load the file")


def _stamp(part):
    """Beside a partial file: by what the server will know that it is still the same."""
    return part.with_suffix(".stamp")


def _remember(part, headers):
    etag = headers.get("ETag", "")
    stamp = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")
    if stamp:
        _stamp(part).write_text(stamp)
    else:
        _stamp(part).unlink(missing_ok=True)
