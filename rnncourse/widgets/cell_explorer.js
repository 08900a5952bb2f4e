import { button, choose, clamp, connect, digits, make, math, shell, slider, tick, transport, whole } from "./base.js";
import { equation, strip, table } from "./strips.js";
import { SIGNALS, gradients, run } from "./cells.js";

const TITLE = { rnn: "RNN", lstm: "LSTM", gru: "GRU" };
const GATES = { rnn: [""], lstm: [..."ifgo"], gru: [..."rzn"] };
const SAYS = {
  i: "input gate", f: "forget gate", g: "candidate", o: "output gate", r: "reset gate",
  z: "update gate", n: "candidate", c: "cell state", h: "hidden state", x: "input", "": "unit",
};
const NAMES = [
  "kinds", "xs", "params", "step", "gradient", "gradient_from", "polarity", "reset", "activation",
  "goal", "verdict", "unit", "loaded",
];

const drive = (view, kind) => {
  const { kind: whose, drive: added } = view.get("loaded");
  return whose === kind ? added : {};
};

const options = (view) => ({
  polarity: view.get("polarity"), reset: view.get("reset"), activation: view.get("activation"),
});

// The range of a strip: gates 0 to 1, the rest around zero and wide enough.
function reach(name, values) {
  if ("ifozr".includes(name)) return [0, 1];
  const most = Math.max(1, ...values.map(Math.abs).filter(Number.isFinite)) * 1.04;
  return [-most, most];
}

// --- the equations of one step ----------------------------------------------------------------

function equations(kind, p, xs, trace, t, e, { polarity, reset, activation }) {
  const now = trace[t];
  const { h, c } = t ? trace[t - 1] : { h: 0, c: 0 };
  const s = t + 1;
  const other = (k) => (e[k] ? [[`e_{${k},${s}}`, e[k][t] ?? 0]] : []);
  const input = (k) => [`w_x${k}`, p["w_x" + k], `x_${s}`, xs[t]];
  const past = (k) => [`w_h${k}`, p["w_h" + k], `h_${t}`, h];
  const bias = (k) => [k ? `b_${k}` : "b", p[k ? "b_" + k : "b"]];
  const line = (k, squash, terms) => equation(`${k}_${s}`, squash, terms, now[k]);
  const gate = (k, squash) => line(k, squash, [input(k), past(k), bias(k), ...other(k)]);
  if (kind === "rnn") {
    const squash = activation === "relu" ? "ReLU" : "tanh";
    return [line("h", squash, [input(""), past(""), bias(""), ...other("a")])];
  }
  if (kind === "lstm") {
    return [
      gate("i", "σ"), gate("f", "σ"), gate("g", "tanh"), gate("o", "σ"),
      line("c", "", [[`f_${s}`, now.f, `c_${t}`, c], [`i_${s}`, now.i, `g_${s}`, now.g]]),
      line("h", "", [[`o_${s}`, now.o, `tanh(c_${s})`, Math.tanh(now.c)]]),
    ];
  }
  const b = ["b_hn", p.b_hn];
  const first = [input("n"), bias("n"), ...other("n")];
  const before = reset === "before";
  const m = before
    ? [[`r_${s}`, now.r, `h_${t}`, h]]
    : [["w_hn", p.w_hn, `h_${t}`, h], b, ...other("m")];
  const rest = before
    ? [["w_hn", p.w_hn, `m_${s}`, now.m], b, ...other("m")]
    : [[`r_${s}`, now.r, `m_${s}`, now.m]];
  const keep = [`z_${s}`, now.z];
  const write = [`(1 − z_${s})`, 1 - now.z];
  const [old, fresh] = polarity === "keeps" ? [keep, write] : [write, keep];
  return [
    gate("r", "σ"), gate("z", "σ"), line("m", "", m), line("n", "tanh", [...first, ...rest]),
    line("h", "", [[...old, `h_${t}`, h], [...fresh, `n_${s}`, now.n]]),
  ];
}

// --- one cell: strips, equations, weights ------------------------------------------------------

