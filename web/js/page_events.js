// What cameras saw: the latest first, by camera, person, kind and day; new ones are there at once.
import { get } from "./api.js";
import { h, later, replace } from "./dom.js";
import { head, waiting } from "./head.js";
import { nameList } from "./names.js";
import { field, textInput } from "./parts.js";
import * as server from "./server.js";
import { texts } from "./texts.js";
import { Visits } from "./visits.js";

const t = texts.events;
const kinds = ["identified", "unknown", "changed"];

function select(label, value, options, onchange) {
  const option = ([name, shown]) => h("option", { value: name, selected: name === value }, shown);
  return field(label, h("select", { class: "input", onchange }, options.map(option)));
}

const valueOf = (part) => part.querySelector("select, input").value.trim();

async function open(place, { query }, signal) {
  await server.info();
  const body = h("div", null, waiting());
  const names = await nameList(signal);
  const { cameras } = await get("/v1/cameras", { signal });
  let round = null, shown = "";

  async function load() {
    const since = valueOf(from);
    const query = {
      camera: valueOf(camera), person: valueOf(person), kind: valueOf(kind),
      since: since && new Date(`${since}T00:00:00`).toISOString().replace(/\.\d+/, ""),
    };
    if (shown === (shown = JSON.stringify(query))) return; // the name that was typed is asked for already
    round?.abort();
    round = new AbortController();
    signal.addEventListener("abort", () => round.abort(), { once: true });
    const visits = new Visits(query, round.signal);
    try {
      await visits.begin();
      replace(body, visits.element);
    } catch (error) {
      if (error.name === "AbortError") return;
      shown = "";
      replace(body, h("p", { class: "soft", role: "status" }, error.status === 404 ? t.nobody : error.message));
    }
  }
  const again = later(250, load);
  const camera = select(t.camera, query.get("camera") ?? "", [["", t.all], ...cameras.map(({ name }) => [name, name])], load);
  const kind = select(t.kind, query.get("kind") ?? "", [["", t.all], ...kinds.map((name) => [name, t.kinds[name]])], load);
  const person = field(t.person, textInput({ type: "search", value: query.get("person") ?? "", list: names.list.id, oninput: again }));
  const from = field(t.since, textInput({ type: "date", onchange: load }));
  place.append(head(texts.pages.events), h("div", { class: "stack wide" }, h("div", { class: "filters" }, camera, person, kind, from), body), names.list);
  await load();
}

export default { path: "events", needs: "/v1/events", open };
