// A place for pictures: dropped, chosen, or pasted.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { texts } from "./texts.js";

const pictures = (list) => [...(list ?? [])].filter((file) => file.type.startsWith("image/"));

export function drop({ title = texts.dropTitle, hint = texts.dropHint, slim = false, many = true, onfiles, signal }) {
  const onchange = () => {
    give(input.files);
    input.value = ""; // so that the same file can be chosen again
  };
  const unseen = { class: "unseen", tabIndex: -1, "aria-hidden": "true" };
  const input = h("input", { type: "file", accept: "image/*", multiple: many, ...unseen, onchange });
  const place = h("button", { class: `drop${slim ? " slim" : ""}`, type: "button", onclick: () => input.click() },
    slim ? null : icon("upload"), h("strong", null, title), h("span", { class: "faint" }, hint));
  const give = (list) => {
    const files = pictures(list);
    if (files.length) onfiles(many ? files : files.slice(0, 1));
  };
  const over = (on) => (event) => {
    event.preventDefault();
    place.classList.toggle("over", on);
  };
  place.addEventListener("dragover", over(true));
  place.addEventListener("dragleave", over(false));
  document.addEventListener("dragover", (event) => event.preventDefault(), { signal });
  document.addEventListener("drop", (event) => { // anywhere on the page will do
    over(false)(event);
    give(event.dataTransfer?.files);
  }, { signal });
  document.addEventListener("paste", (event) => give(event.clipboardData?.files), { signal });
  return h("div", null, place, input);
}
