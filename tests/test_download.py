"""Against a server on this machine that serves, truncates, corrupts, hangs and refuses."""

import hashlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rnncourse.data import download
from rnncourse.data.text import load

TEXT = "".join(f"Line {k} of a text that comes over the wire.\n" for k in range(4000)).encode()
BLOCK = 1 << 14  # what a break may cost
SHA256 = hashlib.sha256(TEXT).hexdigest()


class Misbehaving(BaseHTTPRequestHandler):
    """Each path is a way to go wrong; `requests` keeps the Range of every request."""

    def do_GET(self):
        start = self.asked_from()
        self.server.requests.append(start)
        way = self.path.split("/")[1]
        if way == "missing":
            return self.send_error(404)
        if way == "broken":
            return self.send_error(503)
        body = TEXT
        if way == "corrupt":
            body = TEXT[:5000] + b"#" + TEXT[5001:]
        if way == "changed" and len(self.server.requests) > 1:
            body, start = TEXT.upper(), 0  # If-Range does not match: the whole new file
        if way == "binary":
            body = bytes(range(256)) * 40
        if way == "huge":
            self.head(200, download.LARGEST + 1)
            return None
        if way == "norange":
            start = 0
        if way == "liar" and start:  # answers another range than the one asked for
            self.head(206, len(body) - 7, 7, len(body))
            self.wfile.write(body[7:])
            return None
        self.head(206 if start else 200, len(body) - start, start, len(body))
        if way == "truncated" or (way in ("once", "changed", "norange", "liar")
                                  and len(self.server.requests) == 1):
            self.wfile.write(body[start:start + 60_000])
        elif way == "hanging":
            self.wfile.write(body[start:start + 10_000])
            self.wfile.flush()
            self.server.release.wait(20)
        else:
            self.wfile.write(body[start:])

    def asked_from(self):
        asked = self.headers.get("Range")
        return int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0

    def head(self, status, length, start=0, total=0):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        if not self.path.startswith("/stampless"):
            self.send_header("ETag", '"edition-1"')
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Misbehaving)
    server.daemon_threads, server.requests, server.release = True, [], threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.release.set()
    server.shutdown()
    server.server_close()


def test_a_text_is_fetched_once_and_then_read_from_the_cache(server):
    corpus = load(f"{server.url}/good/text.txt")
    assert corpus.text == TEXT.decode()
    assert server.url in corpus.source and corpus.entropy_rate is None
    assert load(f"{server.url}/good/text.txt", size=100).text == TEXT[:100].decode().rsplit(
        "\n", 1)[0] + "\n"
    assert server.requests == [0]


def test_the_right_checksum_passes_and_the_wrong_one_leaves_nothing(server):
    path = download.fetch(f"{server.url}/good/a.txt", sha256=SHA256)
    assert path.read_bytes() == TEXT
    with pytest.raises(download.Unavailable, match="SHA-256"):
        download.fetch(f"{server.url}/corrupt/b.txt", sha256=SHA256)
    assert [p for p in download.cache_folder().iterdir() if p != path] == []


def test_a_damaged_cache_is_fetched_again(server):
    path = download.fetch(f"{server.url}/good/a.txt", sha256=SHA256)
    path.write_bytes(TEXT[:100])
    assert download.fetch(f"{server.url}/good/a.txt", sha256=SHA256).read_bytes() == TEXT


def test_a_connection_that_breaks_is_resumed_where_it_broke(server):
    assert download.fetch(f"{server.url}/once/a.txt", sha256=SHA256).read_bytes() == TEXT
    assert server.requests[0] == 0
    assert 60_000 - BLOCK < server.requests[1] <= 60_000


def test_every_break_brings_the_text_nearer_and_the_rest_waits_for_the_next_call(server):
    url = f"{server.url}/truncated/a.txt"
    tries = 0
    while True:
        try:
            path = download.fetch(url, sha256=SHA256)
            break
        except download.Unavailable as problem:
            assert "broke off" in str(problem) or "failed" in str(problem)
            assert "are kept" in str(problem)
            tries += 1
            assert tries < 3
    assert path.read_bytes() == TEXT
    assert server.requests == sorted(set(server.requests))


