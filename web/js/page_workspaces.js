// Workspaces: pictures by label, and classifiers that are trained from them. One is page_workspace.js.
import { get, path } from "./api.js";
import { ask } from "./dialog.js";
import { h, replace } from "./dom.js";
import { empty, head, waiting } from "./head.js";
import { icon } from "./icons.js";
import { openWorkspace } from "./page_workspace.js";
import { button } from "./parts.js";
import { texts } from "./texts.js";

const t = texts.workspaces;
const PAGE = 100;
const ID = /^[a-z0-9][a-z0-9_.-]{0,63}$/;

const link = (id) => `#/workspaces/${encodeURIComponent(id)}`;

async function make() {
  const id = await ask({ title: t.add, message: t.idForm, label: t.id, yes: t.make });
  if (id && ID.test(id)) location.hash = link(id);
  else if (id) throw new Error(t.badId);
}

const addButton = (failed) => button(t.add, () => make().catch(failed), { kind: "primary", drawing: "plus" });

function card({ workspace }, signal) {
  const about = h("span", { class: "faint" }, " ");
  get(path`/v1/workspaces/${workspace}`, { signal })
    .then(({ labels, images, runs }) => replace(about, [t.labels(labels.length), texts.faces(images), t.runs(runs)].join(", ")))
    .catch(() => {});
  const words = h("span", null, h("strong", null, workspace), about);
  return h("li", null, h("a", { class: "card workspace", href: link(workspace) }, icon("workspaces"), words));
}

async function open(place, { rest }, signal) {
  if (rest[0]) return openWorkspace(place, rest[0], signal);
  const failed = (error) => place.querySelector("[role=status]").replaceChildren(error.message);
  const body = h("div", { class: "stack" }, waiting());
  place.append(head({ ...texts.pages.workspaces, tools: [addButton(failed)] }), h("p", { class: "faint", role: "status" }), body);
  const { workspaces } = await get("/v1/workspaces", { query: { limit: PAGE }, signal });
  replace(body, workspaces.length
    ? h("ul", { class: "workspaces" }, workspaces.map((one) => card(one, signal)))
    : empty("workspaces", t.empty, t.emptyAbout));
}

export default { path: "workspaces", needs: "/v1/workspaces", scope: "admin", open };
