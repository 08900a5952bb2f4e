"""Outputs as they are stored: nothing that differs between two runs, alt text on every figure."""

import base64
import re
import struct

from .errors import BuildError

PROGRESS = re.compile(r"\d+%\||\bit/s\b|\bs/it\b|\r")
CARRIAGE = re.compile(r"[^\n]*\r(?!\n)")
UNSTABLE = {
    re.compile(r"\bat 0x[0-9a-f]{6,}"): "a memory address",
    re.compile(r"Wall time:|CPU times:|\b\d+(\.\d+)?it/s"): "a timing",
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def clean(outputs, *, alts, ignored, private):
    """The outputs to store of one cell. BuildError says what may not be stored, and the remedy.

    alts: the cell's alt texts, one per image. ignored: the cell is tagged nbval-ignore-output.
    private: paths of this machine that no output may name.
    """
    outputs = [out for out in map(_without_widget, _merged(outputs)) if out is not None]
    outputs = [out for out in outputs if not _progress_bar(out, ignored)]
    images = [out for out in outputs if any(k.startswith("image/") for k in out.get("data", ()))]
    if len(images) != len(alts):
        raise BuildError(
            f"{len(images)} figures, but {len(alts)} alt texts: begin the cell with one "
            "'# alt: sentence' per figure"
        )
    for out, alt in zip(images, alts, strict=True):
        if "image/png" not in out.data:
            raise BuildError("a figure must be a PNG")
        out.data["image/png"] = plain_png(out.data["image/png"])
        out.metadata["image/png"] = {**out.metadata.get("image/png", {}), "alt": alt}
    for out in outputs:
        _refuse_unstable(out, private)
    return outputs


def _merged(outputs):
    """One output per stream, as nbval merges them; a carriage return overwrites its line."""
    result, streams = [], {}
    for out in outputs:
        if out.output_type == "stream" and out.name in streams:
            streams[out.name].text += out.text
            continue
        if out.output_type == "stream":
            streams[out.name] = out
        result.append(out)
    return result


def _without_widget(out):
    data = out.get("data")
    if data is None or WIDGET not in data:
        return out
    del data[WIDGET]
    return out if data else None


def _progress_bar(out, ignored):
    """True when the output is a progress bar, to be dropped; anything else on stderr is refused."""
    if out.output_type != "stream" or out.name != "stderr":
        return False
    if not PROGRESS.search(out.text):
        raise BuildError(f"the cell writes to stderr (a warning?):\n{out.text.strip()}")
    if not ignored:
        raise BuildError('a cell with a progress bar is tagged: # %% tags=["nbval-ignore-output"]')
    return True


def _refuse_unstable(out, private):
    texts = [out.get("text", "")] + [v for k, v in out.get("data", {}).items() if "text/" in k]
    for text in texts:
        if out.output_type == "stream":
            out.text = text = CARRIAGE.sub("", out.text)
        for pattern, what in UNSTABLE.items():
            if match := pattern.search(text):
                raise BuildError(f"the output holds {what}: {match[0]!r}")
        for path in private:
            if str(path) in text:
                raise BuildError(f"the output names a path of this machine: {path}")


def plain_png(encoded: str) -> str:
    """The same picture (base64) without text and time chunks, which name a version or a date."""
    raw = base64.b64decode(encoded)
    kept, n = [raw[:8]], 8
    while n < len(raw):
        (length,) = struct.unpack(">I", raw[n : n + 4])
        chunk = raw[n : n + 12 + length]
        if chunk[4:8] not in (b"tEXt", b"iTXt", b"zTXt", b"tIME"):
            kept.append(chunk)
        n += len(chunk)
    return base64.b64encode(b"".join(kept)).decode()
