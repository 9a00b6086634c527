// The frame: navigation, which page is shown, the key, and the theme. Pages are told to end by an AbortSignal.
import { onKeyWanted } from "./api.js";
import { ask, note } from "./dialog.js";
import { h, replace } from "./dom.js";
import { galleryChooser } from "./gallery_chooser.js";
import { head } from "./head.js";
import { icon } from "./icons.js";
import { applyTheme, key } from "./preferences.js";
import { tryAgain } from "./parts.js";
import * as server from "./server.js";
import { texts } from "./texts.js";
import { themeSwitch } from "./theme_switch.js";
import cameras from "./page_cameras.js";
import enrol from "./page_enrol.js";
import history from "./page_history.js";
import identify from "./page_identify.js";
import live from "./page_live.js";
import people from "./page_people.js";
import settings from "./page_settings.js";
import unknown from "./page_unknown.js";
import workspaces from "./page_workspaces.js";

// A page: path, needs (a route that the server has to have), scope (that a key has to have for it), about (what it has to be
// for: galleries unless the page says otherwise), open(place, parts of the address, signal).
const pages = [live, cameras, identify, enrol, people, unknown, workspaces, history, settings];
const ON_PHONES = ["live", "identify", "enrol", "people"];
const there = () => pages.filter((page) => server.has(page.needs) && server.may(page.scope) && server.reaches(page.about ?? "galleries"));

const more = {
  path: "more",
  open(place) {
    const others = there().filter((page) => !ON_PHONES.includes(page.path));
    const chooser = h("div");
    galleryChooser(() => {}).then((select) => replace(chooser, select), () => {});
    place.append(head(texts.pages.more), h("div", { class: "stack" },
      h("nav", { class: "more-list", "aria-label": texts.pages.more.title }, others.map(link)),
      h("div", { class: "card stack" }, chooser, themeSwitch())));
  },
};

const where = (page) => (ON_PHONES.includes(page.path) ? "" : page === more ? "only-phone" : "only-desk");

const link = (page) =>
  h("a", { href: `#/${page.path}`, "data-path": page.path, class: where(page) },
    icon(page.path), h("span", null, texts.pages[page.path].name));

const main = h("main", { class: "main", id: "content", tabIndex: -1 });
const nav = h("nav", { class: "nav", "aria-label": texts.navigation });
let leaving = new AbortController();

function parts() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("?")[0].split("/").map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  return { name, rest, query: new URLSearchParams(location.hash.split("?")[1] ?? "") };
}

let shown = pages[0];

function markNav() {
  for (const item of nav.children) {
    const own = item.dataset.path === shown.path || (item.dataset.path === "more" && !ON_PHONES.includes(shown.path));
    if (own) item.setAttribute("aria-current", "page");
    else item.removeAttribute("aria-current");
  }
}

async function show(first) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { name, rest, query } = parts();
  const page = name === "more" ? more : there().find((one) => one.path === name) ?? there()[0];
  const place = h("div", { class: "page" });
  replace(main, place);
  shown = page;
  markNav();
  document.title = `${texts.pages[page.path].title} – vultus`;
  try {
    await page.open(place, { rest, query }, signal);
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    place.append(note("bad", error.message), tryAgain(() => show(true)));
  }
  if (!first && !signal.aborted) main.querySelector("h1")?.focus({ preventScroll: true });
  if (!first) scrollTo(0, 0);
}

async function wantKey(wrong) {
  const message = wrong ? texts.key.wrong : texts.key.message;
  const about = { title: texts.key.title, message, label: texts.key.label, yes: texts.key.use };
  const given = await ask({ ...about, type: "password" });
  if (given) key.set(given);
  return given;
}

async function start() {
  applyTheme();
  document.documentElement.lang = texts.language;
  onKeyWanted(wantKey);
  const chooser = h("div");
  const brand = h("a", { class: "brand", href: "#/" }, h("img", { src: "/ui/mark.svg", alt: "" }), "vultus");
  const foot = h("div", { class: "side-foot" }, chooser, themeSwitch());
  const shell = h("div", { class: "shell" }, h("div", { class: "side" }, brand, nav, foot), main);
  const skip = (event) => {
    event.preventDefault();
    main.focus();
  };
  document.body.replaceChildren(h("a", { class: "skip", href: "#content", onclick: skip }, texts.skip), shell);
  try {
    await server.learn();
  } catch (error) {
    main.append(note("bad", error.message), tryAgain(start));
    return;
  }
  const drawNav = () => { replace(nav, [...there(), more].map(link)); markNav(); };
  drawNav();
  server.info().then(() => { // what a key may not do is left out once that is known
    drawNav();
    if (shown !== more && !there().includes(shown)) show(true);
  }, () => {});
  galleryChooser(() => show(false)).then((select) => replace(chooser, select), () => {}); // not without a key
  addEventListener("hashchange", () => show(false));
  await show(true);
}

start();
