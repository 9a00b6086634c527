// A name and pictures of somebody, from files or the camera. Every picture says what became of it.
import { call, path } from "./api.js";
import { say } from "./dialog.js";
import { drop } from "./drop.js";
import { h, replace } from "./dom.js";
import { EnrolCamera } from "./enrol_camera.js";
import { head } from "./head.js";
import { icon } from "./icons.js";
import { nameList } from "./names.js";
import { button, card, field, textInput } from "./parts.js";
import { prepare } from "./picture.js";
import { forget } from "./portrait.js";
import { texts } from "./texts.js";

const t = texts.enrol;
const SIDE = 4096; // pixels; more is no better and takes longer to send

// What may be done about a refusal: [button, query]
const anyway = [t.anyway, { min_sharpness: 0 }];
const mends = {
  several_faces: [t.largest, { select: "largest" }],
  too_small: [t.anyway, { min_size: 0, min_sharpness: 0 }],
  blurred: anyway,
  dark: anyway,
  poor: anyway,
  pose: anyway,
  covered: anyway,
};

// One picture in the tray.
class Item {
  constructor(name, data, ondone) {
    Object.assign(this, { name, data, ondone });
    this.state = h("div", { class: "tray-state", role: "status" });
    this.element = h("li", { class: "tray-item" },
      h("div", { class: "portrait" }, h("img", { src: URL.createObjectURL(data), alt: "" })), this.state);
  }

  async send(query = {}) {
    replace(this.state, h("span", { class: "spinner small" }), t.working);
    try {
      const answer = await call("POST", path`/v1/people/${this.name}/faces`, { body: this.data, query });
      replace(this.state, h("span", { class: "chip accent" }, icon("check"), answer.status === "enrolled" ? t.done : t.already));
      forget(path`/v1/people/${this.name}/`);
      this.good = true;
    } catch (error) {
      const mend = mends[error.code];
      replace(this.state, h("span", { class: "tray-reason" }, error.code === "other_name" ? t.otherName : error.message),
        h("span", { class: "row" },
          mend && button(mend[0], () => this.send({ ...query, ...mend[1] }), { kind: "small" }),
          button(t.dismiss, () => this.dismiss(), { kind: "small quiet" })));
    }
    this.element.classList.toggle("bad", !this.good);
    this.ondone();
  }

  dismiss() {
    this.element.remove();
    this.ondone();
  }
}

class Page {
  constructor(given, names, signal) {
    this.signal = signal;
    this.items = [];
    this.input = textInput({
      class: "input name-input",
      value: given,
      placeholder: t.namePlaceholder,
      list: names.list.id,
      oninput: () => this.reset(),
    });
    this.tray = h("ul", { class: "tray" });
    this.trayPart = h("section", { class: "card stack", hidden: true, "aria-labelledby": "tray-title" });
    this.source = h("div", { class: "stack" });
    this.drawSources();
    const tips = h("ul", { class: "tips" }, t.tips.map(([drawing, tip]) => h("li", null, icon(drawing), tip)));
    this.element = h("div", { class: "enrol" },
      h("div", { class: "stack" }, field(t.who, this.input), names.list, this.tabs, this.source),
      h("div", { class: "stack" }, this.trayPart, card(t.tipsTitle, tips)));
    this.choose("files");
  }

  drawSources() {
    const tab = (name, drawing) =>
      h("button", { type: "button", "data-name": name, onclick: () => this.choose(name) }, icon(drawing), t[name]);
    this.tabs = h("div", { class: "segments", role: "group", "aria-label": t.sources },
      tab("files", "upload"), tab("camera", "camera"));
    this.files = drop({ onfiles: (files) => this.add(files), signal: this.signal });
    this.camera = new EnrolCamera((data) => this.add([data]), this.signal);
  }

  choose(name) {
    for (const button of this.tabs.children) button.setAttribute("aria-pressed", String(button.dataset.name === name));
    replace(this.source, name === "files" ? this.files : this.camera.element);
    if (name === "camera") this.camera.start();
    else this.camera.stop();
  }

  // Another name: another person's tray.
  reset() {
    this.input.setAttribute("aria-invalid", "false");
    if (!this.items.length) return;
    this.items = [];
    replace(this.tray);
    this.draw();
  }

  next() {
    this.input.value = "";
    this.reset();
    this.input.focus();
  }

  async add(files) {
    const name = this.input.value.trim();
    if (!name) {
      say(t.nameFirst);
      this.input.setAttribute("aria-invalid", "true");
      this.input.focus();
      return;
    }
    for (const file of files) {
      let data = file;
      try { ({ data } = await prepare(file, SIDE)); } catch { /* the server says what is wrong with it */ }
      const item = new Item(name, data, () => this.draw());
      this.items.push(item);
      this.tray.prepend(item.element);
      this.draw();
      await item.send();
    }
  }

  draw() {
    const name = this.input.value.trim();
    const good = this.items.filter((item) => item.good).length;
    this.trayPart.hidden = !this.tray.children.length;
    replace(this.trayPart, h("h2", { id: "tray-title" }, name || t.tray), this.tray,
      good ? h("p", { class: "soft" }, t.more[good] ?? t.enough) : null,
      good ? h("div", { class: "row" },
        h("a", { class: "button small", href: `#/people/${encodeURIComponent(name)}` }, t.see(name)),
        button(t.next, () => this.next(), { kind: "small quiet" })) : null);
  }
}

async function open(place, { query }, signal) {
  const names = await nameList(signal);
  const page = new Page(query.get("name") ?? "", names, signal);
  place.append(head(texts.pages.enrol), page.element);
}

export default { path: "enrol", needs: "/v1/people/{name}/faces", scope: "enrol", open };
