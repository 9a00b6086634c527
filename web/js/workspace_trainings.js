// Trainings of a workspace: a method with its values, how it goes, runs beside each other, and which one serves.
import { call, get, path } from "./api.js";
import { accuracyText, figure, foldCurve, runChart } from "./chart.js";
import { note, trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { listen } from "./events.js";
import { icon } from "./icons.js";
import { button, field, iconButton, namedCard, submit, textInput } from "./parts.js";
import { texts } from "./texts.js";
import { confusion } from "./workspace_run.js";

const t = texts.workspaces;
const CHART_RUNS = 24; // the latest

// Methods, and the values that each takes: [parameter, what stands in the field].
const C = ["C", "1"];
const balance = ["class_weight", "none"];
const methods = {
  softmax: [C, balance],
  logistic: [C, balance],
  "svm-linear": [C, balance],
  "svm-rbf": [C, ["gamma", "scale"], balance],
  knn: [["n_neighbors", "5"], ["weights", "distance"]],
  forest: [["n_estimators", "100"], ["max_depth", "none"]],
  centroid: [],
};

export class Trainings {
  constructor(id, signal, changed) {
    Object.assign(this, { id, signal, changed });
    this.fields = h("div", { class: "hyper" });
    const options = Object.keys(methods).map((name) => h("option", { value: name }, t.methods[name]));
    this.method = h("select", { class: "input", onchange: () => this.drawFields() }, options);
    this.start = submit(t.train);
    this.few = h("p", { class: "faint" }, t.twoLabels);
    const onsubmit = (event) => {
      event.preventDefault();
      this.train();
    };
    this.form = h("form", { class: "stack", onsubmit },
      field(t.method, this.method), this.fields, h("div", { class: "row" }, this.start, this.few));
    this.progress = h("div", { class: "stack", role: "status" });
    this.runs = h("div", { class: "stack" });
    this.detail = h("div");
    this.element = namedCard("trainings-title", t.trainings, this.form, this.progress, this.runs, this.detail);
    this.drawFields();
  }

  drawFields() {
    const one = ([name, placeholder]) => field(t.values[name] ?? name, textInput({ name, placeholder }));
    replace(this.fields, methods[this.method.value].map(one));
  }

  async train() {
    const query = { method: this.method.value };
    for (const { name, value } of this.fields.querySelectorAll("input")) if (value.trim()) query[name] = value.trim();
    this.start.disabled = true;
    try {
      const { job } = await call("POST", path`/v1/workspaces/${this.id}/train`, { query, signal: this.signal });
      await this.follow(job);
    } catch (error) {
      if (!this.signal.aborted) replace(this.progress, note("bad", error.message));
    }
    this.start.disabled = false;
  }

  // The accuracy of each fold as it comes, until the job ends.
  async follow(job) {
    const points = [];
    const at = path`/v1/workspaces/${this.id}/jobs/${job}`;
    const stop = button(texts.camera.stop, () => call("DELETE", at).catch(trouble), { kind: "small" });
    const bar = h("progress", { class: "progress", max: 1, "aria-label": t.progress });
    const drawing = h("div");
    replace(this.progress, h("div", { class: "row" }, h("span", { class: "spinner small" }), t.running(job), stop), bar, drawing);
    let end = null;
    await listen(`${at}/events`, (name, value) => {
      if (name === "progress" && value.total) bar.value = value.done / value.total;
      if (name === "fold") {
        points.push(value);
        replace(drawing, figure(foldCurve(points, Math.max(points.length, value.folds)), t.foldCaption));
      }
      if (name === "end") end = value;
    }, this.signal);
    const ended = end?.state === "done" ? null : note("warn", end?.message ?? t.ended(end?.state ?? ""));
    replace(this.progress, ended, points.length ? drawing : null);
    await this.changed();
  }

  async serve(run) {
    try {
      await call("PUT", path`/v1/workspaces/${this.id}/serving`, { json: { run } });
      await this.changed();
    } catch (error) { trouble(error); }
  }

  async remove(run) {
    try {
      await call("DELETE", path`/v1/workspaces/${this.id}/runs/${run}`);
      await this.changed();
    } catch (error) { trouble(error); }
  }

  async look(run) {
    try {
      replace(this.detail, await confusion(this.id, run, () => replace(this.detail), this.signal));
      this.detail.querySelector("h3").focus();
    } catch (error) { trouble(error); }
  }

  row({ run, serving, request, result, seconds }) {
    return h("tr", null,
      h("td", { class: "numbers" }, String(run)),
      h("td", null, t.methods[result.method] ?? result.method,
        h("div", { class: "faint", title: result.parameters },
          [t.seconds(seconds ?? 0), request.parameters.replaceAll(";", ", ")].filter(Boolean).join(", "))),
      h("td", { class: "numbers" }, accuracyText(result)),
      h("td", null, h("div", { class: "row" },
        iconButton(t.confusionOf(run), "people", () => this.look(run)),
        serving ? h("span", { class: "chip accent" }, icon("check"), t.serves)
          : button(t.serve, () => this.serve(run), { kind: "small" }),
        iconButton(t.removeRun(run), "trash", () => this.remove(run)))));
  }

  async show(labels) {
    this.few.hidden = labels >= 2;
    this.start.disabled = labels < 2;
    const runs = labels ? (await get(path`/v1/workspaces/${this.id}/runs`, { signal: this.signal })).runs : [];
    replace(this.detail);
    if (!runs.length) return replace(this.runs);
    runs.sort((a, b) => a.run - b.run);
    const names = [t.run, t.method, t.accuracy].map((name) => h("th", { scope: "col" }, name));
    const table = h("table", { class: "table" }, h("thead", null, h("tr", null, names,
      h("th", { scope: "col" }, h("span", { class: "unseen" }, t.actions)))),
      h("tbody", null, [...runs].reverse().map((run) => this.row(run))));
    replace(this.runs, runs.length > 1 ? figure(runChart(runs.slice(-CHART_RUNS)), t.runCaption) : null,
      h("div", { class: "scroll-x", tabIndex: 0, role: "region", "aria-label": t.run }, table));
  }
}
