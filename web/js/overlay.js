// Boxes and names over a picture or a video, as elements: readable aloud, sharp at any size, and quick to move.
import { h } from "./dom.js";

// A frame has the shape of its picture, and is as large as there is room.
export const shape = (frame, width, height) => frame.style.setProperty("--ratio", (width / height).toFixed(4));

const percent = (part, whole) => `${(100 * part) / whole}%`;

function place(element, face, width, height, mirrored) {
  const left = Math.max(0, mirrored ? width - face.x - face.width : face.x);
  const right = Math.min(width, mirrored ? width - face.x : face.x + face.width);
  const [top, bottom] = [Math.max(0, face.y), Math.min(height, face.y + face.height)];
  element.style.left = percent(left, width);
  element.style.top = percent(top, height);
  element.style.width = percent(right - left, width);
  element.style.height = percent(bottom - top, height);
  const low = bottom > 0.84 * height;
  element.classList.toggle("above", low && top >= 0.16 * height);
  element.classList.toggle("inside", low && top < 0.16 * height);
  element.classList.toggle("left", left > 0.6 * width);
}

function fill(element, face) {
  element.classList.remove("known", "unknown", "unsure");
  element.classList.add(face.kind);
  const label = element.firstChild;
  if (label.dataset.text === `${face.label}|${face.detail ?? ""}`) return;
  label.dataset.text = `${face.label}|${face.detail ?? ""}`;
  label.replaceChildren(face.label, ...(face.detail ? [h("small", null, face.detail)] : []));
}

const middle = (box) => [box.x + box.width / 2, box.y + box.height / 2];

function apart(one, other) {
  const [[x, y], [u, v]] = [middle(one), middle(other)];
  return Math.hypot(x - u, y - v);
}

// Of what was shown, the nearest, where it may be the same face.
function nearest(items, face) {
  const near = items.filter((item) => apart(item.face, face) < 1.2 * face.width);
  return near.sort((a, b) => apart(a.face, face) - apart(b.face, face))[0];
}

// faces: x, y, width, height, kind (known, unknown, unsure), label, detail. With `onchoose(index)` boxes are buttons.
export class Overlay {
  constructor(frame, { mirrored = () => false, onchoose } = {}) {
    Object.assign(this, { frame, mirrored, onchoose, shown: [] });
  }

  // Each face goes on with the nearest box of before, so that boxes move instead of jumping.
  show(faces, width, height) {
    const free = [...this.shown];
    this.shown = faces.map((face, index) => {
      const near = nearest(free, face);
      if (near) free.splice(free.indexOf(near), 1);
      const element = near?.element ?? this.make();
      element.dataset.index = index;
      fill(element, face);
      place(element, face, width, height, this.mirrored());
      return { face, element };
    });
    for (const item of free) item.element.remove();
  }

  make() {
    const label = h("span", { class: "box-label" });
    const element = this.onchoose
      ? h("button", { class: "box", type: "button", onclick: () => this.onchoose(Number(element.dataset.index)) }, label)
      : h("div", { class: "box" }, label);
    this.frame.append(element);
    return element;
  }

  choose(index) {
    this.shown.forEach((item, i) => item.element.classList.toggle("chosen", i === index));
  }
}
