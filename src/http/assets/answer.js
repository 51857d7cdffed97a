// What an answer shows beside its words: the card of an order or a price, sources that open their passage, buttons for what can be done
// right here. Values come from the server as they are; nothing is composed here but their place.

import * as api from "./api.js";
import { el, icon, ICONS, rich } from "./dom.js";
import { t } from "./strings.js";

let made = 0; // for ids that tie a button to what it opens

// A button that opens and closes `panel`; `words(open)` is what it reads.
function opener(panel, words, props = {}) {
  panel.id = `more-${(made += 1)}`;
  panel.hidden = true;
  const button = el("button", { type: "button", "aria-expanded": "false", "aria-controls": panel.id, ...props });
  const show = (open) => {
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    button.replaceChildren(...words(open));
  };
  button.addEventListener("click", () => show(panel.hidden));
  show(false);
  return button;
}

export function rows(list) {
  return el("dl", { class: "rows" }, ...list.flatMap(([label, value]) => [el("dt", {}, label), el("dd", {}, ...rich(value))]));
}

// One step; what colour says is said in words, too, for whoever hears the list.
function step({ name, place }, mark) {
  const here = place === "current";
  const said = here ? t("stepNow") : place === "done" ? t("stepDone") : t("stepAhead");
  const props = { class: here && mark ? "current held" : place, "aria-current": here ? "step" : null };
  return el("li", props, el("span", { class: "dot" }), el("span", { class: "name" }, name, el("span", { class: "quiet" }, `, ${said}`)), here && mark ? el("span", { class: "mark" }, mark) : null);
}

function way({ steps, mark }) {
  return steps.length ? el("ol", { class: "way", "aria-label": t("progress") }, ...steps.map((s) => step(s, mark))) : null;
}

// How many, and the names only after a tap: somebody may be looking over a shoulder.
function items({ words, names, more, ask }, act) {
  if (!names.length) return el("p", { class: "items" }, el("span", {}, words), ask ? button(ask, act) : null);
  const list = el("ul", {}, ...names.map((n) => el("li", {}, n)), more ? el("li", {}, more) : null);
  const label = (open) => [`${words} – ${t(open ? "hide" : "show")}`];
  return el("div", { class: "items" }, opener(list, label), list);
}

function order(b, act) {
  const { way: road, items: held, as_of } = b.card;
  const head = el("div", { class: "head" }, el("h2", {}, b.text), el("p", { class: road.mark ? "standing held" : "standing" }, road.standing));
  return el("section", { class: "card order", "aria-label": b.text }, head, way(road), items(held, act), b.rows.length ? rows(b.rows) : null, el("p", { class: "as_of" }, as_of));
}

function price(b) {
  const { worth, standing, as_of } = b.card;
  const [[label, amount], ...beside] = b.rows;
  const head = el("div", { class: "head" }, el("h2", {}, b.text), el("p", { class: `standing ${worth}` }, standing));
  const lead = el("p", { class: "amount" }, el("strong", {}, amount), " ", el("span", {}, label));
  return el("section", { class: "card price", "aria-label": b.text }, head, lead, beside.length ? rows(beside) : null, el("p", { class: "as_of" }, as_of));
}

// A record at a glance; a card of a kind that is not known shows its rows.
export function card(b, act) {
  if (b.card?.of === "order") return order(b, act);
  if (b.card?.of === "price" && b.rows.length) return price(b);
  return el("section", { class: "card" }, b.text ? el("h2", {}, ...rich(b.text)) : null, rows(b.rows));
}

// What stands in the passage; sentences that the answer quotes are marked.
function passage(p, ref, answer) {
  const sentence = (s) => [answer.includes(s) ? el("mark", {}, s) : s, " "];
  return [
    el("p", { class: "title" }, el("strong", {}, p.title), ` · ${ref.effective}`, p.in_force ? "" : ` · ${t("notInForce")}`),
    p.heading === p.title ? null : el("p", { class: "question" }, p.heading),
    el("p", {}, ...p.sentences.flatMap(sentence)),
    p.reviewed ? null : el("p", { class: "title" }, t("notReviewed")),
  ].filter(Boolean);
}

// A source: a button that opens the cited passage in place, read when it is first wanted.
export function source(b, answer) {
  const ref = b.passage;
  if (!ref) return el("p", { class: "block source" }, ...rich(b.text || b.cites.join(", ")));
  const panel = el("div", { class: "passage", role: "region", "aria-label": t("passageOf", { title: ref.title }) });
  const chip = opener(panel, () => [icon(ICONS.page), el("span", {}, el("span", { class: "quiet" }, `${t("source")}: `), el("strong", {}, ref.title), ` ${ref.effective}`)], { class: "chip" });
  const path = ["/api/v1/passages", ref.page, ref.version, ref.language, ref.section, ref.digest].map((part, i) => (i ? encodeURIComponent(part) : part)).join("/");
  let asked = false;
  chip.addEventListener("click", async () => {
    if (asked || panel.hidden) return;
    asked = true;
    panel.replaceChildren(el("p", {}, t("opening")));
    try {
      panel.replaceChildren(...passage(await api.get(path), ref, answer));
    } catch (e) {
      asked = false; // the next tap tries again
      panel.replaceChildren(el("p", {}, t(e.status === 404 ? "changedPassage" : "noPassage")));
    }
    panel.scrollIntoView({ block: "nearest" });
  });
  return el("div", { class: "source" }, chip, panel);
}

function button(a, act) {
  const press = a.act === "person" ? act.human : () => act.choose(a.say);
  return el("button", { type: "button", onclick: press }, a.label);
}

// What can be done right here; nothing is done before it is pressed.
export function acts(list, act) {
  return el("div", { class: "choices", role: "group", "aria-label": t("acts") }, ...list.map((a) => button(a, act)));
}
