// What a widget draws of a sequence: strips over time, an equation with its numbers, a table.
import { clamp, digits, make, math } from "./base.js";

// --- strips over time -----------------------------------------------------------------------

const HEIGHT = 40;

// One signal over T steps as bars from zero; `pick(step, share)` tells where the pointer is.
export function strip(name, says, colour, pick, drag) {
  const bars = make("path", { class: "rc-bars", style: `fill: var(--${colour})` });
  const zero = make("line", { class: "rc-zero", x1: 0 });
  const cursor = make("rect", { class: "rc-cursor", y: 0, width: 1, height: HEIGHT });
  const halo = make("path", { class: "rc-over rc-halo" });
  const over = make("path", { class: "rc-over" });
  const drawn = [cursor, bars, zero, halo, over];
  const svg = make("svg", { role: "img", preserveAspectRatio: "none" }, ...drawn);
  const value = make("span", { class: "rc-value" });
  const node = make("div", { class: "rc-strip" }, make("span", {}, ...math(name)), svg, value);
  let range = [0, 1];
  let T = 1;
  const where = (event) => {
    const box = svg.getBoundingClientRect();
    const step = clamp(Math.ceil(((event.clientX - box.left) / box.width) * T), 1, T);
    const high = 1 - clamp((event.clientY - box.top) / box.height, 0, 1);
    return [step, range[0] + high * (range[1] - range[0])];
  };
  svg.addEventListener("pointermove", (event) => {
    if (drag && event.buttons & 1) drag(...where(event));
    else pick(where(event)[0]);
  });
  svg.addEventListener("pointerdown", (event) => {
    if (!drag) return pick(where(event)[0]);
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    drag(...where(event));
  });
  if (drag) svg.classList.add("rc-drag");
  return {
    node,
    // overlay: values of a second signal from step 1 on; its scale is 1 unless they exceed it,
    // so that what has vanished lies on zero and two cells can be compared.
    draw(values, step, [low, high], overlay) {
      T = values.length;
      range = [low, high];
      const y = (v) => (HEIGHT * (high - clamp(v || 0, low, high))) / (high - low);
      const path = values.map((v, t) => `M${t + 0.12} ${y(0)}V${y(v)}h0.76V${y(0)}z`).join("");
      svg.setAttribute("viewBox", `0 0 ${T} ${HEIGHT}`);
      svg.setAttribute(
        "aria-label",
        `${says} over ${T} steps, from ${digits(Math.min(...values))} to ` +
          `${digits(Math.max(...values))}; at step ${step} it is ${digits(values[step - 1])}`,
      );
      bars.setAttribute("d", path);
      for (const [end, at] of Object.entries({ x2: T, y1: y(0), y2: y(0) })) {
        zero.setAttribute(end, at);
      }
      cursor.setAttribute("x", step - 1);
      value.textContent = digits(values[step - 1]);
      let line = "";
      if (overlay) {
        const most = Math.max(1, ...overlay.map(Math.abs).filter(Number.isFinite));
        const place = (v) => (HEIGHT / 2) * (1 - 0.94 * clamp(v / most || 0, -1, 1));
        line = overlay.map((v, t) => `${t ? "L" : "M"}${t + 0.5} ${place(v)}`).join("");
      }
      for (const path of [halo, over]) path.setAttribute("d", line);
    },
  };
}

// --- equations and tables -------------------------------------------------------------------

// One equation: name = squash(sum of products), in letters and then in numbers.
// terms: [letters, number] or [letters, number, letters, number]; squash: [name, function].
export function equation(name, squash, terms, value) {
  const letters = terms.map(([a, , b]) => (b ? `${a} ${b}` : a)).join(" + ");
  const sign = (v) => (v < 0 ? `(${digits(v)})` : digits(v));
  const numbers = terms.map(([, v, b, w]) => (b ? `${sign(v)} · ${sign(w)}` : sign(v))).join(" + ");
  const sum = terms.reduce((all, [, v, , w = 1]) => all + v * w, 0);
  const inside = (text) => (squash ? `${squash}(${text})` : text);
  const last = squash ? ` = ${squash}(${digits(sum)})` : "";
  return make(
    "p",
    {},
    make("span", {}, ...math(`${name} = ${inside(letters)}`)),
    make("span", {}, `= ${inside(numbers)}${last} = `, make("b", {}, digits(value))),
  );
}

// A folded table, filled when it is open: columns [[name, values]], one row per step.
export function table(says) {
  const body = make("table", {});
  const frame = { class: "rc-table", role: "region", tabindex: 0, "aria-label": says };
  const node = make("details", {}, make("summary", {}, says), make("div", frame, body));
  let columns = [];
  const fill = () => {
    if (!node.open) return;
    const heads = columns.map(([name]) => make("th", { scope: "col" }, ...math(name)));
    const rows = columns[0][1].map((_, t) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, String(t + 1)),
        ...columns.map(([, values]) =>
          make("td", {}, values[t] === undefined ? "" : digits(values[t])),
        ),
      ),
    );
    const head = make("tr", {}, make("th", { scope: "col" }, "step"), ...heads);
    body.replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
  };
  node.addEventListener("toggle", fill);
  return {
    node,
    draw(made) {
      columns = made;
      fill();
    },
  };
}
