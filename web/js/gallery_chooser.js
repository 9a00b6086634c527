// Which gallery the page is about, where the server has several. The choice holds for the tab.
import { get } from "./api.js";
import { h } from "./dom.js";
import { field } from "./parts.js";
import { forget } from "./portrait.js";
import { gallery } from "./preferences.js";
import * as server from "./server.js";
import { texts } from "./texts.js";

const ROUTE = "/v1/galleries";

export async function galleryChooser(onchange) {
  if (!server.has(ROUTE)) return null;
  const [first, ...others] = (await get(ROUTE)).galleries.map((one) => one.name);
  if (!others.length) return null;
  const option = (value, name) => h("option", { value, selected: (gallery.get() ?? "") === value }, name);
  const chosen = () => {
    gallery.set(select.value || null);
    forget(""); // names may be the same
    onchange();
  };
  const select = h("select", { class: "input", onchange: chosen },
    option("", first === "default" ? texts.galleries.standard : first), others.map((name) => option(name, name)));
  return field(texts.galleries.label, select);
}
