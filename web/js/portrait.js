// Pictures of the gallery: fetched with the key once they come into view, and kept while there is room.
import { blob, path } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

const KEPT = 400;
const pictures = new Map(); // path -> promise of an object's address

function address(from) {
  let found = pictures.get(from);
  if (!found) found = blob(from).then((data) => URL.createObjectURL(data));
  pictures.delete(from);
  pictures.set(from, found); // the last used is last
  found.catch(() => pictures.delete(from));
  if (pictures.size > KEPT) {
    const [oldest, old] = pictures.entries().next().value;
    pictures.delete(oldest);
    old.then(URL.revokeObjectURL, () => {});
  }
  return found;
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    watcher.unobserve(entry.target);
    entry.target.load();
  }
}, { rootMargin: "200px" });

// Forgets what changed.
export function forget(prefix) {
  for (const from of pictures.keys()) if (from.startsWith(prefix)) pictures.delete(from);
}

export function portrait(from, { round = false, alt = "" } = {}) {
  const place = h("div", { class: `portrait${round ? " round" : ""}` }, icon("person"));
  place.load = async () => {
    try { place.replaceChildren(h("img", { src: await address(from), alt, draggable: false })); } catch { /* the drawing stays */ }
  };
  watcher.observe(place);
  return place;
}

export const ofPerson = (name, options) => portrait(path`/v1/people/${name}/picture`, options);
export const ofFace = (name, face, options) => portrait(path`/v1/people/${name}/faces/${face}/picture`, options);
