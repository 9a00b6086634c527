// Names over the camera's picture. A frame is sent when the answer to the one before is there, never earlier.
import { call, get } from "./api.js";
import { Camera, follow } from "./camera.js";
import { note } from "./dialog.js";
import { h, later, replace } from "./dom.js";
import { head } from "./head.js";
import { icon } from "./icons.js";
import { keeper } from "./live_unknown.js";
import { Overlay } from "./overlay.js";
import { button, namedCard } from "./parts.js";
import { thumb } from "./picture.js";
import { rate } from "./preferences.js";
import { texts } from "./texts.js";
import { labelOf } from "./words.js";

const t = texts.live;
const WIDE = 640; // pixels that are sent
const TICK = 1000;

// Who was seen since the camera started, the last first.
class Seen {
  constructor(signal) {
    this.people = new Map();
    this.list = h("ul", { class: "seen" });
    this.element = namedCard("seen-title", t.seen, this.list);
    const timer = setInterval(() => this.tick(), TICK);
    signal.addEventListener("abort", () => clearInterval(timer));
    this.draw();
  }

  note(faces, canvas) {
    let fresh = false;
    for (const face of faces.filter((one) => one.match)) {
      const known = this.people.get(face.name);
      if (known) known.at = Date.now();
      else {
        this.people.set(face.name, { at: Date.now(), picture: thumb(canvas, face) });
        fresh = true;
      }
    }
    if (fresh) this.draw();
  }

  tick() {
    for (const person of this.people.values()) if (person.when) person.when.textContent = this.ago(person);
  }

  ago(person) {
    const seconds = Math.round((Date.now() - person.at) / 1000);
    return seconds < 2 ? t.now : t.ago(seconds);
  }

  draw() {
    const rows = [...this.people].sort((a, b) => b[1].at - a[1].at).map(([name, person]) => {
      person.when = h("span", { class: "faint numbers" }, this.ago(person));
      return h("li", null, person.picture, h("a", { href: `#/people/${encodeURIComponent(name)}` }, name), person.when);
    });
    replace(this.list, rows.length ? rows : h("li", { class: "faint" }, t.seenEmpty));
  }
}

class Page {
  constructor(signal) {
    this.signal = signal;
    this.camera = new Camera(signal);
    this.paused = false;
    this.seen = new Seen(signal);
    this.pace = h("p", { class: "faint numbers pace" });
    this.spoken = h("p", { class: "unseen", role: "status" });
    this.tell = later(700, (text) => { this.spoken.textContent = text; });
    this.frame = h("div", { class: "frame moving", hidden: true }, this.camera.video);
    this.overlay = new Overlay(this.frame, { mirrored: () => this.camera.mirrored });
    this.tools = h("div", { class: "row" });
    this.trouble = h("div");
    this.times = [];
    this.off = h("div", { class: "off" }, icon("live"), h("h2", null, t.startTitle), h("p", null, t.startAbout),
      button(texts.camera.start, () => this.start(), { kind: "primary large" }));
    this.element = h("div", { class: "live" },
      h("div", { class: "stack" }, this.trouble, this.off, this.frame,
        h("div", { class: "row spread" }, this.tools, this.pace), this.spoken),
      h("div", { class: "stack" }, this.seen.element, this.below = h("div")));
  }

  keepWith(one) {
    this.keeper = one;
    if (one) replace(this.below, h("section", { class: "card" }, one.element));
  }

  async start() {
    replace(this.trouble);
    try {
      await this.camera.start();
      if (this.signal.aborted) return this.camera.stop();
      this.off.hidden = true;
      this.frame.hidden = false;
      this.frame.classList.toggle("mirrored", this.camera.mirrored);
      this.pauseButton = button("", () => this.pause(!this.paused));
      this.pause(false);
      replace(this.tools, this.pauseButton,
        button(texts.camera.stop, () => this.stop(), { kind: "quiet" }),
        await this.camera.chooser(() => this.frame.classList.toggle("mirrored", this.camera.mirrored)));
      if (!this.following) this.follow();
    } catch (error) {
      replace(this.trouble, note("bad", error.message));
    }
  }

  stop() {
    this.camera.stop();
    this.overlay.show([], 1, 1);
    this.off.hidden = false;
    this.frame.hidden = true;
    replace(this.tools);
    replace(this.pace);
  }

  pause(on) {
    this.paused = on;
    if (on) this.camera.video.pause();
    else this.camera.video.play();
    replace(this.pauseButton, icon(on ? "play" : "pause"), on ? texts.camera.resume : texts.camera.pause);
  }

  async follow() {
    this.following = true;
    let began = 0, sent = null;
    await follow(this.camera, {
      wide: WIDE, signal: this.signal, paused: () => this.paused,
      look: (data) => {
        began = performance.now();
        sent = data;
        return call("POST", "/v1/identify", { body: data, query: { far: rate.get() }, signal: this.signal });
      },
      show: (answer, canvas) => {
        this.show(answer, canvas, performance.now() - began);
        this.keeper?.note(answer.faces, sent);
      },
      fail: (error) => replace(this.trouble, note("warn", error.message)),
    });
  }

  show({ faces, width, height }, canvas, wait) {
    if (!this.camera.stream) return;
    replace(this.trouble);
    const labels = faces.map((face) => ({ ...face, ...labelOf(face) }));
    this.overlay.show(labels, width, height);
    this.seen.note(faces, canvas);
    const names = labels.filter((face) => face.kind === "known").map((face) => face.label);
    const strangers = labels.length - names.length;
    this.tell([...names, strangers ? t.strangers(strangers) : null].filter(Boolean).join(", ") || t.nobody);
    this.times = [...this.times, performance.now()].slice(-12);
    if (this.times.length < 3) return;
    const perSecond = (1000 * (this.times.length - 1)) / (this.times.at(-1) - this.times[0]);
    this.pace.textContent = t.pace(perSecond.toFixed(perSecond < 10 ? 1 : 0), Math.round(wait));
  }
}

async function open(place, _, signal) {
  const page = new Page(signal);
  place.append(head(texts.pages.live), page.element);
  page.keepWith(await keeper(signal));
  const { total } = await get("/v1/people", { query: { limit: 1 }, signal });
  if (total) return;
  const first = h("span", null, `${t.emptyGallery} `, h("a", { href: "#/enrol" }, t.enrolFirst));
  page.element.before(h("div", { class: "note welcome" }, icon("info"), first));
}

export default { path: "live", needs: "/v1/identify", open };
