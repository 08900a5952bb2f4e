"""The reader's own text file: found, decoded and tidied, or refused in one clear sentence."""

import difflib
import warnings
from pathlib import Path

SHORTEST = 200  # characters: below this there is nothing to learn from
BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"),
                    (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"),
                    (b"\xfe\xff", "utf-16"))


def read(path, known_names=()):
    """The text of the file `path` with line ends as "\\n", and the encoding it was read in.

    Understands UTF-8, UTF-16 and UTF-32 with a byte order mark, UTF-16 without one, and plain
    UTF-8. Anything else is read as Windows-1252 (or Latin-1), and a warning says so.

    Raises FileNotFoundError naming the nearest file or corpus name, IsADirectoryError, and
    ValueError for a file that is empty, too short, or no text at all.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder, expected a text file; "
                                f"it holds {_some_files(path)}")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}{_nearest(path, known_names)}")
    try:
        data = path.read_bytes()
    except PermissionError:
        raise PermissionError(f"{path} may not be read by you; change its permissions or copy it "
                              "to a folder of your own") from None
    if not data:
        raise ValueError(f"{path} is empty, expected a text of at least {SHORTEST} characters")
    text, encoding = _decode(path, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text.strip()) < SHORTEST:
        raise ValueError(f"{path} holds {len(text.strip())} characters, expected at least "
                         f"{SHORTEST}; a model learns from some tens of thousands upwards")
    return text, encoding


def _decode(path, data):
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if encoding is None and b"\x00" in data:
        encoding = _utf16_without_mark(data)
        if encoding is None:
            raise _no_text(path)
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as problem:
        if encoding is not None:
            raise ValueError(f"{path} begins like {encoding} and breaks off at byte "
                             f"{problem.start}; save it again as UTF-8") from None
        text, encoding = _western(data)
        if _control_share(text) > 0.01:
            raise _no_text(path) from None
        warnings.warn(f"{path} is not UTF-8 (byte {problem.start} is 0x{data[problem.start]:02x}); "
                      f"it is read as {encoding}. If accents look wrong, save it as UTF-8.",
                      stacklevel=4)
    if _control_share(text) > 0.01:
        raise _no_text(path)
    return text, encoding or "utf-8"


def _utf16_without_mark(data):
    """Text in the Latin alphabet has its zero bytes all on one side of each pair."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 or max(even, odd) < 0.3 * len(data) / 2 or min(even, odd) > 0.01 * len(data):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _western(data):
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _control_share(text):
    """Share of control characters: a text has line ends, tabs and form feeds, little else."""
    sample = text[:100_000]
    control = sum((ord(c) < 32 and c not in "\n\r\t\f") or 127 <= ord(c) < 160 for c in sample)
    return control / max(len(sample), 1)


def _no_text(path):
    return ValueError(f"{path} is not a text file: it holds binary data, as a picture, a PDF or a "
                      "word processor's file does; export it as plain text in UTF-8")


def _nearest(path, known_names):
    folder = path.parent
    there = {p.name: str(p) for p in folder.iterdir() if p.is_file()} if folder.is_dir() else {}
    names = {**there, **{name: f"load({name!r})" for name in known_names}}
    by_lower_case = {name.lower(): name for name in names}
    close = difflib.get_close_matches(path.name.lower(), by_lower_case, n=3, cutoff=0.5)
    if close:
        return "; did you mean " + " or ".join(names[by_lower_case[c]] for c in close) + "?"
    if not folder.is_dir():
        return f"; its folder {folder} does not exist either"
    return f"; {folder.resolve()} holds {_some_files(folder)}"


def _some_files(folder):
    files = sorted(p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    if not files:
        return "no files"
    return ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
