// What cameras saw, one row for each stay of a face: who, where, from when to when. New events are put in as they come.
import { call, get, path } from "./api.js";
import { trouble } from "./dialog.js";
import { h, replace, sleep } from "./dom.js";
import { listen } from "./events.js";
import { empty } from "./head.js";
import { icon } from "./icons.js";
import { button, iconButton } from "./parts.js";
import { portrait } from "./portrait.js";
import * as server from "./server.js";
import { texts } from "./texts.js";
import { day, likelihood, time } from "./words.js";

const t = texts.events;
const PAGE = 120;
const AGAIN = 3000; // milliseconds
const HERE = 3600000; // who has not left since is not said to be here any more

const span = (seconds) => (seconds < 90 ? t.seconds(Math.round(seconds)) : t.minutes(Math.round(seconds / 60)));

class Visit {
  // whole: all kinds of events are there
  constructor(whole, onremove) {
    Object.assign(this, { whole, onremove, events: [] });
    this.said = h("div", { class: "visit-said" });
    const remove = server.may("admin") && iconButton(t.remove, "trash", () => this.remove());
    this.element = h("li", { class: "visit" }, this.said, remove); // drawing leaves the button where it is
  }

  // In the order of their numbers, whichever comes first.
  add(event) {
    if (this.events.some((one) => one.id === event.id)) return;
    this.events = [...this.events, event].sort((a, b) => a.id - b.id);
    this.draw();
  }

  draw() {
    const latest = this.events.at(-1), first = this.events[0];
    const pictured = this.events.findLast((one) => one.picture_bytes);
    const name = latest.name ?? this.events.findLast((one) => one.name)?.name;
    const wrong = this.events.findLast((one) => one.event === "changed")?.before;
    const left = latest.event === "left";
    const here = this.whole && !left && Date.now() - new Date(latest.at) < HERE;
    const stayed = (new Date(latest.at) - new Date(first.at)) / 1000;
    const when = left && this.events.length > 1 ? t.fromTo(time(first.at), time(latest.at), span(stayed)) : time(first.at);
    replace(this.said,
      pictured ? portrait(path`/v1/events/${pictured.id}/picture`) : h("div", { class: "portrait" }, icon("person")),
      h("div", { class: "visit-text" },
        h("h3", null, name ? h("a", { href: `#/people/${encodeURIComponent(name)}` }, name) : this.stranger()),
        h("p", { class: "faint" }, `${latest.camera} · ${when}`)),
      wrong ? h("span", { class: "chip warn" }, t.before(wrong)) : name && h("span", { class: "chip accent wide-only" }, likelihood(latest.similarity)),
      here ? h("span", { class: "chip here" }, t.here) : null);
  }

  stranger() {
    return this.events.some((one) => one.event === "unknown") ? texts.unknown : t.somebody;
  }

  async remove() {
    try {
      for (const { id } of this.events) await call("DELETE", path`/v1/events/${id}`).catch((error) => { if (error.status !== 404) throw error; });
      this.onremove();
    } catch (error) { trouble(error); }
  }
}

export class Visits {
  // query: camera, person, kind, since
  constructor(query, signal) {
    Object.assign(this, { query, signal });
    this.visits = new Map();
    this.removed = new Set();
    this.days = new Map();
    this.newest = 0;
    this.list = h("div", { class: "stack wide" });
    this.more = button(texts.showMore, () => this.load().catch(trouble), { hidden: true });
    this.element = h("div", { class: "stack wide" }, this.list, h("div", { class: "center" }, this.more));
  }

  async begin() {
    await this.load();
    this.follow();
  }

  async load() {
    const query = { ...this.query, latest: true, limit: PAGE, before: this.oldest };
    const { events, next } = await get("/v1/events", { query, signal: this.signal });
    for (const event of events) this.put(event, false);
    this.oldest = next;
    this.more.hidden = !next;
    this.newest = Math.max(this.newest, ...events.map((event) => event.id));
    this.drawEmpty();
  }

  put(event, fresh) {
    if (this.removed.has(event.visit)) { // the face was still there when its stay was removed
      call("DELETE", path`/v1/events/${event.id}`).catch(() => {});
      return;
    }
    let visit = this.visits.get(event.visit);
    if (!visit) {
      visit = new Visit(!this.query.kind, () => this.drop(event.visit));
      this.visits.set(event.visit, visit);
      const list = this.dayOf(event.at, fresh);
      if (fresh) list.prepend(visit.element);
      else list.append(visit.element);
    }
    visit.add(event);
  }

  dayOf(at, fresh) {
    const name = day(at);
    if (!this.days.has(name)) {
      const list = h("ul", { class: "card visits" });
      const section = h("section", { class: "stack" }, h("h2", null, name === day(new Date()) ? texts.history.today : name), list);
      this.days.set(name, list);
      if (fresh) this.list.prepend(section);
      else this.list.append(section);
    }
    return this.days.get(name);
  }

  drop(name) {
    this.removed.add(name);
    this.visits.get(name).element.remove();
    this.visits.delete(name);
    for (const [key, list] of this.days) {
      if (list.childElementCount) continue;
      list.parentElement.remove();
      this.days.delete(key);
    }
    this.drawEmpty();
  }

  drawEmpty() {
    this.nothing ??= empty("events", t.empty, t.emptyAbout);
    if (this.visits.size) this.nothing.remove();
    else this.list.append(this.nothing);
  }

  // Goes on behind the newest event when the connection was lost.
  async follow() {
    while (!this.signal.aborted) {
      const { since, ...asked } = this.query;
      try {
        await listen("/v1/events/stream", (_, event) => {
          this.newest = Math.max(this.newest, event.id);
          this.put(event, true);
          this.drawEmpty();
        }, this.signal, { ...asked, after: this.newest });
      } catch { /* the server is away */ }
      await sleep(AGAIN, this.signal);
    }
  }
}
