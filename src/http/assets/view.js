// From messages to nodes, by the kinds of blocks; what an answer shows beside its words is made in answer.js.

import { acts, card, rows, source } from "./answer.js";
import { el, icon, ICONS, rich, tel } from "./dom.js";
import { locale, role, t } from "./strings.js";

// Buttons that call for help; the crisis line first where the text speaks of it first.
export function calls(text = "") {
  const crisis = text.includes("988") && (!text.includes("911") || text.indexOf("988") < text.indexOf("911"));
  const all = [["911", t("emergency"), "911"], ["988", t("crisis"), "988"], ["1-800-222-1222", t("poison"), "1-800-222-1222"]];
  if (crisis) all.unshift(...all.splice(1, 1));
  return el("div", { class: "calls" }, ...all.map(([number, name, shown]) => tel(number, icon(ICONS.phone), `${name} ${shown}`)));
}

function choices(block, choose) {
  const list = block.rows.length ? block.rows.map(([label, value]) => [label, value || label]) : block.text.split("\n").filter(Boolean).map((x) => [x, x]);
  const buttons = list.map(([label, value]) => el("button", { type: "button", onclick: () => choose(value) }, label));
  return el("div", { class: "choices", role: "group", "aria-label": t("acts") }, ...buttons);
}

// One block of a message by its kind; an unknown kind is shown as plain text.
function block(b, m, act) {
  switch (b.kind) {
    case "emergency":
      return el("div", { class: "emergency" }, el("p", { class: "say" }, ...rich(b.text)), calls(b.text));
    case "card":
      return card(b, act);
    case "label":
      return el("div", { class: "block label" }, ...rich(b.text), b.rows.length ? rows(b.rows) : null);
    case "choices":
      return choices(b, act.choose);
    case "source":
      return source(b, m.blocks.find((x) => x.kind === "answer")?.text ?? "");
    case "as_of": // a card has said it
      return m.blocks.some((x) => x.card?.as_of === b.text) ? null : el("div", { class: "block as_of" }, el("p", {}, b.text));
    case "person":
      if (b.acts?.length) return acts(b.acts, act);
      // falls through: of a message from before there were buttons
    default:
      return el("div", { class: `block ${b.kind}` }, el("p", {}, ...rich(b.text)), b.rows.length ? rows(b.rows) : null);
  }
}

function by(message) {
  const time = new Date(message.at ?? NaN); // the greeting is said before anything has a time
  const clock = Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit" });
  const stamp = el("time", { datetime: message.at }, clock);
  if (message.author === "pharmacist") {
    return el("p", { class: "by" }, el("span", { class: "badge" }, `${message.staff}, ${role(message.role)}`), " ", stamp);
  }
  const name = { customer: "you", assistant: "assistant", system: "system" }[message.author];
  return el("p", { class: "by" }, t(name), " · ", stamp);
}

// Whether a person was called by this message beyond doubt; of other cases the server tells when it is asked what is new.
export function escalates(message) {
  return message.blocks.some((b) => b.kind === "emergency");
}

// Asks why an answer did not help; nobody has to say. `send(note)` -> Promise<bool>, `done` when it was sent or left.
function why(send, done) {
  const field = el("input", { type: "text", maxlength: 500, autocomplete: "off" });
  const acts = [el("button", { type: "submit", class: "main" }, t("send")), el("button", { type: "button", onclick: done }, t("cancel"))];
  const form = el("form", { class: "why" }, el("label", {}, t("why"), field), el("div", { class: "acts" }, ...acts));
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (!field.value.trim() || (await send(field.value.trim()))) done();
  });
  form.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.isComposing) return;
    e.stopPropagation(); // it would close the whole chat
    done();
  });
  return form;
}

// Two thumbs; the one that is pressed takes itself back.
function rate(message, onrate) {
  const said = el("span", { role: "status" });
  const box = el("div", { class: "rate" });
  const thumbs = {};
  let pressed = "none";
  let last = Promise.resolve(); // one after the other: the last word must reach the server last
  const paint = (verdict) => {
    pressed = verdict;
    for (const [name, button] of Object.entries(thumbs)) button.setAttribute("aria-pressed", String(name === verdict));
  };
  const save = async (verdict, words, note = undefined) => {
    last = last.then(() => onrate(message.seq, verdict, note));
    const saved = await last;
    said.textContent = t(saved ? words : "unsaved");
    return saved;
  };
  const leave = () => {
    const form = box.querySelector("form");
    if (form?.contains(document.activeElement)) thumbs.down.focus();
    form?.remove();
    if (said.textContent === t("askWhy")) said.textContent = t("thanks");
  };
  const ask = () => {
    box.querySelector("form")?.remove();
    box.append(why((note) => save("down", "thanks", note), leave));
    box.scrollIntoView({ block: "nearest" });
  };
  const press = async (verdict) => {
    const before = pressed;
    leave();
    paint(verdict);
    const saved = await save(verdict, { up: "thanks", down: "askWhy", none: "undone" }[verdict]);
    if (pressed !== verdict) return; // pressed again meanwhile
    if (!saved) paint(before);
    else if (verdict === "down") ask();
  };
  for (const [verdict, name] of [["up", "helped"], ["down", "unhelpful"]]) {
    const onclick = () => press(pressed === verdict ? "none" : verdict);
    thumbs[verdict] = el("button", { type: "button", "aria-pressed": "false", "aria-label": t(name), title: t(name), onclick }, icon(ICONS[verdict]));
  }
  box.append(thumbs.up, thumbs.down, said);
  return box;
}

// A message as a list item. `act`: { choose(text), human(), rate(seq, verdict, note) -> Promise<bool> }.
export function message(m, act) {
  // Buttons stand below all that is said.
  const blocks = [...m.blocks.filter((b) => !b.acts?.length), ...m.blocks.filter((b) => b.acts?.length)];
  const bubble = el("div", { class: "bubble" }, ...blocks.map((b) => (m.author === "customer" ? el("p", { class: "block" }, b.text) : block(b, m, act))));
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
