// Buttons and fields, which all pages make in the same way.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { texts } from "./texts.js";

// more: kind ("primary small"), drawing, and properties of the element.
export const button = (label, onclick, { kind = "", drawing, ...more } = {}) =>
  h("button", { class: `button ${kind}`.trim(), type: "button", onclick, ...more }, drawing && icon(drawing), label);

export const iconButton = (label, drawing, onclick, kind = "small quiet") =>
  h("button", { class: `button only-icon ${kind}`, type: "button", "aria-label": label, onclick }, icon(drawing));

export const submit = (label, kind = "primary") => h("button", { class: `button ${kind}`.trim() }, label);

export const field = (label, input) => h("label", { class: "field" }, h("span", null, label), input);

export const textInput = (more) => h("input", { class: "input", autocomplete: "off", maxLength: 200, ...more });

// The name of somebody, proposed from those who are there.
export const nameInput = (list) =>
  textInput({
    placeholder: texts.identify.namePlaceholder,
    "aria-label": texts.identify.whoIsIt,
    list: list.id,
    required: true,
  });

export const card = (title, ...content) => h("section", { class: "card" }, h("h2", null, title), content);

// A card that is named by its title, for readers aloud.
export function namedCard(id, title, ...content) {
  return h("section", { class: "card stack", "aria-labelledby": id }, h("h2", { id }, title), content);
}

export const tryAgain = (run) => h("p", null, button(texts.again, run));
