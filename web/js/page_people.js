// Everybody, with a picture; one person is page_person.js.
import { get } from "./api.js";
import { h, later, replace } from "./dom.js";
import { empty, head, waiting } from "./head.js";
import { icon } from "./icons.js";
import { openPerson } from "./page_person.js";
import { button, textInput } from "./parts.js";
import { ofPerson } from "./portrait.js";
import * as server from "./server.js";
import { texts } from "./texts.js";

const PAGE = 60;

const card = (person) =>
  h("li", null, h("a", { class: "person", href: `#/people/${encodeURIComponent(person.name)}` },
    ofPerson(person.name), h("span", { class: "person-name" }, person.name),
    h("span", { class: "faint" }, texts.faces(person.faces))));

const addLink = (kind) => h("a", { class: `button ${kind}`, href: "#/enrol" }, icon("plus"), texts.people.add);

// Pages of the list, one after the other, as they are asked for.
class List {
  constructor(signal) {
    this.signal = signal;
    this.grid = h("ul", { class: "people" });
    this.more = button(texts.showMore, () => this.load(), { hidden: true });
    this.count = h("p", { class: "faint", role: "status" });
    this.element = h("div", { class: "stack wide" }, this.count, this.grid, h("div", { class: "center" }, this.more));
    this.round = 0;
  }

  // only: {search, group}
  async begin(only) {
    this.only = only;
    this.after = null;
    this.shown = 0;
    this.round++;
    await this.load(true);
  }

  async load(first = false) {
    const { round } = this;
    const query = { limit: PAGE, after: this.after, ...this.only };
    const { people, total, next } = await get("/v1/people", { query, signal: this.signal });
    if (round !== this.round) return; // something else was typed meanwhile
    if (first) replace(this.grid);
    this.grid.append(...people.map(card));
    this.after = next;
    this.shown += people.length;
    this.total = total;
    this.more.hidden = !next;
    const all = next ? texts.people.shown(this.shown, total) : texts.peopleCount(total);
    replace(this.count, total ? all : texts.people.noMatch(this.only.search));
  }
}

// A choice of groups, where people are in some.
async function groupChooser(onchange, signal) {
  const groups = server.has("/v1/groups") ? (await get("/v1/groups", { signal })).groups : [];
  if (!groups.length) return null;
  const option = (group) => h("option", { value: group.name }, `${group.name} (${group.people})`);
  return h("select", { class: "input group", "aria-label": texts.people.group, onchange },
    h("option", { value: "" }, texts.people.all), groups.map(option));
}

async function open(place, { rest }, signal) {
  if (rest[0]) return openPerson(place, rest[0], signal);
  const list = new List(signal);
  const again = () => list.begin({ search: search.value.trim(), group: groups?.value }).catch(() => {});
  const label = texts.people.search;
  const search = textInput({ type: "search", placeholder: label, "aria-label": label, oninput: later(180, again) });
  const body = h("div", { class: "stack wide" }, waiting());
  place.append(head({ ...texts.pages.people, tools: [addLink("")] }), body);
  const groups = await groupChooser(again, signal);
  await list.begin({});
  replace(body, list.total
    ? [h("div", { class: "row" }, h("div", { class: "with-icon search" }, icon("search"), search), groups), list.element]
    : empty("people", texts.people.empty, texts.people.emptyAbout, addLink("primary")));
}

export default { path: "people", needs: "/v1/people", open };
