// One workspace in three parts: its pictures, its trainings, and trying it out.
import { call, get, path } from "./api.js";
import { confirm, note, trouble } from "./dialog.js";
import { drop } from "./drop.js";
import { h, replace } from "./dom.js";
import { head } from "./head.js";
import { Overlay, shape } from "./overlay.js";
import { button, namedCard } from "./parts.js";
import { prepare } from "./picture.js";
import { forget } from "./portrait.js";
import { texts } from "./texts.js";
import { per } from "./words.js";
import { Labels } from "./workspace_labels.js";
import { Trainings } from "./workspace_trainings.js";

const t = texts.workspaces;
const SIDE = 2048;

const labelled = (face) =>
  ({ ...face, kind: face.match ? "known" : "unknown", label: face.label ?? texts.unknown, detail: per(face.probability) });

const likelihoods = (face) => face.probabilities.map((one) => `${one.label} ${per(one.probability)}`).join(", ");

// A picture, and what the serving run says of it.
function trial(id, signal) {
  const out = h("div", { class: "stack" });
  const onfiles = async ([file]) => {
    replace(out, h("p", { class: "faint" }, texts.identify.looking));
    try {
      const { bitmap, data } = await prepare(file, SIDE);
      const answer = await call("POST", path`/v1/workspaces/${id}/predict`, { body: data, signal });
      const alt = texts.identify.picture(file.name);
      const frame = h("div", { class: "frame" }, h("img", { src: URL.createObjectURL(data), alt }));
      shape(frame, bitmap.width, bitmap.height);
      new Overlay(frame).show(answer.faces.map(labelled), answer.width, answer.height);
      replace(out, frame, h("p", { class: "faint" }, t.saidBy(answer.run, answer.method)),
        answer.faces.map((face) => h("p", null, likelihoods(face))));
    } catch (error) {
      if (!signal.aborted) replace(out, note("bad", error instanceof DOMException ? texts.errors.not_a_picture : error.message));
    }
  };
  const target = drop({ title: t.tryTitle, many: false, anywhere: false, onfiles, signal });
  return namedCard("trial-title", t.tryOut, target.slim(true), out);
}

export async function openWorkspace(place, id, signal) {
  const remove = async () => {
    const yes = await confirm({ title: t.removeTitle(id), message: t.removeAbout, yes: texts.person.remove });
    if (!yes) return;
    try {
      await call("DELETE", path`/v1/workspaces/${id}`);
      forget(path`/v1/workspaces/${id}/`);
      location.hash = "#/workspaces";
    } catch (error) { trouble(error); }
  };
  const labels = new Labels(id, signal, () => load());
  const trainings = new Trainings(id, signal, () => load());
  const tools = [button(texts.person.remove, remove, { kind: "small quiet danger", drawing: "trash" })];

  async function load() {
    let known = { labels: [] };
    try {
      known = await get(path`/v1/workspaces/${id}`, { signal });
    } catch (error) {
      if (error.status !== 404) throw error; // else it is made with its first picture
    }
    labels.show(known.labels);
    await trainings.show(known.labels.length);
  }

  document.title = `${id} – vultus`;
  const back = { href: "#/workspaces", name: texts.back(texts.pages.workspaces.title) };
  const left = h("div", { class: "stack wide" }, labels.element, trial(id, signal));
  place.append(head({ title: id, tools, back }), h("div", { class: "workspace-body" }, left, trainings.element));
  await load();
}
