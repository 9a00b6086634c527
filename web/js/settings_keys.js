// The keys of the server, for whoever may do everything: which there are, and making one count no more.
import { call, get, path } from "./api.js";
import { confirm, say, trouble } from "./dialog.js";
import { h, replace } from "./dom.js";
import { button, card } from "./parts.js";
import * as server from "./server.js";
import { texts } from "./texts.js";
import { day } from "./words.js";

const t = texts.keys;
const ROUTE = "/v1/keys";

const what = ({ galleries, workspaces }) =>
  [...galleries.map(t.gallery), ...workspaces.map(t.workspace)].join(", ") || t.all;

function row(key, revoke) {
  const state = key.own ? h("span", { class: "chip accent" }, t.own)
    : key.revoked ? h("span", { class: "chip" }, t.revoked)
      : button(t.revoke, () => revoke(key), { kind: "small", "aria-label": t.revokeKey(key.name) });
  return h("li", { class: key.revoked ? "revoked" : "" },
    h("div", { class: "key-text" },
      h("p", null, h("strong", null, key.name), " ", h("span", { class: "chip" }, t.scopes[key.scope])),
      h("p", { class: "faint" }, what(key)),
      h("p", { class: "faint numbers" }, t.made(day(key.created), key.ends))),
    state);
}

// Nothing where the reader may not see them, or none are asked for.
export async function keysCard(info, signal) {
  const all = info.scope === "admin" && !info.galleries?.length && !info.workspaces?.length;
  if (!server.has(ROUTE) || !all) return null;
  const list = h("ul", { class: "keys" });
  const revoke = async (key) => {
    if (!await confirm({ title: t.revokeTitle(key.name), message: t.revokeAbout, yes: t.revoke })) return;
    try {
      await call("DELETE", path`/v1/keys/${key.id}`);
      await draw();
      say(t.done(key.name));
    } catch (error) { trouble(error); }
  };
  async function draw() {
    const { keys } = await get(ROUTE, { signal });
    keys.sort((a, b) => a.revoked - b.revoked);
    replace(list, keys.map((key) => row(key, revoke)));
  }
  await draw();
  return card(t.title, h("p", { class: "soft" }, t.about), list);
}
