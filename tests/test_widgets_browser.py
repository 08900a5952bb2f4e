"""The explorer in a real browser: its numbers are NumPy's, and every control works.

Every request that leaves the page is refused and counted, so what passes here works offline.
"""

import base64
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import axe_playwright_python
import jupytext
import numpy as np
import pytest

from rnncourse import lab
from rnncourse.bootstrap import ROOT
from rnncourse.bootstrap.venv import clean_environ
from rnncourse.widgets import CellExplorer, base, single

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHOTS = os.environ.get("RNNCOURSE_SHOTS")  # a folder that keeps a picture of every widget


@pytest.fixture
def opened(browser):
    """opened(*explorers, **page options) -> page, frames: explorers in their static form."""
    pages, wrong = [], []

    def open_(*explorers, width=1000, **options):
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        listen(page, wrong)
        page.set_content("".join(explorer.static_html() for explorer in explorers))
        frames = page.frames[1:]
        for frame in frames:
            frame.wait_for_selector(".rc-equations b")
        return page, frames

    yield open_
    for page in pages:
        page.close()
    assert wrong == []


def listen(page, wrong, allowed="about:"):
    """Write down every error of a page and every request elsewhere, which is refused."""
    page.on("console", lambda message: message.type == "error" and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))

    def route(request):
        if request.request.url.startswith((allowed, "data:", "blob:")):
            request.continue_()
        else:
            wrong.append(request.request.url)
            request.abort()

    page.route("**/*", route)


def shot(page, name):
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


# --- the same numbers ---------------------------------------------------------------------------


PARITY = """async ([source, cases]) => {
    const { run, gradients } = await import("data:text/javascript;base64," + source);
    return cases.map(([kind, p, xs, options, e, from]) => {
        const trace = run(kind, p, xs, options, e);
        return [trace, gradients(kind, p, trace, from, options)];
    });
}"""


def random_case(rng, kind):
    """A cell, an input, switches, a drive and a step to start the gradient from."""
    T = int(rng.integers(1, 17))
    numbers = {name: float(rng.normal(0, 2)) for name in single.NAMES[kind]}
    options = {
        "polarity": str(rng.choice(["keeps", "replaces"])),
        "reset": str(rng.choice(["after", "before"])),
        "activation": str(rng.choice(["tanh", "relu"])),
    }
    if options["activation"] == "relu":
        numbers = {name: value / 2 for name, value in numbers.items()}  # stays bounded
    drive = {}
    if rng.random() < 0.5:
        drive = {gate: rng.normal(size=T).tolist() for gate in single.DRIVES[kind]}
    return kind, numbers, rng.normal(size=T).tolist(), options, drive, int(rng.integers(1, T + 1))


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_200_cells_in_the_page_equal_numpy(page, kind):
    """Every signal at every step and every gradient, to 1e-12 of the larger of 1 and its size."""
    rng = np.random.default_rng(0)
    cases = [random_case(rng, kind) for _ in range(200)]
    source = base64.b64encode((base.HERE / "cells.js").read_bytes()).decode()
    for case, (trace, slopes) in zip(cases, page.evaluate(PARITY, [source, cases]), strict=True):
        kind, numbers, xs, options, drive, start = case
        for name, wanted in single.trace(kind, numbers, xs, options, drive).items():
            found = [now[name] for now in trace]
            np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12, err_msg=name)
        wanted = single.gradients(kind, numbers, xs, start, options, drive)
        for name, values in wanted.items():
            np.testing.assert_allclose(slopes[name], values, rtol=1e-12, atol=1e-12, err_msg=name)


# --- without a kernel ---------------------------------------------------------------------------


def number(frame, strip):
    """The number beside a strip, as the page shows it."""
    text = frame.locator(f".rc-strip:has(> span:text-is('{strip}')) .rc-value").inner_text()
    return float(text.replace("−", "-"))


def settle(frame):
    """Wait for two frames: what was changed is drawn."""
    frame.evaluate("() => new Promise(done => requestAnimationFrame(() => "
                   "requestAnimationFrame(done)))")


def test_the_page_shows_what_numpy_says_and_follows_a_weight(opened):
    explorer = CellExplorer("remember", step=20, gradient="state")
    _, [frame] = opened(explorer)
    assert number(frame, "c") == pytest.approx(explorer.trace("lstm")["c"][19], rel=2e-3)
    assert number(frame, "h") == pytest.approx(explorer.trace("lstm")["h"][19], rel=2e-3)
    says = frame.locator(".rc-gradient").inner_text()
    assert f"it is {explorer.gradients('lstm')['c'][19]:.3f}" in says
    frame.get_by_role("spinbutton", name="b_f: bias").fill("1.5")
    settle(frame)
    explorer.params["b_f"] = 1.5
    assert number(frame, "f") == pytest.approx(explorer.trace("lstm")["f"][19], rel=2e-3)
    assert number(frame, "c") == pytest.approx(explorer.trace("lstm")["c"][19], rel=5e-3)


