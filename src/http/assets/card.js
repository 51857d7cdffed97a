// The hand-over card and the transcript as nodes: read in twenty seconds, quotes marked, nothing summarised.

import { el, tel } from "./dom.js";

// Who has been called because nobody claimed an urgent case.
export const CALLED = { lead: "lead called", on_call: "on-call pharmacist called", in_charge: "pharmacist in charge called" };
export const STATES = {
  new: "new", offered: "open again", reopened: "came back", claimed: "claimed", working: "working", waiting_customer: "waits for the customer",
  waiting_internal: "put aside", callback: "call promised", resolved: "resolved", merged: "merged", abandoned: "not reached", expired: "expired",
};
export const ENDED = ["resolved", "merged", "abandoned", "expired"];
export const PRIORITY = { P0: "P0 emergency", P1: "P1 urgent", P2: "P2 soon", P3: "P3 today", P4: "P4 next day" };

// What whoever takes a case should be able to do.
const NEEDS = { crisis: "crisis-trained", spanish: "Spanish", privacy: "privacy", complaints: "complaints" };
export function needs(t) {
  return t.needs.length ? `wants ${t.needs.map((n) => NEEDS[n] ?? n).join(", ")}` : "";
}

const REASONS = {
  R1: "Immediate danger", R2: "Self-harm", R3: "Clinical question", R4: "Harmful use or diversion", R5: "Someone else's data", R6: "Manipulation",
  R7: "Abuse", R8: "Off topic", R9: "Side effect or defect", R10: "Wrong medicine", R11: "Complaint or legal", R12: "A minor",
  R13: "Pregnancy or breastfeeding", R14: "Nearly out of a critical medicine", R15: "Account takeover", unsure: "Guards were unsure", asked: "Asked for a person",
  language: "Other language", no_evidence: "No approved source", conflict: "Sources disagree", stale: "Record too old", state: "Order state needs a person",
  output_rule: "No draft passed the rules", mode: "The assistant may not answer this alone", fault: "A part failed",
};

export function reason(code) {
  return REASONS[code] ? `${REASONS[code]} (${code})` : code;
}

// Classes with their names, for a choice.
export const CLASSES = Object.entries(REASONS).filter(([code]) => /^R\d+$/.test(code)).map(([code, name]) => [code, `${code} ${name}`]);

// A moment in the reader's own zone, short.
export function moment(at) {
  return new Date(at).toLocaleString([], { weekday: "short", hour: "numeric", minute: "2-digit" });
}

// Milliseconds as the value of a local date and time field.
export function local(ms) {
  const d = new Date(ms - new Date(ms).getTimezoneOffset() * 60000);
  return d.toISOString().slice(0, 16);
}

