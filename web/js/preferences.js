// What the reader chose, in this browser. The key is kept for this tab only and is never part of an address.

const name = (key) => `vultus.${key}`;

function read(store, key) {
  try { return store.getItem(name(key)); } catch { return null; }
}

function write(store, key, value) {
  try {
    if (value === null || value === "") store.removeItem(name(key));
    else store.setItem(name(key), value);
  } catch { /* a browser that keeps nothing: the choice holds until the page is left */ }
}

const now = {};
const kept = (store, key) => ({
  get: () => (key in now ? now[key] : read(store, key)),
  set(value) { now[key] = value; write(store, key, value); },
});

export const theme = kept(localStorage, "theme"); // "light", "dark"; null: as the system
export const rate = kept(localStorage, "far"); // null: the server's
export const camera = kept(localStorage, "camera");
export const gallery = kept(sessionStorage, "gallery"); // null: the default one
export const keepUnknown = kept(sessionStorage, "keep-unknown"); // "yes"
export const key = kept(sessionStorage, "key");

const dark = matchMedia("(prefers-color-scheme: dark)");

export function applyTheme() {
  document.documentElement.dataset.theme = theme.get() ?? (dark.matches ? "dark" : "light");
}

dark.addEventListener("change", applyTheme);
