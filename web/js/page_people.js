// Everybody, with a picture; one person is page_person.js.
import { get } from "./api.js";
import { h, later, replace } from "./dom.js";
import { empty, head, waiting } from "./head.js";
import { icon } from "./icons.js";
import { openPerson } from "./page_person.js";
import { ofPerson } from "./portrait.js";
import { texts } from "./texts.js";

const PAGE = 60;

const card = (person) =>
  h("li", null, h("a", { class: "person", href: `#/people/${encodeURIComponent(person.name)}` },
    ofPerson(person.name), h("span", { class: "person-name" }, person.name), h("span", { class: "faint" }, texts.faces(person.faces))));

const addLink = (primary) => h("a", { class: `button${primary ? " primary" : ""}`, href: "#/enrol" }, icon("plus"), texts.people.add);

// Pages of the list, one after the other, as they are asked for.
class List {
  constructor(signal) {
    this.signal = signal;
    this.grid = h("ul", { class: "people" });
    this.more = h("button", { class: "button", type: "button", hidden: true, onclick: () => this.load() }, texts.showMore);
    this.count = h("p", { class: "faint", role: "status" });
    this.element = h("div", { class: "stack wide" }, this.count, this.grid, h("div", { class: "center" }, this.more));
    this.round = 0;
  }

  async begin(search) {
    this.search = search;
    this.after = null;
    this.shown = 0;
    this.round++;
    await this.load(true);
  }

  async load(first = false) {
    const { round } = this;
    const { people, total, next } = await get("/v1/people", { query: { limit: PAGE, after: this.after, search: this.search }, signal: this.signal });
    if (round !== this.round) return; // something else was typed meanwhile
    if (first) replace(this.grid);
    this.grid.append(...people.map(card));
    this.after = next;
    this.shown += people.length;
    this.total = total;
    this.more.hidden = !next;
    replace(this.count, total ? (next ? texts.people.shown(this.shown, total) : texts.peopleCount(total)) : texts.people.noMatch(this.search ?? ""));
  }
}

async function open(place, { rest }, signal) {
  if (rest[0]) return openPerson(place, rest[0], signal);
  const list = new List(signal);
  const search = h("input", { class: "input", type: "search", placeholder: texts.people.search, "aria-label": texts.people.search,
    oninput: later(180, () => list.begin(search.value.trim()).catch(() => {})) });
  const body = h("div", { class: "stack wide" }, waiting());
  place.append(head({ ...texts.pages.people, tools: [addLink(false)] }), body);
  await list.begin(null);
  replace(body, list.total
    ? [h("div", { class: "with-icon search" }, icon("search"), search), list.element]
    : empty("people", texts.people.empty, texts.people.emptyAbout, addLink(true)));
}

export default { path: "people", needs: "/v1/people", open };
