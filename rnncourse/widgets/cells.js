// One recurrent unit: the same arithmetic as rnncourse/cells, number for number.
// p: numbers by name; e: what the rest of a loaded cell adds to each gate at each step, or {}.

export const sigmoid = (a) => 0.5 * Math.tanh(0.5 * a) + 0.5;

export const SIGNALS = { rnn: ["h"], lstm: [..."ifgoch"], gru: [..."rznh"] };

const at = (e, gate, t) => e?.[gate]?.[t] ?? 0;

function rnnStep(p, x, { h }, e, t, { activation }) {
  const a = p.w_x * x + p.w_h * h + (p.b + at(e, "a", t));
  return { h: activation === "relu" ? Math.max(a, 0) : Math.tanh(a) };
}

function lstmStep(p, x, { h, c }, e, t) {
  const a = (k) => p["w_x" + k] * x + p["w_h" + k] * h + (p["b_" + k] + at(e, k, t));
  const i = sigmoid(a("i"));
  const f = sigmoid(a("f"));
  const g = Math.tanh(a("g"));
  const o = sigmoid(a("o"));
  const now = f * c + i * g;
  return { i, f, g, o, c: now, h: o * Math.tanh(now) };
}

function gruStep(p, x, { h }, e, t, { polarity, reset }) {
  const a = (k) => p["w_x" + k] * x + (p["b_" + k] + at(e, k, t));
  const r = sigmoid(a("r") + p.w_hr * h);
  const z = sigmoid(a("z") + p.w_hz * h);
  const b = p.b_hn + at(e, "m", t);
  const m = reset === "before" ? r * h : h * p.w_hn + b;
  const n = Math.tanh(reset === "before" ? a("n") + m * p.w_hn + b : a("n") + r * m);
  return { r, z, n, m, h: polarity === "keeps" ? z * h + (1 - z) * n : (1 - z) * h + z * n };
}

const STEP = { rnn: rnnStep, lstm: lstmStep, gru: gruStep };

// Every signal at every step: [{i, f, ...}], from the zero state.
export function run(kind, p, xs, options, e) {
  let state = { h: 0, c: 0 };
  return xs.map((x, t) => (state = STEP[kind](p, x, state, e, t, options)));
}

// d h_from / d x_s, h_s, c_s for s = 1..from (from counts from 1), along every path.
export function gradients(kind, p, trace, from, { polarity, reset, activation }) {
  const found = { x: [], h: [], c: [] };
  let dh = 1;
  let dc = 0;
  for (let s = from - 1; s >= 0; s--) {
    const now = trace[s];
    const { h, c } = s ? trace[s - 1] : { h: 0, c: 0 };
    const da = {};
    let direct = 0;
    found.h[s] = dh;
    if (kind === "rnn") {
      da[""] = dh * (activation === "relu" ? +(now.h > 0) : 1 - now.h ** 2);
    } else if (kind === "lstm") {
      const { i, f, g, o } = now;
      const tanh = Math.tanh(now.c);
      dc += dh * o * (1 - tanh ** 2);
      found.c[s] = dc;
      da.i = dc * g * i * (1 - i);
      da.f = dc * c * f * (1 - f);
      da.g = dc * i * (1 - g ** 2);
      da.o = dh * tanh * o * (1 - o);
      dc *= f;
    } else {
      const { r, z, n, m } = now;
      const keep = polarity === "keeps" ? z : 1 - z;
      direct = dh * keep;
      da.n = dh * (1 - keep) * (1 - n ** 2);
      const dm = reset === "before" ? da.n * p.w_hn : da.n * r;
      const dr = reset === "before" ? dm * h : da.n * m;
      da.r = dr * r * (1 - r);
      da.z = (polarity === "keeps" ? 1 : -1) * dh * (h - n) * z * (1 - z);
      direct += reset === "before" ? dm * r : dm * p.w_hn;
    }
    found.x[s] = 0;
    dh = direct;
    for (const [gate, d] of Object.entries(da)) {
      found.x[s] += d * p["w_x" + gate];
      if (gate !== "n") dh += d * p["w_h" + gate];
    }
  }
  return found;
}
