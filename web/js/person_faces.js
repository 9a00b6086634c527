// The pictures of one person: choose some, then move them, or say whom they do not show.
import { call, get, path, post } from "./api.js";
import { ask, confirm, say, sayUndoable, trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { nameList } from "./names.js";
import { button } from "./parts.js";
import { forget, ofFace } from "./portrait.js";
import * as server from "./server.js";
import { texts } from "./texts.js";
import { day } from "./words.js";

const t = texts.person;
const SPLIT = "/v1/people/{name}/split";
const FACE = "/v1/faces/{face}";

export class FaceGrid {
  constructor(name, faces, changed, signal) {
    Object.assign(this, { name, faces, changed, signal, chosen: new Set() });
    this.bar = h("div", { class: "face-bar", role: "toolbar", "aria-label": t.pictures });
    this.element = h("div", { class: "stack" }, this.bar, h("ul", { class: "faces" }, faces.map((face) => this.item(face))));
    this.draw();
  }

  item(face) {
    const onchange = () => {
      if (box.checked) this.chosen.add(face.face);
      else this.chosen.delete(face.face);
      this.draw();
    };
    const box = h("input", { type: "checkbox", class: "unseen", "aria-label": t.select(day(face.created)), onchange });
    const tick = h("span", { class: "face-tick", "aria-hidden": "true" }, icon("check"));
    return h("li", null, h("label", { class: "face" }, box, ofFace(this.name, face.face), tick));
  }

  draw() {
    const count = this.chosen.size;
    const act = (drawing, label, what, kind = "small") => button(label, () => what.call(this).catch(trouble), { kind, drawing });
    replace(this.bar, count
      ? [h("span", { class: "face-count" }, t.chosen(count)), act("move", t.moveTo, this.move), act("cross", t.not, this.refuse),
        server.has(FACE) ? act("trash", t.forget, this.forget, "small quiet danger") : null]
      : h("span", { class: "faint" }, t.choose));
  }

  async move() {
    const names = await nameList(this.signal);
    const splits = server.has(SPLIT);
    const message = splits ? t.moveAbout : null;
    const into = await ask({ title: t.moveTitle, message, label: t.otherPerson, yes: t.move, list: names.list });
    if (!into || into === this.name) return;
    const chosen = [...this.chosen];
    if (splits) await post(path`/v1/people/${this.name}/split`, { faces: chosen, into });
    else if (!names.names.has(into)) throw new Error(t.unknownName(into));
    else for (const face of chosen) await post(path`/v1/faces/${face}/move`, { into });
    await this.after(into);
    sayUndoable(t.moved(chosen.length, into), () => this.after(into));
  }

  async refuse() {
    const yes = await confirm({ title: t.notTitle(this.name), message: t.notAbout(this.name), yes: t.not });
    if (!yes) return;
    for (const face of this.chosen) await post(path`/v1/people/${this.name}/not`, { face });
    await this.after();
    sayUndoable(t.noted, () => this.after());
  }

  async forget() {
    const chosen = [...this.chosen];
    const yes = await confirm({ title: t.forgetTitle(chosen.length), message: t.forgetAbout, yes: t.remove });
    if (!yes) return;
    for (const face of chosen) await call("DELETE", path`/v1/faces/${face}`);
    await this.after();
    say(t.forgotten(chosen.length));
  }

  // Somebody whose last picture went is not there any more, or has none.
  async after(other) {
    for (const name of [this.name, other]) if (name) forget(path`/v1/people/${name}/`);
    try {
      await get(path`/v1/people/${this.name}`);
      await this.changed();
    } catch (error) {
      if (error.status !== 404) throw error;
      location.hash = other ? `#/people/${encodeURIComponent(other)}` : "#/people";
    }
  }
}
