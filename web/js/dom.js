// Elements by code: nothing is ever parsed as HTML, so nothing that somebody typed can become one.

const SVG = "http://www.w3.org/2000/svg";

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.setAttribute("class", value);
  else if (name in element && !name.startsWith("aria") && name !== "list" && !(element instanceof SVGElement)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

// Lists in lists are one; what is not there is left out.
const real = (children) => children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

function build(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) set(element, name, value);
  element.append(...real(children));
  return element;
}

// h("button", {class: "button", onclick}, "Text", more…)
export const h = (tag, properties, ...children) => build(document.createElement(tag), properties, children);
export const svg = (tag, properties, ...children) => build(document.createElementNS(SVG, tag), properties, children);

export function replace(element, ...children) {
  element.replaceChildren(...real(children));
  return element;
}

// Calls `what` once the last call was `delay` milliseconds ago.
export function later(delay, what) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => what(...values), delay);
  };
}

export const sleep = (milliseconds, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });
