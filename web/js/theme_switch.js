// Light, dark, or as the system has it. There may be several switches on a page; they agree.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { applyTheme, theme } from "./preferences.js";
import { texts } from "./texts.js";

const choices = [["system", null, "system"], ["light", "light", "sun"], ["dark", "dark", "moon"]];
const changed = new EventTarget();

export function themeSwitch(words = false) {
  const buttons = choices.map(([name, value, drawing]) =>
    h("button", { type: "button", "aria-label": texts.theme[name], title: texts.theme[name], onclick: () => {
      theme.set(value);
      applyTheme();
      changed.dispatchEvent(new Event("change"));
    } }, icon(drawing), words ? texts.theme[name] : null));
  const mark = () => buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(choices[i][1] === theme.get())));
  changed.addEventListener("change", mark);
  mark();
  return h("div", { class: "segments", role: "group", "aria-label": texts.theme.label }, buttons);
}
