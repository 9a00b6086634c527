// Pictures in, names out; each face can be put right from here.
import { call, path } from "./api.js";
import { note, say, sayUndoable, trouble } from "./dialog.js";
import { drop } from "./drop.js";
import { h, replace } from "./dom.js";
import { head } from "./head.js";
import { nameList } from "./names.js";
import { Overlay, shape } from "./overlay.js";
import { button, nameInput, submit } from "./parts.js";
import { cropBlob, prepare, thumb } from "./picture.js";
import { rate } from "./preferences.js";
import { texts } from "./texts.js";
import { labelOf, likelihood, per } from "./words.js";

const SIDE = 2048; // pixels; a face that is too small in that is too small anyway
const NEAREST = 3;
const WORTH_NAMING = 0.05; // of a probability
const AROUND = 0.8; // of a face, to each side, when it is enrolled out of a group

const ask = (data, signal) => call("POST", "/v1/identify", { body: data, query: { top: NEAREST, far: rate.get() }, signal });

const personLink = (name) => `#/people/${encodeURIComponent(name)}`;

async function enrol(picture, face, name) {
  const data = picture.faces.length === 1 ? picture.data : await cropBlob(picture.bitmap, face, AROUND);
  await call("POST", path`/v1/people/${name}/faces`, { body: data, query: { select: "largest" } });
}

const refuse = (picture, name) => call("POST", path`/v1/people/${name}/not`, { body: picture.data });

// A form that makes an unknown face known.
function nameForm(picture, face, names, again) {
  const input = nameInput(names.list);
  const enter = submit(texts.identify.enrol, "");
  const onsubmit = async (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (!name) return;
    enter.disabled = true;
    try {
      await enrol(picture, face, name);
      say(texts.identify.enrolled(name));
      await again();
    } catch (error) { trouble(error); }
    enter.disabled = false;
  };
  return h("form", { class: "inline-form", onsubmit }, input, enter);
}

function actions(picture, face, again) {
  const run = (what, after) => async (event) => {
    const { target } = event;
    target.disabled = true;
    try { await what(); after(); await again(); } catch (error) { trouble(error); }
    target.disabled = false;
  };
  const { name } = face;
  const add = run(() => enrol(picture, face, name), () => say(texts.identify.added(name)));
  const not = run(() => refuse(picture, name), () => sayUndoable(texts.identify.refused(name), again));
  return h("div", { class: "row" },
    button(texts.identify.add, add, { kind: "small" }), button(texts.identify.notThem(name), not, { kind: "small" }));
}

function others(face) {
  const worth = (one) => one.similarity > WORTH_NAMING && (!face.match || one.name !== face.name);
  const rest = (face.candidates ?? []).filter(worth).slice(0, 2);
  if (!rest.length) return null;
  return h("p", { class: "faint" }, `${texts.identify.or} `,
    rest.map((one, i) => [i ? ", " : "", h("a", { href: personLink(one.name) }, one.name), ` ${per(one.similarity)}`]));
}

function faceCard(picture, face, index, names) {
  const again = () => picture.look();
  const point = () => picture.overlay.choose(index);
  const { kind, label } = labelOf(face);
  const words = face.match ? texts.identify.at(likelihood(face.similarity)) : null;
  return h("li", { class: "card face-card", onmouseenter: point, onfocusin: point },
    thumb(picture.bitmap, face, face.match ? texts.identify.pictureOf(face.name) : texts.identify.unknownFace),
    h("div", { class: "face-card-text" },
      h("h3", null, face.match ? h("a", { href: personLink(face.name) }, label) : label),
      words && face.similarity !== null ? h("p", { class: "soft" }, words) : null,
      kind === "known" && face.similarity !== null && meter(face.similarity),
      others(face),
      face.match ? actions(picture, face, again) : nameForm(picture, face, names, again)));
}

function meter(value) {
  const bar = h("span");
  bar.style.width = `${Math.round(100 * value)}%`;
  return h("div", { class: "meter", "aria-hidden": "true" }, bar);
}

// One picture with its faces beside it.
class Result {
  constructor(file, signal, names) {
    Object.assign(this, { file, signal, names });
    this.frame = h("div", { class: "frame" });
    this.list = h("ul", { class: "stack" });
    this.count = h("p", { class: "faint", role: "status" }, texts.identify.looking);
    this.element = h("article", { class: "result", "aria-label": texts.identify.picture(file.name) },
      h("div", null, this.frame), h("div", { class: "stack" }, this.count, this.list));
    this.overlay = new Overlay(this.frame, { onchoose: (index) => this.choose(index) });
  }

  choose(index) {
    this.overlay.choose(index);
    this.list.children[index]?.scrollIntoView({ block: "nearest", behavior: "smooth" });
    this.list.children[index]?.querySelector("input, button")?.focus({ preventScroll: true });
  }

  async run() {
    try {
      Object.assign(this, await prepare(this.file, SIDE));
      shape(this.frame, this.bitmap.width, this.bitmap.height);
      this.frame.prepend(h("img", { src: URL.createObjectURL(this.data), alt: texts.identify.picture(this.file.name) }));
      await this.look();
    } catch (error) {
      if (this.signal.aborted) return;
      replace(this.count, "");
      this.list.append(h("li", null, note("bad", error instanceof DOMException ? texts.errors.not_a_picture : error.message)));
    }
  }

  async look() {
    const { faces, width, height } = await ask(this.data, this.signal);
    this.faces = faces;
    this.overlay.show(faces.map((face) => ({ ...face, ...labelOf(face) })), width, height);
    replace(this.count, faces.length ? texts.identify.found(faces.length) : texts.identify.none);
    replace(this.list, faces.map((face, index) => faceCard(this, face, index, this.names)));
  }
}

async function open(place, _, signal) {
  const results = h("div", { class: "stack wide" });
  const names = await nameList(signal);
  const clear = button(texts.identify.clear, () => {
    replace(results);
    clear.hidden = true;
    target.slim(false);
  }, { kind: "quiet", drawing: "cross", hidden: true });
  const onfiles = async (files) => {
    target.slim(true);
    clear.hidden = false;
    const list = files.map((file) => new Result(file, signal, names));
    results.prepend(...list.map((result) => result.element));
    for (const result of list) if (!signal.aborted) await result.run();
  };
  const target = drop({ onfiles, signal });
  place.append(head({ ...texts.pages.identify, tools: [clear] }), h("div", { class: "stack wide" }, target, results), names.list);
}

export default { path: "identify", needs: "/v1/identify", open };
