// The pictures of a workspace by label: adding more, looking at them, and deleting one or all of a label.
import { call, get, path } from "./api.js";
import { confirm, note, say, trouble } from "./dialog.js";
import { drop } from "./drop.js";
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { iconButton, namedCard, textInput } from "./parts.js";
import { prepare } from "./picture.js";
import { portrait } from "./portrait.js";
import { texts } from "./texts.js";
import { day } from "./words.js";

const t = texts.workspaces;
const SIDE = 2048;

export class Labels {
  constructor(id, signal, changed) {
    Object.assign(this, { id, signal, changed, open: new Set() });
    this.input = textInput({ placeholder: t.labelPlaceholder, "aria-label": t.label });
    this.list = h("ul", { class: "labels" });
    this.told = h("div", { class: "stack", role: "status" });
    this.element = namedCard("labels-title", t.pictures, this.list, this.input,
      drop({ title: t.dropTitle, anywhere: false, onfiles: (files) => this.add(files), signal }).slim(true), this.told);
  }

  show(labels) {
    replace(this.list, labels.map((one) => this.row(one)));
  }

  row({ label, images }) {
    const pictures = h("ul", { class: "faces", hidden: true });
    const turn = async (open) => {
      toggle.setAttribute("aria-expanded", String(open));
      pictures.hidden = !open;
      if (open) this.open.add(label);
      else this.open.delete(label);
      if (open) await this.draw(label, pictures).catch(trouble);
    };
    const toggle = h("button", { type: "button", class: "label-toggle", onclick: () => turn(pictures.hidden) },
      icon("next"), h("span", null, label), h("span", { class: "faint" }, texts.faces(images)));
    turn(this.open.has(label));
    return h("li", null,
      h("div", { class: "label-row" }, toggle, iconButton(t.removeLabel(label), "trash", () => this.remove(label))), pictures);
  }

  async draw(label, pictures) {
    const { images } = await get(path`/v1/workspaces/${this.id}/labels/${label}`, { signal: this.signal });
    const one = ({ face, created }) => h("li", { class: "label-picture" },
      portrait(path`/v1/workspaces/${this.id}/images/${face}/thumbnail`, { alt: texts.person.select(day(created)) }),
      iconButton(t.removeImage(day(created)), "trash", () => this.removeImage(face), "small danger"));
    replace(pictures, images.map(one));
  }

  async add(files) {
    const label = this.input.value.trim();
    if (!label) {
      say(t.labelFirst);
      this.input.focus();
      return;
    }
    const refused = [];
    let good = 0;
    for (const [i, file] of files.entries()) {
      replace(this.told, h("p", { class: "faint" }, t.adding(i + 1, files.length)));
      try {
        const [answer] = await this.send(file, label);
        if (answer.status.endsWith("accepted")) good++;
        else refused.push(`${file.name}: ${texts.errors[answer.status] ?? answer.reason ?? answer.status}`);
      } catch (error) {
        if (this.signal.aborted) return;
        refused.push(`${file.name}: ${error instanceof DOMException ? texts.errors.not_a_picture : error.message}`);
      }
    }
    replace(this.told, h("p", { class: "soft" }, t.added(good, label)), refused.map((reason) => note("warn", reason)));
    await this.changed();
  }

  async send(file, label) {
    const { data } = await prepare(file, SIDE);
    const to = path`/v1/workspaces/${this.id}/images`;
    return (await call("POST", to, { body: data, query: { label }, signal: this.signal })).images;
  }

  async erase(what, title, message) {
    if (!await confirm({ title, message, yes: texts.person.remove })) return;
    try {
      await call("DELETE", what);
      await this.changed();
    } catch (error) { trouble(error); }
  }

  remove(label) {
    return this.erase(path`/v1/workspaces/${this.id}/labels/${label}`, t.removeLabel(label), t.removeLabelAbout);
  }

  removeImage(image) {
    return this.erase(path`/v1/workspaces/${this.id}/images/${image}`, t.removeImageTitle, t.removeImageAbout);
  }
}
