// A place for pictures: dropped, chosen, or pasted. Where a page has only one, anywhere on the page will do.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { texts } from "./texts.js";

const pictures = (list) => [...(list ?? [])].filter((file) => file.type.startsWith("image/"));

// Returns the element with `slim(on)`: less high, for when there are results below.
export function drop({ title = texts.dropTitle, many = true, anywhere = true, onfiles, signal }) {
  const onchange = () => {
    give(input.files);
    input.value = ""; // so that the same file can be chosen again
  };
  const unseen = { class: "unseen", tabIndex: -1, "aria-hidden": "true" };
  const input = h("input", { type: "file", accept: "image/*", multiple: many, ...unseen, onchange });
  const place = h("button", { class: "drop", type: "button", onclick: () => input.click() },
    icon("upload"), h("strong", null, title), h("span", { class: "faint" }, texts.dropHint));
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
  for (const name of ["dragover", "drop"]) // else browsers leave the page for the picture
    document.addEventListener(name, (event) => event.preventDefault(), { signal });
  (anywhere ? document : place).addEventListener("drop", (event) => {
    over(false)(event);
    give(event.dataTransfer?.files);
  }, { signal });
  if (anywhere) document.addEventListener("paste", (event) => give(event.clipboardData?.files), { signal });
  const element = h("div", null, place, input);
  element.slim = (on) => {
    place.classList.toggle("slim", on);
    return element;
  };
  return element;
}
