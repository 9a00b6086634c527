// Questions before something happens, and short messages after it has.
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { button, field, submit, textInput } from "./parts.js";
import { texts } from "./texts.js";
import { post } from "./api.js";

// Shows a dialog; `fill(done)` makes its content. Resolves to what done() was given; null: it was closed.
export function open(title, fill) {
  return new Promise((resolve) => {
    let answer = null;
    const done = (value) => { answer = value; box.close(); };
    const heading = h("h2", { id: "dialog-title" }, title);
    const box = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, heading, fill(done));
    box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
    box.addEventListener("close", () => { box.remove(); resolve(answer); });
    document.body.append(box);
    box.showModal();
  });
}

const cancel = (done) => button(texts.cancel, () => done(null), { kind: "quiet" });

// True: yes.
export function confirm({ title, message, yes }) {
  return open(title, (done) => {
    return h("form", { onsubmit: (event) => { event.preventDefault(); done(true); } },
      h("p", { class: "soft" }, message),
      h("div", { class: "row" }, cancel(done), submit(yes, "primary danger")));
  });
}

// A line of text; null: none was given.
export function ask({ title, message, label, value = "", yes, list, type = "text" }) {
  return open(title, (done) => {
    const input = textInput({ type, value, required: true, list: list?.id });
    const onsubmit = (event) => {
      event.preventDefault();
      if (input.value.trim()) done(input.value.trim());
    };
    return h("form", { onsubmit },
      message && h("p", { class: "soft" }, message), field(label, input), list,
      h("div", { class: "row" }, cancel(done), submit(yes)));
  });
}

const toasts = h("div", { class: "toasts", role: "status", "aria-live": "polite" });

export function say(message, action) {
  if (!toasts.isConnected) document.body.append(toasts);
  const run = () => {
    toast.remove();
    action.run();
  };
  const toast = h("div", { class: "toast" }, h("span", null, message),
    action && h("button", { type: "button", onclick: run }, action.label));
  toasts.replaceChildren(toast);
  setTimeout(() => toast.remove(), action ? 9000 : 5000);
}

export const trouble = (error) => { if (error.name !== "AbortError") say(error.message); };

// After a change that the server can take back.
export function sayUndoable(message, after) {
  say(message, {
    label: texts.undo,
    run: async () => {
      try {
        await post("/v1/undo");
        say(texts.undone);
        await after?.();
      } catch (error) { trouble(error); }
    },
  });
}

// kind: "bad", "warn", "".
export const note = (kind, message) =>
  h("div", { class: `note ${kind}`, role: kind === "bad" ? "alert" : "note" },
    icon(kind ? "warning" : "info"), h("span", null, message));