function cell(kind, view, pick) {
  const strips = SIGNALS[kind].map((k) => [k, strip(k, SAYS[k], k, pick)]);
  const numbers = make("div", { class: "rc-equations", role: "group" });
  const says = make("p", { class: "rc-gradient" });
  const sliders = {};
  const weights = make("details", { open: true }, make("summary", {}, "Weights and biases"));
  const change = (name) => (value) => view.edit({ params: { ...view.get("params"), [name]: value } });
  const add = (k, name, what, place) => {
    const of = `${name}: ${what}, ${TITLE[kind]} ${SAYS[k]}`;
    sliders[name] = slider(name, of, 10, change(name));
    place.append(sliders[name].node);
  };
  for (const k of GATES[kind]) {
    const place = make("fieldset", {}, make("legend", {}, k ? `${SAYS[k]} ${k}` : SAYS[k]));
    add(k, "w_x" + k, "weight of the input", place);
    add(k, "w_h" + k, "weight of the state before", place);
    add(k, k ? "b_" + k : "b", "bias", place);
    if (k === "n") add(k, "b_hn", "bias beside the state", place);
    weights.append(place);
  }
  const strip_ = make("div", { class: "rc-strips" }, ...strips.map(([, made]) => made.node));
  const title = make("h3", {}, TITLE[kind]);
  const node = make("div", { class: "rc-cell" }, title, strip_, says, numbers, weights);
  const state = kind === "lstm" ? "c" : "h";

  function draw(step) {
    const p = view.get("params");
    const xs = view.get("xs");
    const e = drive(view, kind);
    const trace = run(kind, p, xs, options(view), e);
    const series = Object.fromEntries(SIGNALS[kind].map((k) => [k, trace.map((now) => now[k])]));
    const wanted = view.get("gradient");
    let back;
    says.replaceChildren();
    if (wanted !== "none") {
      const from = Math.min(view.get("gradient_from"), xs.length);
      const by = wanted === "input" ? "x" : state;
      back = gradients(kind, p, trace, from, options(view))[by];
      const at = step <= from ? digits(back[step - 1]) : "0 (later)";
      const most = digits(Math.max(...back.map(Math.abs)));
      says.append(...math(`Dashed: ∂h_${from} / ∂${by}_s. At s = ${step} it is ${at}; largest size ${most}.`));
    }
    for (const [k, made] of strips) {
      made.draw(series[k], step, reach(k, series[k]), k === state ? back : null);
    }
    numbers.setAttribute("aria-label", `${TITLE[kind]}: equations at step ${step}`);
    numbers.replaceChildren(...equations(kind, p, xs, trace, step - 1, e, options(view)));
    for (const [name, made] of Object.entries(sliders)) made.show(p[name]);
    const columns = SIGNALS[kind].map((k) => [`${TITLE[kind]} ${k}`, series[k]]);
    return back ? [...columns, [`${TITLE[kind]} gradient`, back]] : columns;
  }
  return { node, draw };
}

// --- the whole ------------------------------------------------------------------------------------

