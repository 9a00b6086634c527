// Keeping unknown faces while the camera runs: a few pictures of each visit, so that somebody who stays is not kept a
// thousand times. Off until the reader says so, in this tab only.
import { call } from "./api.js";
import { trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { keepUnknown, rate } from "./preferences.js";
import * as server from "./server.js";
import { texts } from "./texts.js";

const t = texts.live;
const AFTER = [0, 4000, 15000, 60000]; // milliseconds of a visit
const GONE = 10000; // without an unknown face: the next one is another visit
const AGAIN = 1000; // behind a picture that was too poor to be kept

export class Keeper {
  constructor(days, signal) {
    Object.assign(this, { signal, began: 0, seen: 0, next: 0, taken: 0, kept: 0, busy: false });
    const onchange = () => {
      keepUnknown.set(box.checked ? "yes" : null);
      Object.assign(this, { taken: 0, next: 0 });
    };
    const box = h("input", { type: "checkbox", checked: keepUnknown.get() === "yes", onchange });
    this.told = h("span", { class: "faint", role: "status" });
    this.element = h("div", { class: "keeper" }, h("label", { class: "switch" }, box, h("span", null, t.keep)),
      h("p", { class: "faint" }, t.keepAbout(days)), this.told);
  }

  // A frame that was looked at: what was found, and the frame as it was sent.
  note(faces, data) {
    const now = Date.now();
    if (!faces.some((face) => !face.match && (face.why === "far" || face.why === "empty gallery"))) return;
    if (now - this.seen > GONE) Object.assign(this, { began: now, taken: 0, next: 0 });
    this.seen = now;
    if (keepUnknown.get() === "yes" && !this.busy && this.taken < AFTER.length && now >= this.next) this.keep(data);
  }

  async keep(data) {
    this.busy = true;
    try {
      const { kept } = await call("POST", "/v1/unknown", { body: data, query: { far: rate.get() }, signal: this.signal });
      this.kept += kept;
      this.taken += kept > 0;
      this.next = kept ? this.began + AFTER[this.taken] : Date.now() + AGAIN;
      if (this.kept) replace(this.told, h("a", { href: "#/unknown" }, texts.unknownFaces.kept(this.kept)));
    } catch (error) {
      if (!this.signal.aborted) trouble(error);
    }
    this.busy = false;
  }
}

// Null where the server keeps none, or the key may not add.
export async function keeper(signal) {
  const { keep_unknown_days: days } = await server.info();
  return days && server.may("enrol") ? new Keeper(days, signal) : null;
}
