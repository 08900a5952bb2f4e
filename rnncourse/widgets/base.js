// What every widget of the course shares. Nothing here knows of a cell.

// --- the document -------------------------------------------------------------------------

// An element: attributes by name, listeners as functions, children as nodes or plain text.
export function make(tag, attributes, ...children) {
  const svg = ["svg", "path", "rect", "line", "polyline"].includes(tag);
  const node = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// "h_{t-1}" as nodes: what follows _ is set lower. Text stays text, whatever it holds.
export function math(text) {
  return text.split(/(_\{[^}]*\}|_\w+)/).map((part) =>
    part[0] === "_" ? make("sub", {}, part.replace(/[_{}]/g, "")) : part,
  );
}

// A number for the eye: three significant digits, a true minus sign.
export function digits(value) {
  const small = value !== 0 && Math.abs(value) < 0.001;
  const text = small ? value.toExponential(2) : String(+value.toPrecision(3));
  return (Math.abs(value) >= 1e6 ? value.toExponential(2) : text).replaceAll("-", "−");
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// --- state --------------------------------------------------------------------------------

// The model of one view: edit() shows at the next frame and tells Python a moment later.
export function connect(model, names) {
  let timer = 0;
  const tell = () => {
    clearTimeout(timer);
    timer = 0;
    model.save_changes();
  };
  return {
    get: (name) => model.get(name),
    isStatic: Boolean(model.static),
    edit(changes) {
      for (const [name, value] of Object.entries(changes)) model.set(name, value);
      clearTimeout(timer);
      timer = setTimeout(tell, 80);
    },
    // Calls draw once per frame in which something changed; returns how to stop.
    watch(draw) {
      let frame = 0;
      const soon = () => {
        frame ||= requestAnimationFrame(() => {
          frame = 0;
          draw();
        });
      };
      for (const name of names) model.on(`change:${name}`, soon);
      draw();
      return () => {
        for (const name of names) model.off(`change:${name}`, soon);
        cancelAnimationFrame(frame);
        if (timer) tell();
      };
    },
  };
}

// The widget's outermost element. JupyterLab reads keys before the page does: the attribute
// keeps its shortcuts off, and no key that is meant for a control here travels on.
export function shell(el, title) {
  const root = make("section", {
    class: "rc",
    "aria-label": title,
    "data-lm-suppress-shortcuts": "true",
  });
  for (const kind of ["keydown", "keypress", "keyup"]) {
    root.addEventListener(kind, (event) => event.stopPropagation());
  }
  el.append(root);
  return root;
}

// --- controls: native, labelled, and a function that shows the present value ----------------

// Shows a value unless the reader is typing in it.
function show(input, value) {
  if (input.value !== String(value) && input !== input.getRootNode().activeElement) {
    input.value = value;
  }
}

export function choose(label, options, change) {
  const select = make("select", { change: () => change(select.value) });
  for (const [value, text] of options) select.append(make("option", { value }, text));
  const node = make("label", { class: "rc-choose" }, make("span", {}, label), select);
  return { node, show: (value) => (select.value = value) };
}

export function tick(label, change) {
  const box = make("input", { type: "checkbox", change: () => change(box.checked) });
  const node = make("label", { class: "rc-tick" }, box, label);
  return { node, show: (value) => (box.checked = value) };
}

// A whole number from 1 to `most`.
export function whole(label, change) {
  const input = make("input", { type: "number", min: 1, step: 1 });
  input.addEventListener("input", () => input.validity.valid && input.value && change(+input.value));
  const node = make("label", { class: "rc-choose" }, make("span", {}, label), input);
  return {
    node,
    show(value, most) {
      input.max = most;
      show(input, value);
    },
  };
}

export function button(label, click) {
  return make("button", { type: "button", click }, label);
}

// A slider with a number field beside it: the one for looking, the other for an exact value.
export function slider(name, says, reach, change) {
  const attributes = { step: "any", "aria-label": says };
  const range = make("input", { type: "range", ...attributes, min: -reach, max: reach, step: 0.1 });
  const field = make("input", { type: "number", ...attributes });
  for (const input of [range, field]) {
    input.addEventListener("input", () => {
      const value = input.valueAsNumber;
      if (Number.isFinite(value)) change(value);
      (input === range ? field : range).value = value;
    });
  }
  let last = 0;
  field.addEventListener("blur", () => (field.value = last));
  const node = make("div", { class: "rc-slider" }, make("span", {}, ...math(name)), range, field);
  return {
    node,
    show(value) {
      const wide = Math.max(reach, Math.ceil(Math.abs(value)));
      last = +value.toPrecision(6);
      Object.assign(range, { min: -wide, max: wide });
      range.value = value;
      show(field, last);
    },
  };
}

// --- transport ------------------------------------------------------------------------------

// Step back, play or pause, step on, a slider over the steps, and the speed.
export function transport(get, go, length) {
  let timer = 0;
  const speed = make("select", { change: () => timer && start() });
  for (const n of [1, 2, 4, 8, 16]) speed.append(make("option", { value: n }, `${n} a second`));
  speed.value = matchMedia("(prefers-reduced-motion: reduce)").matches ? 1 : 4;
  const play = button("Play", () => (timer ? stop() : start()));
  const step = make("input", { type: "range", min: 1, step: 1, class: "rc-step" });
  step.addEventListener("input", () => go(step.valueAsNumber));
  const move = (by) => go(clamp(get() + by, 1, length()));
  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  }
  function start() {
    clearInterval(timer);
    if (get() >= length()) go(1);
    timer = setInterval(() => (get() < length() ? move(1) : stop()), 1000 / speed.value);
    play.textContent = "Pause";
  }
  const says = make("span", {});
  const node = make(
    "div",
    { class: "rc-row" },
    button("Step back", () => move(-1)),
    play,
    button("Step on", () => move(1)),
    make("label", { class: "rc-wide" }, says, step),
    make("label", { class: "rc-choose" }, make("span", {}, "Speed"), speed),
  );
  return {
    node,
    stop,
    draw(at) {
      step.max = length();
      step.value = at;
      says.textContent = `Step ${at} of ${length()}`;
    },
  };
}
