"""Outputs as they are stored: nothing that differs between two runs, alt text on every figure.

The alt text goes into the output's metadata, as nbformat has it. JupyterLab 4.6 and nbconvert 7.17
do not read it from there, so it also stays in the cell, as the comment right above the figure:
there every reader meets it, on GitHub too.
"""

import base64
import io
import re

from PIL import Image, ImageChops

from .errors import BuildError

PROGRESS = re.compile(r"\d+%\||\bit/s\b|\bs/it\b")
CARRIAGE = re.compile(r"[^\n]*\r(?!\n)")
UNSTABLE = {
    re.compile(r"\bat 0x[0-9a-f]{6,}"): "a memory address",
    re.compile(r"Wall time:|CPU times:|\b\d+(\.\d+)?it/s"): "a timing",
}
UNSEEN = 16  # of 255: the largest change of a colour that nobody sees
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
        out.data["image/png"] = small_png(out.data["image/png"])
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
    for out in streams.values():
        out.text = CARRIAGE.sub("", out.text)
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
        for pattern, what in UNSTABLE.items():
            if match := pattern.search(text):
                raise BuildError(f"the output holds {what}: {match[0]!r}")
        for path in private:
            if str(path) in text:
                raise BuildError(f"the output names a path of this machine: {path}")


def small_png(encoded: str) -> str:
    """The same picture (base64) in a third of the bytes: no date, no version, on white.

    256 colours are chosen for it; where they would show, it keeps all of its own.
    """
    picture = Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    full = Image.alpha_composite(white, picture).convert("RGB")
    few = full.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)
    furthest = max(high for _, high in ImageChops.difference(full, few.convert("RGB")).getextrema())
    stored = io.BytesIO()
    (few if furthest <= UNSEEN else full).save(stored, "PNG", optimize=True)
    return base64.b64encode(stored.getvalue()).decode()
