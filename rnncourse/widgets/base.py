"""What every widget of the course shares: its module, its style, its static form.

A widget is one ES module over base.js. The modules import one another by relative path; Python
joins them into one self-contained text, so that a page needs no second file, no network and no
build step. static_html() puts the same text into a frame that lives without a kernel.
"""

import html
import json
import re
from pathlib import Path

import anywidget

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=const|function|class|async)", re.MULTILINE)

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"


def bundle(name, seen=None):
    """The text of a module with what it imports put before it, each file once."""
    seen = set() if seen is None else seen
    text = (HERE / name).read_text(encoding="utf-8")
    needed = []
    for other in IMPORT.findall(text):
        if other not in seen:
            seen.add(other)
            needed.append(bundle(other, seen))
    return "".join(needed) + EXPORT.sub("", IMPORT.sub("", text))


class Widget(anywidget.AnyWidget):
    """A widget of the course: traits are its state, `module` draws it.

    A subclass names its ES module and carries `title`, which a screen reader says first.
    """

    module = None
    title = ""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "module" in cls.__dict__:  # not in the class that add_traits derives from each instance
            cls._esm = bundle(cls.module)
            cls._css = (HERE / "base.css").read_text(encoding="utf-8")

    def __repr__(self):
        """The same in every run, because a notebook stores it."""
        return f"{type(self).__name__}()"

    def state(self):
        """The traits that the page sees, as plain data."""
        own = set(self.keys) - set(anywidget.AnyWidget.class_trait_names(sync=True))
        return {name: value for name, value in self.get_state(own).items() if name[0] != "_"}

    def static_html(self, height=760):
        """This widget as it stands, as HTML that is alive with no kernel: a frame, px high.

        The frame may run its script and nothing else: no network, no access to the page around.
        """
        if isinstance(height, bool) or not isinstance(height, int) or height < 100:
            raise ValueError(f"height is {height!r}; expected a whole number of pixels from 100")
        state = json.dumps(self.state(), allow_nan=False).replace("<", "\\u003c")
        script = self._esm.replace("export default ", "const widget = ")
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width"><title>{html.escape(self.title)}'
            f'</title><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            f'<style>{self._css}</style></head><body class="rc-page"><main id="root"></main>'
            f'<script type="module">{script}\n{bundle("static.js")}'
            f'widget.render({{ model: new StaticModel({state}), el: root }});'
            "</script></body></html>"
        )
        return (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts" '
            f'style="width: 100%; height: {height}px; border: 0" '
            f'srcdoc="{html.escape(page)}"></iframe>'
        )
