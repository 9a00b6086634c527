// One camera of the wall: its picture, how it is, who is there, and what may be done with it.
import { call, path } from "./api.js";
import { trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { move } from "./moving.js";
import { shape } from "./overlay.js";
import { iconButton } from "./parts.js";
import { texts } from "./texts.js";

const t = texts.cameras;

export const isOn = (camera) => camera.state !== "stopped";

// "Ada", "2 unknown": whoever is on the screen; who is not known yet is left out.
export function peopleChips(camera) {
  const chip = (kind, ...content) => h("li", { class: `chip ${kind}` }, content);
  const link = (name) => h("a", { href: `#/people/${encodeURIComponent(name)}` }, name);
  const named = camera.people.filter((one) => one.recognition === "named").map((one) => chip("accent", link(one.name)));
  const doubtful = camera.people.filter((one) => one.recognition === "doubt").map((one) => chip("warn", t.or(one.name, one.second)));
  const count = (recognition) => camera.people.filter((one) => one.recognition === recognition).length;
  const strangers = count("unknown"), notLive = count("not live");
  return [...named, ...doubtful, strangers ? chip("", t.strangers(strangers)) : null, notLive ? chip("warn", t.notLive(notLive)) : null];
}

export class Tile {
  // admin: whether it may be changed; onedit(camera), onchange()
  constructor(camera, { admin, signal, large = false, onedit, onchange }) {
    Object.assign(this, { camera, admin, signal, large, onedit, onchange });
    this.image = h("img", { alt: "", draggable: false, hidden: true, onload: () => this.fit() });
    this.state = h("span", { class: "state" });
    this.off = h("div", { class: "tile-off" });
    this.people = h("ul", { class: "tile-people" });
    this.pace = h("span", { class: "faint numbers" });
    this.title = h("h2");
    this.tools = h("div", { class: "tile-tools" });
    this.link = large ? null : h("a", { class: "tile-link", href: `#/cameras/${camera.camera}` });
    this.picture = h("div", { class: "tile-picture" }, this.image, this.off, this.state, this.link);
    this.element = h(large ? "div" : "li", { class: `tile${large ? " large" : ""}` }, this.picture,
      h("div", { class: "tile-text" }, h("div", { class: "tile-head" }, this.title, this.tools), this.people, this.pace));
    this.show(camera);
  }

  show(camera) {
    this.camera = camera;
    this.title.textContent = camera.name;
    this.image.alt = t.shows(camera.name);
    this.link?.setAttribute("aria-label", t.larger(camera.name));
    this.state.className = `state ${camera.state}`;
    this.state.textContent = t.states[camera.state];
    const quiet = camera.state !== "running";
    replace(this.off, quiet && [icon(camera.state === "stopped" ? "pause" : "cameras"), camera.reason && h("p", null, camera.reason)]);
    this.off.hidden = !quiet;
    this.picture.classList.toggle("dim", quiet);
    const chips = peopleChips(camera).filter(Boolean);
    replace(this.people, chips.length ? chips : h("li", { class: "faint" }, t.nobody));
    this.people.hidden = this.pace.hidden = quiet;
    this.pace.textContent = quiet ? "" : t.pace(camera.rate, camera.latency);
    this.drawTools();
    if (isOn(camera) && !this.moving) this.begin();
    if (!isOn(camera)) this.end();
  }

  drawTools() {
    const { name } = this.camera;
    const on = isOn(this.camera);
    if (!this.admin || this.drawn === `${on} ${name}`) return; // who is about to press a button keeps it
    this.drawn = `${on} ${name}`;
    replace(this.tools,
      iconButton(on ? t.stop(name) : t.start(name), on ? "pause" : "play", () => this.run(on ? "stop" : "start")),
      iconButton(t.edit(name), "pencil", () => this.onedit(this.camera)));
  }

  async run(what) {
    try {
      this.show(await call("POST", path`/v1/cameras/${this.camera.camera}/` + what));
      await this.onchange?.();
    } catch (error) { trouble(error); }
  }

  begin() {
    this.moving = new AbortController();
    const { signal } = this.moving;
    this.signal.addEventListener("abort", () => this.end(), { signal });
    move(this.image, path`/v1/cameras/${this.camera.camera}`, signal, {
      large: this.large,
      onshow: () => { this.image.hidden = false; },
    });
  }

  fit() {
    shape(this.picture, this.image.naturalWidth, this.image.naturalHeight);
  }

  end() {
    this.moving?.abort();
    this.moving = null;
    this.image.hidden = true;
  }
}