def test_hovering_reads_the_equation_of_that_step(opened):
    _, [frame] = opened(CellExplorer("count"))
    frame.get_by_role("img", name="forget gate").hover(position={"x": 5, "y": 20})
    settle(frame)
    assert frame.get_by_role("group", name="LSTM: equations at step 1").is_visible()
    assert "c1 = f1 c0 + i1 g1" in frame.locator(".rc-equations").inner_text()


def test_dragging_writes_the_input_and_the_cell_answers(opened):
    page, [frame] = opened(CellExplorer("remember", step=40))
    frame.get_by_role("button", name="Set every input to 0").click()
    settle(frame)
    assert number(frame, "c") == 0
    box = frame.get_by_role("img", name="input over").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 9.5 / 40, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 9.5 / 40, box["y"] + box["height"] * 0.25, steps=4)
    page.mouse.up()
    settle(frame)
    assert number(frame, "x") == pytest.approx(1, abs=0.07)
    assert number(frame, "c") == pytest.approx(1, abs=0.1)


def test_a_preset_a_cell_and_its_switches_by_keyboard_only(opened):
    page, [frame] = opened(CellExplorer(xs=[1.0] * 12, step=12, kinds=["gru"]))
    before = number(frame, "h")
    polarity = frame.get_by_label("GRU: z near 1")
    polarity.focus()
    page.keyboard.press("ArrowDown")
    settle(frame)
    assert polarity.input_value() == "replaces" and number(frame, "h") != before
    frame.get_by_label("LSTM", exact=True).focus()
    page.keyboard.press("Space")
    frame.get_by_label("Preset").focus()
    page.keyboard.type("flush")
    settle(frame)
    assert frame.get_by_role("heading").all_inner_texts() == ["LSTM", "GRU"]
    assert "the cell is emptied" in frame.get_by_role("status").first.inner_text()
    frame.get_by_role("slider", name=re.compile("^Step")).focus()
    for key in ["Home", "ArrowRight", "ArrowRight", "ArrowRight"]:
        page.keyboard.press(key)
    settle(frame)
    assert "Step 4 of 40" in frame.locator(".rc-wide").inner_text()


def test_play_runs_to_the_end_and_pauses(opened):
    page, [frame] = opened(CellExplorer(xs=[1.0] * 6, step=6))
    frame.get_by_label("Speed").select_option("16")
    frame.get_by_role("button", name="Play").click()
    frame.get_by_role("button", name="Pause").wait_for()
    frame.get_by_role("button", name="Play").wait_for()
    assert "Step 6 of 6" in frame.locator(".rc-wide").inner_text()


def test_the_table_holds_every_value(opened):
    explorer = CellExplorer("overwrite")
    _, [frame] = opened(explorer)
    frame.get_by_text("Table of values").click()
    frame.locator(".rc-table tbody tr").first.wait_for()
    assert frame.locator(".rc-table tbody tr").count() == 40
    last = frame.locator(".rc-table tbody tr").last.locator("td").all_inner_texts()
    shown = [float(text.replace("−", "-")) for text in last]
    wanted = [explorer.xs[-1], *(values[-1] for values in explorer.trace("lstm").values())]
    assert shown == pytest.approx(wanted, rel=5e-3)


def test_an_empty_number_field_changes_nothing(opened):
    _, [frame] = opened(CellExplorer("remember"))
    field = frame.get_by_role("spinbutton", name="b_f: bias")
    field.fill("")
    field.blur()
    assert field.input_value() == "10"


def mount(page, *explorers):
    """Put explorers into one document, as a notebook does, each with a model of its own."""
    code = base.bundle("cell_explorer.js") + base.bundle("static.js") + "\nexport { StaticModel };"
    source = base64.b64encode(code.encode()).decode()
    page.set_content("<main></main>")
    page.evaluate("""async ([source, states]) => {
        const made = await import("data:text/javascript;base64," + source);
        for (const state of states) {
            const el = document.createElement("div");
            document.querySelector("main").append(el);
            const model = Object.assign(new made.StaticModel(state), { static: false });
            made.default.render({ model, el });
        }
    }""", [source, [explorer.state() for explorer in explorers]])
    return [page.locator(".rc").nth(k) for k in range(len(explorers))]


def test_two_on_one_page_do_not_disturb_each_other(page):
    wrong = []
    listen(page, wrong)
    one, other = mount(page, CellExplorer("remember"), CellExplorer("count"))
    before = other.inner_text()
    one.get_by_role("spinbutton", name="b_f: bias").fill("-3")
    one.get_by_label("Preset").select_option("flush")
    one.get_by_role("button", name="Step on").click()
    settle(page)
    assert "Step 5 of 40" in one.inner_text() and other.inner_text() == before
    assert page.locator("[id], [name]").count() == 0  # nothing that two could both be called
    assert wrong == []


@pytest.mark.parametrize("motion, speed", [("reduce", "1"), ("no-preference", "4")])
def test_reduced_motion_plays_at_one_step_a_second(page, motion, speed):
    page.emulate_media(reduced_motion=motion)
    [one] = mount(page, CellExplorer())
    assert one.get_by_label("Speed").input_value() == speed