def test_a_download_killed_yesterday_goes_on_today(server):
    url = f"{server.url}/good/a.txt"
    part = download.cache_folder() / f"{download._cached_name(url)}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(TEXT[:1234])
    part.with_suffix(".stamp").write_text('"edition-1"')
    assert download.fetch(url).read_bytes() == TEXT
    assert server.requests == [1234]
    assert not part.exists() and not part.with_suffix(".stamp").exists()


def test_a_server_without_ranges_starts_again(server):
    url = f"{server.url}/norange/a.txt"
    assert download.fetch(url, sha256=SHA256).read_bytes() == TEXT


def test_a_text_that_changed_meanwhile_is_not_glued_to_its_old_beginning(server):
    assert download.fetch(f"{server.url}/changed/a.txt").read_bytes() == TEXT.upper()
    assert server.requests[1] > 0


def test_a_server_that_names_no_edition_is_never_resumed(server):
    url = f"{server.url}/stampless/a.txt"
    part = download.cache_folder() / f"{download._cached_name(url)}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"something else")
    assert download.fetch(url).read_bytes() == TEXT
    assert server.requests == [0]


def test_a_hanging_server_is_left_after_the_timeout(server):
    started = time.monotonic()
    with pytest.raises(download.Unavailable, match="no byte came for 0.2 seconds|failed"):
        download.fetch(f"{server.url}/hanging/a.txt", timeout=0.2)
    assert time.monotonic() - started < 10  # the server itself would hold each request for 20


@pytest.mark.parametrize("way", ["truncated", "hanging", "broken"])
def test_an_address_that_does_not_come_falls_back_to_harbour_out_loud(server, monkeypatch, way):
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    monkeypatch.setattr(download, "TRIES", 2)
    with pytest.warns(UserWarning, match="Using harbour instead"):
        corpus = load(f"{server.url}/{way}/a.txt", size=3000, seed=4)
    assert corpus == load("harbour", size=3000, seed=4)


@pytest.mark.parametrize("way, word", [("corrupt", "SHA-256"), ("missing", "404")])
def test_a_known_corpus_that_is_wrong_falls_back_too(server, monkeypatch, way, word):
    monkeypatch.setitem(download.KNOWN, "shakespeare", (f"{server.url}/{way}/a.txt", SHA256))
    with pytest.warns(UserWarning, match=word):
        corpus = load("shakespeare", size=2000)
    assert corpus.name == "harbour" and corpus.entropy_rate is not None


def test_a_known_corpus_keeps_its_name(server, monkeypatch):
    monkeypatch.setitem(download.KNOWN, "shakespeare", (f"{server.url}/good/a.txt", SHA256))
    corpus = load("shakespeare")
    assert (corpus.name, corpus.text) == ("shakespeare", TEXT.decode())


def test_no_server_at_all(tmp_path, monkeypatch):
    monkeypatch.setenv("RNNCOURSE_CACHE", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    with pytest.warns(UserWarning, match="connection failed"):
        assert load("http://127.0.0.1:9/a.txt", size=500).name == "harbour"


@pytest.mark.parametrize("way, word", [("missing", "404"), ("huge", "at most"),
                                       ("binary", "not a text file")])
def test_what_the_reader_can_mend_is_an_error(server, way, word):
    with pytest.raises(ValueError, match=word):
        load(f"{server.url}/{way}/a.txt")
    assert not [p for p in download.cache_folder().iterdir() if p.suffix == ".part"]


def test_a_wrong_range_is_not_believed(server):
    assert download.fetch(f"{server.url}/liar/a.txt", sha256=SHA256).read_bytes() == TEXT
    assert len(server.requests) == 3 and server.requests[2] == 0
