// The camera with hints: what would make the next picture a good one.
import { call } from "./api.js";
import { Camera, follow } from "./camera.js";
import { note } from "./dialog.js";
import { h, replace } from "./dom.js";
import { icon } from "./icons.js";
import { button } from "./parts.js";
import { frameOf } from "./picture.js";
import { texts } from "./texts.js";
import { lookAt } from "./words.js";

const t = texts.enrol;
const LOOK_WIDTH = 480; // pixels that hints are made from
const TAKEN_WIDTH = 1920;
const CHECKS = { distance: "distance", pose: "identify", light: "sun", sharp: "search" };

export class EnrolCamera {
  constructor(ontake, signal) {
    Object.assign(this, { ontake, signal });
    this.camera = new Camera(signal);
    this.hint = h("p", { class: "hint", role: "status" }, t.hints.nobody);
    this.ring = h("div", { class: "ring", "aria-hidden": "true" });
    this.checks = h("ul", { class: "checks" });
    this.take = button(t.take, () => this.shoot(), { kind: "primary large", drawing: "camera", disabled: true });
    this.tools = h("div", { class: "row" });
    this.frame = h("div", { class: "frame mirrored" }, this.camera.video, this.ring, this.hint);
    this.stage = h("div", { class: "stack" }, this.frame, this.checks,
      h("div", { class: "row spread" }, this.take, this.tools));
    this.element = h("div");
    this.drawChecks({});
  }

  async start() {
    replace(this.element, this.stage);
    try {
      await this.camera.start();
      if (this.stopped()) return;
      this.take.disabled = false;
      this.frame.classList.toggle("mirrored", this.camera.mirrored);
      replace(this.tools, await this.camera.chooser(() => {}));
      if (!this.following) this.follow();
    } catch (error) {
      replace(this.element, note("bad", error.message));
    }
  }

  stopped() { return !this.element.isConnected || this.signal.aborted; }

  stop() { this.camera.stop(); this.take.disabled = true; }

  async follow() {
    this.following = true;
    await follow(this.camera, {
      wide: LOOK_WIDTH, signal: this.signal,
      look: (data) => call("POST", "/v1/detect", { body: data, signal: this.signal }),
      show: (answer) => this.show(lookAt(answer)),
      fail: (error) => replace(this.hint, error.message),
    });
    this.following = false;
  }

  show({ hint, checks }) {
    if (this.last !== hint) replace(this.hint, t.hints[hint]);
    this.last = hint;
    this.frame.classList.toggle("good", hint === "good");
    this.drawChecks(checks);
  }

  drawChecks(state) {
    replace(this.checks, Object.entries(CHECKS).map(([name, drawing]) => {
      const good = state[name] ?? null;
      const kind = good === null ? "" : good ? "yes" : "no";
      return h("li", { class: kind }, icon(good ? "check" : drawing), t.checks[name],
        h("span", { class: "unseen" }, t.checkState(good)));
    }));
  }

  async shoot() {
    const { data } = await frameOf(this.camera.video, TAKEN_WIDTH, 0.95);
    this.frame.classList.remove("flash");
    void this.frame.offsetWidth; // begins the animation anew
    this.frame.classList.add("flash");
    this.ontake(data);
  }
}
