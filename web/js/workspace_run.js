// Who was taken for whom in a training: a table where the labels are few, else the commonest mistakes in words.
import { get, path } from "./api.js";
import { h } from "./dom.js";
import { iconButton } from "./parts.js";
import { texts } from "./texts.js";

const t = texts.workspaces;
const TABLE = 12; // labels at most
const MISTAKES = 20;

// truth -> answer -> count
function counted(cells) {
  const rows = new Map();
  for (const { truth, answer, count } of cells) {
    if (!rows.has(truth)) rows.set(truth, new Map());
    rows.get(truth).set(answer, count);
  }
  return rows;
}

const total = (row) => [...row.values()].reduce((sum, count) => sum + count, 0);

function cell(row, truth, answer) {
  const count = row.get(answer) ?? 0;
  const kind = truth === answer ? "right" : count ? "wrong" : "none";
  const td = h("td", { class: `numbers ${kind}` }, String(count));
  td.style.setProperty("--share", String(total(row) ? count / total(row) : 0));
  return td;
}

function matrix(rows, labels) {
  const head = h("tr", null, h("th", { scope: "col" }, t.isLabel), labels.map((label) => h("th", { scope: "col" }, label)));
  const body = labels.map((truth) => h("tr", null, h("th", { scope: "row" }, truth),
    labels.map((answer) => cell(rows.get(truth) ?? new Map(), truth, answer))));
  return h("table", { class: "table confusion" }, h("caption", { class: "faint" }, t.confusionCaption),
    h("thead", null, head), h("tbody", null, body));
}

const mistakes = (rows) => [...rows].flatMap(([truth, row]) =>
  [...row].filter(([answer]) => answer !== truth).map(([answer, count]) => ({ truth, answer, count, all: total(row) })));

function sentences(rows) {
  const found = mistakes(rows).sort((a, b) => b.count - a.count);
  if (!found.length) return h("p", { class: "soft" }, t.noMistakes);
  return h("ul", { class: "stack" }, found.slice(0, MISTAKES).map((one) => h("li", null, t.mistake(one))),
    found.length > MISTAKES ? h("li", { class: "faint" }, t.moreMistakes(found.length - MISTAKES)) : null);
}

// The run with what it mixed up; `close` takes it away.
export async function confusion(workspace, run, close, signal) {
  const { result } = await get(path`/v1/workspaces/${workspace}/runs/${run}`, { signal });
  const rows = counted(result.confusion ?? []);
  const labels = [...new Set((result.confusion ?? []).flatMap(({ truth, answer }) => [truth, answer]))].sort();
  const drawing = !labels.length ? h("p", { class: "soft" }, t.notTested)
    : labels.length <= TABLE ? h("div", { class: "scroll-x", tabIndex: 0, role: "region", "aria-label": t.confusionOf(run) }, matrix(rows, labels))
      : sentences(rows);
  return h("section", { class: "stack", "aria-label": t.confusionOf(run) },
    h("div", { class: "row spread" }, h("h3", { tabIndex: -1 }, t.confusionOf(run)), iconButton(t.close, "cross", close)), drawing);
}
