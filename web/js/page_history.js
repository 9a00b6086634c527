// Who changed what, the latest first, by day; and taking back.
import { get, post } from "./api.js";
import { say, trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { empty, head, waiting } from "./head.js";
import { icon } from "./icons.js";
import { button } from "./parts.js";
import { texts } from "./texts.js";
import { day, time } from "./words.js";

const t = texts.history;
const PAGE = 200;

const drawings = { enroll: "plus", import: "plus", merge: "merge", move: "move", delete: "trash", undo: "undo", not: "cross" };

// In words; who is gone has no name any more.
function sentence(change) {
  const said = { ...change, name: change.name ?? t.gone(change.person), before: change.before ?? "", after: change.after ?? "" };
  return (t.actions[change.action] ?? t.other)(said);
}

const item = (change) =>
  h("li", { class: change.undone ? "undone" : "" }, icon(drawings[change.action] ?? "pencil"),
    h("div", null,
      h("p", null, sentence(change), change.undone && h("span", { class: "chip" }, t.undone)),
      h("p", { class: "faint" }, `${time(change.at)}, ${t.by(change.actor)}`)));

function days(changes) {
  const groups = new Map();
  for (const change of changes) groups.set(day(change.at), [...(groups.get(day(change.at)) ?? []), change]);
  return [...groups].map(([name, list]) => h("section", { class: "stack" },
    h("h2", null, name === day(new Date()) ? t.today : name), h("ul", { class: "card changes" }, list.map(item))));
}

async function open(place, _, signal) {
  const body = h("div", { class: "stack wide" }, waiting());
  const undo = button(t.undoLatest, async () => {
    undo.disabled = true;
    try {
      await post("/v1/undo");
      say(texts.undone);
      await load();
    } catch (error) { trouble(error); }
  }, { drawing: "undo", disabled: true });
  async function load() {
    const { changes } = await get("/v1/audit", { query: { limit: PAGE }, signal });
    undo.disabled = !changes.some((change) => change.undoable && !change.undone);
    replace(body, changes.length ? days(changes) : empty("history", t.empty));
  }
  place.classList.add("page-narrow");
  place.append(head({ ...texts.pages.history, tools: [undo] }), body);
  try {
    await load();
  } catch (error) {
    replace(body);
    throw error;
  }
}

export default { path: "history", needs: "/v1/audit", scope: "admin", open };
