// The top of a page: a title, a sentence, what can be done, and the way back from a page below another.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { texts } from "./texts.js";

export function head({ title, about, tools = [], back }) {
  return h("header", null,
    back && h("a", { class: "back", href: back.href }, icon("back"), back.name),
    h("div", { class: "head" },
      h("div", { class: "head-text" }, h("h1", { tabIndex: -1 }, title), about ? h("p", null, about) : null),
      tools.length ? h("div", { class: "head-tools" }, tools) : null));
}

export const waiting = () =>
  h("div", { class: "waiting", role: "status" },
    h("div", { class: "spinner" }), h("span", { class: "unseen" }, texts.loading));

export const empty = (drawing, title, about, ...tools) =>
  h("div", { class: "empty" }, icon(drawing), h("h2", null, title), about ? h("p", null, about) : null, tools);
