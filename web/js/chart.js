// Two drawings of how well trainings did: accuracy fold by fold, and runs beside each other with their intervals.
import { h, svg } from "./dom.js";
import { texts } from "./texts.js";

const t = texts.chart;
const WIDE = 600;
const HIGH = 200;
const LEFT = 46;
const EDGE = 12;

const share = (value) => `${(100 * value).toFixed(1)} %`;

// The least that is shown: a round share below all values.
function least(values) {
  const low = Math.min(...values);
  return Math.max(0, Math.floor((low - 0.02) * 10) / 10);
}

// Draws what is given over lines at a few shares; each part gets the function from a share to a height.
function frame(label, low, ...parts) {
  const y = (value) => HIGH - 24 - ((value - low) / (1 - low || 1)) * (HIGH - 24 - EDGE);
  const line = (value) => [
    svg("line", { class: "grid", x1: LEFT, x2: WIDE - EDGE, y1: y(value), y2: y(value) }),
    svg("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, `${Math.round(100 * value)} %`)];
  const size = { class: "chart", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label };
  return svg("svg", size, [low, (low + 1) / 2, 1].map(line), parts.map((part) => part(y)));
}

const columns = (count) => (i) => LEFT + ((i + 0.5) * (WIDE - LEFT - EDGE)) / Math.max(count, 1);
const polyline = (x, ys) => ys.map((y, i) => `${i ? "L" : "M"}${x(i)} ${y}`).join("");
const dot = (cx, cy, r, title) => svg("circle", { class: "dot", cx, cy, r }, svg("title", null, title));
const below = (x, anchor, text) => svg("text", { x, y: HIGH - 4, "text-anchor": anchor }, text);

// points: {accuracy} in their order; how many there will be is `count`.
export function foldCurve(points, count) {
  const values = points.map((point) => point.accuracy);
  const x = columns(count);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const radius = values.length > 40 ? 2.5 : 4.5;
  return frame(t.folds(values.length, share(mean)), least(values),
    (y) => svg("line", { class: "mean", x1: LEFT, x2: WIDE - EDGE, y1: y(mean), y2: y(mean) }),
    (y) => svg("path", { class: "curve", d: polyline(x, values.map(y)) }),
    (y) => values.map((value, i) => dot(x(i), y(value), radius, share(value))),
    () => below(WIDE - EDGE, "end", t.foldAxis));
}

// runs: {run, serving, result: {accuracy, accuracy_low, accuracy_high}}, the oldest first.
export function runChart(runs) {
  const low = ({ result }) => result.accuracy_low ?? result.accuracy;
  const high = ({ result }) => result.accuracy_high ?? result.accuracy;
  const x = columns(runs.length);
  const one = (y) => (run, i) => svg("g", { class: run.serving ? "serving" : "" },
    svg("line", { class: "whisker", x1: x(i), x2: x(i), y1: y(low(run)), y2: y(high(run)) }),
    dot(x(i), y(run.result.accuracy), run.serving ? 7 : 5, `${t.run(run.run)}: ${share(run.result.accuracy)}`),
    below(x(i), "middle", String(run.run)));
  return frame(t.runs(runs.length), least(runs.map(low)),
    (y) => svg("path", { class: "curve faint-curve", d: polyline(x, runs.map((run) => y(run.result.accuracy))) }),
    (y) => runs.map(one(y)));
}

// A share with its interval below, where there is one.
export const accuracyText = ({ accuracy, accuracy_low: low, accuracy_high: high }) =>
  [share(accuracy), typeof low === "number" ? h("div", { class: "faint" }, t.between(share(low), share(high))) : null];

export const figure = (drawing, caption) =>
  h("figure", { class: "figure" }, drawing, h("figcaption", { class: "faint" }, caption));
