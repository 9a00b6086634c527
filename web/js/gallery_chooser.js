// Which gallery the page is about, where the server has several. The choice holds for the tab.
import { get } from "./api.js";
import { h } from "./dom.js";
import { field } from "./parts.js";
import { forget } from "./portrait.js";
import { gallery } from "./preferences.js";
import * as server from "./server.js";
import { texts } from "./texts.js";

const ROUTE = "/v1/galleries";
const STANDARD = "default";

export async function galleryChooser(onchange) {
  if (!server.has(ROUTE)) return null;
  const names = (await get(ROUTE)).galleries.map((one) => one.name);
  const value = (name) => (name === STANDARD ? null : name);
  const choose = (name) => {
    gallery.set(value(name));
    forget(""); // names may be the same
    onchange();
  };
  const now = gallery.get() ?? STANDARD;
  if (names.length && !names.includes(now)) choose(names[0]); // the key is not for it, or it was deleted
  if (names.length < 2) return null;
  const option = (name) =>
    h("option", { value: name, selected: name === (gallery.get() ?? STANDARD) }, name === STANDARD ? texts.galleries.standard : name);
  const select = h("select", { class: "input", onchange: () => choose(select.value) }, names.map(option));
  return field(texts.galleries.label, select);
}