def test_text_is_never_markup(page):
    """A sentence from Python that looks like HTML is shown as it is written."""
    explorer = CellExplorer(goal="hold")
    explorer.verdict = {"solved": False, "says": "<img src=x onerror=alert(1)> & </script>"}
    [one] = mount(page, explorer)
    assert "<img src=x onerror=alert(1)> & </script>" in one.inner_text()
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme, width", [("light", 1000), ("dark", 320)])
def test_axe_finds_nothing_and_nothing_overflows(opened, scheme, width):
    explorer = CellExplorer("remember", kinds=["rnn", "lstm", "gru"], gradient="state")
    page, [frame] = opened(explorer, width=width, color_scheme=scheme)
    frame.get_by_text("Table of values").click()
    frame.evaluate(AXE.read_text(encoding="utf-8"))
    found = frame.evaluate("tags => axe.run('.rc', { runOnly: tags })", WCAG)
    wrong = [(rule["id"], node["html"]) for rule in found["violations"] for node in rule["nodes"]]
    assert wrong == [] and len(found["passes"]) > 10
    size = "[document.documentElement.scrollWidth, innerWidth]"
    assert frame.evaluate(size)[0] <= frame.evaluate(size)[1]
    shot(page, f"cell_explorer-{scheme}-{width}")


# --- in JupyterLab ------------------------------------------------------------------------------


NOTEBOOK = """# %%
from rnncourse.widgets import CellExplorer
explorer = CellExplorer("remember", goal="count to five")
explorer

# %%
print("b_f", explorer.params["b_f"], "step", explorer.step, explorer.verdict["solved"])
explorer.params["b_f"] = 2
"""


@pytest.fixture(scope="module")
def jupyterlab(tmp_path_factory):
    """The real JupyterLab on a folder with one notebook: its address."""
    folder = tmp_path_factory.mktemp("lab")
    notebook = jupytext.reads(NOTEBOOK, "py:percent")
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    jupytext.write(notebook, folder / "explorer.ipynb")
    port = lab.choose_port(None, lambda _: None)
    line = lab.command(sys.executable, folder, port, browser=False)
    token = secrets.token_hex()
    line.append(f"--IdentityProvider.token={token}")
    home = {name: str(tmp_path_factory.mktemp(name.lower()))
            for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR")}
    environ = clean_environ(OMP_NUM_THREADS="1", PYTHONPATH=str(ROOT), **home)
    server = subprocess.Popen(line, cwd=folder, env=environ,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        try:
            urlopen(f"{address}/api?token={token}", timeout=1).close()
            break
        except (URLError, OSError):
            assert server.poll() is None, "JupyterLab did not start"
            time.sleep(0.1)
    yield address, token
    server.terminate()
    server.wait(20)


def test_in_jupyterlab_keys_reach_the_controls_and_values_reach_python(page, jupyterlab):
    address, token = jupyterlab
    wrong = []
    listen(page, wrong, address)
    page.goto(f"{address}/lab/tree/explorer.ipynb?token={token}")
    page.locator(".jp-Notebook .jp-CodeCell").first.click(timeout=60_000)
    page.locator(".jp-NotebookPanel-toolbar [title*='Idle'], [data-status='idle']").first.wait_for(
        timeout=60_000)
    page.keyboard.press("Shift+Enter")
    root = page.locator(".rc")
    root.locator(".rc-equations b").first.wait_for(timeout=60_000)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    count = cells.count()
    slider = root.get_by_role("slider", name=re.compile("^Step"))
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    root.get_by_text("Step 7 of 40").wait_for(timeout=10_000)
    bias = root.get_by_role("slider", name="b_f: bias")
    bias.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    for key in ["Enter", "a", "b", "d", "d", "z", "x"]:  # JupyterLab's shortcuts for cells
        page.keyboard.press(key)
    button = root.get_by_role("button", name="Step on")
    button.focus()
    page.keyboard.press("Enter")
    root.get_by_text("Step 8 of 40").wait_for(timeout=10_000)
    assert cells.count() == count
    active = page.locator(".jp-Notebook .jp-mod-active")
    assert active.get_attribute("data-windowed-list-index") == "0"  # the cell with the focus
    assert cells.first.locator(".cm-content").inner_text().count("explorer") == 2
    root.get_by_label("Preset").select_option("count")
    root.get_by_text("✓ Solved.").wait_for(timeout=20_000)  # NumPy's verdict

    cells.nth(1).locator(".cm-content").click()
    page.keyboard.press("Shift+Enter")
    output = cells.nth(1).locator(".jp-OutputArea-output")
    output.wait_for(timeout=20_000)
    assert output.inner_text().strip() == "b_f 10.0 step 8 True"
    field = root.get_by_role("spinbutton", name="b_f: bias")
    page.wait_for_function("field => field.value === '2'", arg=field.element_handle())
    shot(page, "cell_explorer-jupyterlab")
    assert not [text for text in wrong if "rnncourse" in text or "http" in text], wrong
