// Workspaces: pictures by label, and classifiers that are trained from them. One is page_workspace.js.
import { get } from "./api.js";
import { ask } from "./dialog.js";
import { h, replace } from "./dom.js";
import { empty, head, waiting } from "./head.js";
import { icon } from "./icons.js";
import { openWorkspace } from "./page_workspace.js";
import { button } from "./parts.js";
import * as server from "./server.js";
import { texts } from "./texts.js";

const t = texts.workspaces;
const PAGE = 60;
const ID = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

const link = (id) => `#/workspaces/${encodeURIComponent(id)}`;

async function make() {
  const id = await ask({ title: t.add, message: t.idForm, label: t.id, yes: t.make });
  if (id && ID.test(id)) location.hash = link(id);
  else if (id) throw new Error(t.badId);
}

const addButton = (failed) => button(t.add, () => make().catch(failed), { kind: "primary", drawing: "plus" });

function card({ workspace, label_count: labels, images, runs, serving }) {
  const about = typeof images === "number"
    ? [t.labels(labels), texts.faces(images), t.runs(runs), serving && t.inUse(serving)].filter(Boolean).join(", ") : t.notThere;
  const words = h("span", null, h("strong", null, workspace), h("span", { class: "faint" }, about));
  return h("li", null, h("a", { class: "card workspace", href: link(workspace) }, icon("workspaces"), words));
}

// A key that is for some workspaces sees them before they have a picture.
const missing = (own, listed) =>
  own.filter((id) => !listed.some((one) => one.workspace === id)).map((workspace) => ({ workspace }));

async function open(place, { rest }, signal) {
  if (rest[0]) return openWorkspace(place, rest[0], signal);
  const failed = (error) => place.querySelector("[role=status]").replaceChildren(error.message);
  const list = h("ul", { class: "workspaces" });
  const body = h("div", { class: "stack" }, waiting());
  const add = addButton(failed);
  place.append(head({ ...texts.pages.workspaces, tools: [add] }), h("p", { class: "faint", role: "status" }), body);
  const own = (await server.info()).workspaces ?? [];
  add.hidden = own.length > 0; // they are there already
  const more = async (after) => {
    const { workspaces, next } = await get("/v1/workspaces", { query: { limit: PAGE, after }, signal });
    const shown = after ? workspaces : [...workspaces, ...missing(own, workspaces)];
    list.append(...shown.map(card));
    replace(body, list.children.length ? list : empty("workspaces", t.empty, t.emptyAbout),
      next && h("div", { class: "center" }, button(texts.showMore, () => more(next).catch(failed))));
  };
  await more();
}

export default { path: "workspaces", needs: "/v1/workspaces", about: "workspaces", open };