// Seconds in words.
export function span(seconds) {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

const LEVELS = {
  L0: "anonymous: nothing proves who writes", L1: "old session, not confirmed", L2: "verified by the pharmacy's sign-in", L3: "verified by the pharmacy's sign-in, and again for this",
  LC: "caregiver, verified by the pharmacy's sign-in, with a permission on file",
};

// Where the sentence stands in the text: its words with whatever blanks are between them.
function found(text, sentence) {
  const words = (sentence ?? "").split(/\s+/).filter(Boolean).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return words.length ? new RegExp(words.join("\\s+"), "u").exec(text) : null;
}

// Text with the sentence that counts highlighted.
export function marked(text, sentence) {
  const at = found(text, sentence);
  if (!at) return [text];
  return [text.slice(0, at.index), el("mark", {}, at[0]), text.slice(at.index + at[0].length)];
}

// Milliseconds as `1:05`, with a minus sign's word for what is overdue.
export function left(ms) {
  const s = Math.floor(Math.abs(ms) / 1000);
  const pad = (n) => String(n).padStart(2, "0");
  const clock = s >= 3600 ? `${Math.floor(s / 3600)}:${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}` : `${Math.floor(s / 60)}:${pad(s % 60)}`;
  return ms < 0 ? `overdue ${clock}` : `${clock} left`;
}

function part(title, ...kids) {
  const content = kids.filter(Boolean);
  return content.length ? el("div", {}, el("h3", {}, title), ...content) : null;
}

// What is masked before the claim comes as null.
function facts(list) {
  return list?.length ? el("dl", { class: "rows" }, ...list.flatMap((f) => [el("dt", {}, f.label), el("dd", {}, f.value)])) : null;
}

function words(value) {
  return typeof value === "string" ? value : value?.text ?? JSON.stringify(value);
}

// What the guards heard, the surest first: for weighing, not for reading first.
function scores(signals) {
  const sure = Object.entries(signals?.scores ?? {}).sort((a, b) => b[1] - a[1]).slice(0, 3);
  const said = [...sure.map(([code, p]) => `${reason(code)} ${p.toFixed(2)}`), signals?.rules?.length ? `rules: ${signals.rules.join(", ")}` : ""].filter(Boolean);
  return said.length ? el("p", { class: "soft" }, said.join(" · ")) : null;
}

function list(items, of = (text) => text) {
  return items?.length ? el("ul", {}, ...items.map((item) => el("li", {}, of(item)))) : null;
}

const REACHED = { spoke: "spoke", no_answer: "no answer", message: "left a message" };

function call(c) {
  if (!c) return null;
  const tries = c.attempts.map((a) => `${moment(a.at)}: ${REACHED[a.reached]} (${a.by})`).join("; ");
  const number = c.number ? tel(c.number) : "no number on file";
  return el("p", {}, `${moment(c.from)} to ${moment(c.until)} · `, number, c.given ? " (given by the customer)" : " (on file)", c.leave_message ? " · may leave details" : " · no details on a machine", tries ? ` · ${tries}` : "");
}

const similar = (t) => `${PRIORITY[t.priority]} · ${reason(t.reason)} · ${t.claimed_by_name ?? STATES[t.state]}`;

const KINDS = { take_over: "took over", transfer: "handed on", park: "put aside", attempt: "called", resolve: "resolved", left: "ended the chat: call, or resolve" };

export function notes(list = []) {
  if (!list.length) return [el("li", { class: "none" }, "None yet.")];
  return list.map((n) => el("li", {}, el("p", { class: "by" }, `${n.name}${KINDS[n.kind] ? ` ${KINDS[n.kind]}` : ""} · ${moment(n.at)}`), n.text));
}

export function card(detail) {
  const c = detail.card ?? {};
  const why = c.why ?? {};
  const sentence = why.sentence ?? "";
  const wants = c.wants ?? "";
  const fired = (why.fired ?? []).filter((code) => code !== why.reason).map(reason).join(", ");
  const rejected = c.rejected ?? detail.quarantined;
  return [
    part("Who", el("p", {}, `${c.who?.name || "unknown person"} · ${c.who?.level ?? ""} ${LEVELS[c.who?.level] ?? ""}`)),
    part("Why here", el("p", {}, reason(why.reason ?? detail.ticket.reason), fired ? ` · also ${fired}` : ""), found(wants, sentence) || !sentence ? null : el("blockquote", {}, el("mark", {}, sentence))),
    part("What they want", wants ? el("blockquote", {}, ...marked(wants, sentence)) : null),
    part("Came in, too", list(c.also, (a) => `${reason(a.reason)}: ${a.wants}`)),
    part("Facts", facts(c.facts)),
    part("To ask, unless it is said", list(c.ask)),
    part("What the bot said", ...(c.said ?? []).map((s) => el("blockquote", {}, s))),
    part("Call", call(detail.call)),
    part("Other open cases of this person", list(detail.similar, similar)),
    part("Held back by the rules", rejected ? el("p", { class: "rejected" }, words(rejected)) : null),
    part("What the guards heard", scores(c.signals)),
  ].filter(Boolean);
}

function by(m) {
  const name = { customer: "Customer", assistant: "Bot", system: "System" }[m.author] ?? `${m.staff}, ${m.role ?? "pharmacist"}`;
  return el("p", { class: "by" }, `${name} · ${new Date(m.at).toLocaleTimeString()}`);
}

function lines(m) {
  const told = m.blocks.filter((b) => b.kind !== "card"); // the words say the same
  return told.map((b) => [b.text.replaceAll("**", ""), ...b.rows.map(([k, v]) => `${k}: ${v}`)].filter(Boolean).join("\n")).join("\n");
}

export function transcript(history, sentence) {
  return history.map((m) => el("li", { class: m.author }, by(m), ...(m.author === "customer" ? marked(lines(m), sentence) : [lines(m)])));
}
