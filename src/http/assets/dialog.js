// One dialog for every question of the console: fields from a list, the answer as an object, nothing when it is cancelled.

import { el } from "./dom.js";

const box = () => document.getElementById("dialog");

function control(f) {
  const id = `field-${f.name}`;
  if (f.options) {
    const options = f.options.map(([value, name]) => el("option", { value, selected: value === f.value }, name));
    return el("select", { id, name: f.name, multiple: f.multiple, size: f.multiple ? 8 : null }, ...options);
  }
  if (f.area) return el("textarea", { id, name: f.name, rows: 3, maxlength: 4000, required: f.required });
  return el("input", { id, name: f.name, type: f.type ?? "text", value: f.value, required: f.required });
}

function row(f) {
  const field = control(f);
  if (f.type === "checkbox") return el("label", { class: "toggle" }, field, f.label);
  return el("div", {}, el("label", { for: `field-${f.name}` }, f.label), field);
}

function values(form, fields) {
  const read = (f) => {
    const field = form.elements[f.name];
    if (f.multiple) return [...field.selectedOptions].map((o) => o.value);
    return f.type === "checkbox" ? field.checked : field.value;
  };
  return Object.fromEntries(fields.map((f) => [f.name, read(f)]));
}

// Asks and gives a promise of the values, or of null.
export function ask(title, fields) {
  return new Promise((resolve) => {
    let answer = null;
    const cancel = el("button", { type: "button", onclick: () => box().close() }, "Cancel");
    const form = el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), ...fields.map(row), el("div", { class: "row" }, el("button", { class: "main", type: "submit" }, "OK"), cancel));
    form.addEventListener("submit", () => { answer = values(form, fields); });
    box().replaceChildren(form);
    box().addEventListener("close", () => resolve(answer), { once: true });
    box().showModal();
    form.querySelector("input, select, textarea")?.focus();
  });
}