function render({ model, el }) {
  const view = connect(model, NAMES);
  const root = shell(el, "Cell explorer");
  const length = () => view.get("xs").length;
  const step = () => clamp(view.get("step"), 1, length());
  const pick = (at) => at !== view.get("step") && view.edit({ step: at });
  const set = (name) => (value) => view.edit({ [name]: value });
  const write = (at, value) => {
    const xs = [...view.get("xs")];
    xs[at - 1] = Math.round(value * 100) / 100;
    view.edit({ xs, step: at });
  };

  const kinds = ["rnn", "lstm", "gru"].map((kind) => [kind, tick(TITLE[kind], (on) => {
    const wanted = ["rnn", "lstm", "gru"].filter((k) => (k === kind ? on : view.get("kinds").includes(k)));
    if (wanted.length) view.edit({ kinds: wanted });
    else draw();
  })]);
  const presets = view.get("presets");
  const preset = choose("Preset", [["", "choose"], ...presets.map(({ name }) => [name, name])], (name) => {
    const { params, xs, says } = presets.find((one) => one.name === name) || {};
    if (!xs) return;
    const at = { step: Math.min(step(), xs.length), gradient_from: xs.length };
    view.edit({ params: { ...view.get("params"), ...params }, xs, loaded: {}, ...at });
    told.textContent = says;
  });
  const goals = view.get("goals");
  const goal = choose("Goal", [["", "none"], ...goals.map(({ name }) => [name, name])], (name) => {
    const { kind, xs } = goals.find((one) => one.name === name) || {};
    const at = xs && { kinds: [kind], xs, step: Math.min(step(), xs.length), gradient_from: xs.length };
    view.edit({ goal: name, ...at, ...(xs && { loaded: {} }) });
  });
  const told = make("p", { role: "status", class: "rc-told" });
  const verdict = make("p", { role: "status", class: "rc-told" });
  const polarity = choose("GRU: z near 1", [["keeps", "keeps"], ["replaces", "replaces"]], set("polarity"));
  const reset = choose("GRU: reset", [["after", "after the product"], ["before", "before the product"]], set("reset"));
  const activation = choose("RNN: activation", [["tanh", "tanh"], ["relu", "ReLU"]], set("activation"));
  const gradient = choose("Gradient", [["none", "hidden"], ["state", "to the state"], ["input", "to the input"]], set("gradient"));
  const from = whole("Gradient from step", set("gradient_from"));
  const unit = choose("Unit", [], (k) => view.edit({ unit: +k }));

  const x = strip("x", SAYS.x, "x", pick, write);
  const xNow = slider("x", "x: input at this step", 2, (value) => write(step(), value));
  const clear = button("Set every input to 0", () => view.edit({ xs: view.get("xs").map(() => 0) }));
  const play = transport(step, pick, length);
  const cells = make("div", { class: "rc-cells" });
  const values = table("Table of values");
  root.append(
    make("div", { class: "rc-row" },
      make("fieldset", { class: "rc-kinds" }, make("legend", {}, "Cells"), ...kinds.map(([, made]) => made.node)),
      preset.node, ...(view.isStatic ? [] : [goal.node]), unit.node, gradient.node, from.node,
      polarity.node, reset.node, activation.node),
    told, verdict, play.node,
    make("div", { class: "rc-input" }, x.node, make("div", { class: "rc-row" }, xNow.node, clear)),
    cells, values.node,
  );

  let shown = [];
  let units = 0;
  function draw() {
    const xs = view.get("xs");
    const now = view.get("kinds");
    const at = step();
    if (shown.map(([kind]) => kind).join() !== now.join()) {
      shown = now.map((kind) => [kind, cell(kind, view, pick)]);
      cells.replaceChildren(...shown.map(([, made]) => made.node));
    }
    for (const [kind, made] of kinds) made.show(now.includes(kind));
    const loaded = view.get("loaded");
    if (units !== (loaded.units || 0)) {
      units = loaded.units || 0;
      const list = Array.from({ length: units }, (_, k) => make("option", { value: k }, `${k} of ${units}`));
      unit.node.lastChild.replaceChildren(...list);
    }
    unit.show(view.get("unit"));
    unit.node.hidden = view.isStatic || !units;
    polarity.node.hidden = reset.node.hidden = !now.includes("gru");
    activation.node.hidden = !now.includes("rnn");
    from.node.hidden = view.get("gradient") === "none";
    goal.show(view.get("goal"));
    for (const name of ["polarity", "reset", "activation", "gradient"]) {
      ({ polarity, reset, activation, gradient })[name].show(view.get(name));
    }
    from.show(Math.min(view.get("gradient_from"), length()), length());
    const { says, solved } = view.get("verdict");
    const task = !view.isStatic && goals.find(({ name }) => name === view.get("goal"));
    const text = task ? `Goal: ${task.says} ${solved ? "✓ " : "… "}${says || ""}` : "";
    if (verdict.textContent !== text) verdict.textContent = text;
    x.draw(xs, at, [-Math.max(2, ...xs.map(Math.abs)), Math.max(2, ...xs.map(Math.abs))]);
    xNow.show(xs[at - 1]);
    play.draw(at);
    values.draw([["x", xs], ...shown.flatMap(([, made]) => made.draw(at))]);
  }
  const leave = view.watch(draw);
  return () => {
    leave();
    play.stop();
  };
}

export default { render };
