// From messages to nodes. Knows the kinds of blocks; knows nothing of the network.

import { el, icon, ICONS, rich, tel } from "./dom.js";
import { lang, t } from "./strings.js";

// Buttons that call for help; the crisis line first where the text speaks of it first.
export function calls(text = "") {
  const crisis = text.includes("988") && (!text.includes("911") || text.indexOf("988") < text.indexOf("911"));
  const all = [["911", t("emergency"), "911"], ["988", t("crisis"), "988"], ["1-800-222-1222", t("poison"), "1-800-222-1222"]];
  if (crisis) all.unshift(...all.splice(1, 1));
  return el("div", { class: "calls" }, ...all.map(([number, name, shown]) => tel(number, icon(ICONS.phone), `${name} ${shown}`)));
}

function rows(list) {
  return el("dl", { class: "rows" }, ...list.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, ...rich(value))]));
}

function choices(block, choose) {
  const list = block.rows.length ? block.rows.map(([label, value]) => [label, value || label]) : block.text.split("\n").filter(Boolean).map((x) => [x, x]);
  const buttons = list.map(([label, value]) => el("button", { type: "button", onclick: () => choose(value) }, label));
  return el("div", { class: "choices" }, ...buttons);
}

function source(block) {
  const text = block.text || block.cites.join(", ");
  return el("p", { class: "block source" }, ...rich(text));
}

// One block by its kind; an unknown kind is shown as plain text.
export function block(b, choose) {
  switch (b.kind) {
    case "emergency":
      return el("div", { class: "emergency" }, el("p", { class: "say" }, ...rich(b.text)), calls(b.text));
    case "card":
      return el("section", { class: "card" }, b.text ? el("h2", {}, ...rich(b.text)) : null, rows(b.rows));
    case "label":
      return el("div", { class: "block label" }, ...rich(b.text), b.rows.length ? rows(b.rows) : null);
    case "choices":
      return choices(b, choose);
    case "source":
      return source(b);
    default:
      return el("div", { class: `block ${b.kind}` }, el("p", {}, ...rich(b.text)), b.rows.length ? rows(b.rows) : null);
  }
}

function by(message) {
  const time = new Date(message.at);
  const clock = Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString(lang, { hour: "numeric", minute: "2-digit" });
  const stamp = el("time", { datetime: message.at }, clock);
  if (message.author === "pharmacist") {
    return el("p", { class: "by" }, el("span", { class: "badge" }, `${message.staff}, ${t("pharmacist")}`), " ", stamp);
  }
  const name = { customer: "you", assistant: "assistant", system: "system" }[message.author];
  return el("p", { class: "by" }, t(name), " · ", stamp);
}

// Whether a person was called by this message.
export function escalates(message) {
  return message.blocks.some((b) => b.kind === "person" || b.kind === "emergency");
}

function rate(message, onrate) {
  const said = el("span", { role: "status" });
  const thumb = (verdict, name) => {
    const button = el("button", { type: "button", "aria-pressed": "false", "aria-label": t(name), title: t(name) }, icon(ICONS[verdict]));
    button.addEventListener("click", async () => {
      for (const other of button.parentNode.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      if (await onrate(message.seq, verdict)) said.textContent = t("thanks");
    });
    return button;
  };
  return el("div", { class: "rate" }, thumb("up", "helped"), thumb("down", "unhelpful"), said);
}

// A message as a list item. `act`: { choose(text), rate(seq, verdict) -> Promise<bool> }.
export function message(m, act) {
  const bubble = el("div", { class: "bubble" }, ...m.blocks.map((b) => (m.author === "customer" ? el("p", { class: "block" }, b.text) : block(b, act.choose))));
  const rated = m.author === "assistant" && m.blocks.some((b) => b.kind === "answer");
  return el("li", { class: `message ${m.author}`, "data-seq": m.seq }, by(m), bubble, rated ? rate(m, act.rate) : null);
}

// A message of the customer that is on its way.
export function pending(text, onretry) {
  const state = el("div", { class: "state" });
  const node = el("li", { class: "message customer" }, el("p", { class: "by" }, t("you")), el("div", { class: "bubble" }, el("p", { class: "block" }, text)), state);
  const show = (kind) => {
    node.classList.toggle("failed", kind === "unsent");
    const retry = kind === "unsent" ? el("button", { type: "button", onclick: onretry }, t("retry")) : null;
    state.replaceChildren(...(kind === "sent" ? [] : [t(kind)]), ...(retry ? [retry] : []));
  };
  show("sending");
  return { node, show };
}
