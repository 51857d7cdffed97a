// The open case: what is on the screen, what its holder can do, the reply that is being written. Which case is open is console.js's.

import * as api from "./api.js";
import * as parts from "./card.js";
import * as cite from "./cite.js";
import { ask } from "./dialog.js";
import { el } from "./dom.js";
import { waiting } from "./queue.js";

const $ = (id) => document.getElementById(id);
const BASE = "/api/v1/console";
const LEARN = [["BOT-SHOULD-HAVE-ANSWERED", "Assistant should have answered"], ["BOT-WRONG", "Assistant was wrong"], ["BOT-TONE", "Wrong tone"], ["KB-GAP", "Page missing or stale"]];
const TEAMS = [["clinical", "Clinical"], ["service", "Service"], ["privacy", "Privacy"], ["safety", "Safety"]];

// `page` is what console.js gives: refresh(), trouble(e, of), say(text).
let page = null;
let me = null;
let replies = [];
let detail = null;
let typed = 0;
// The message whose suggestion is in the field.
let suggested = null;
let drawn = "";
let pulse = null;
let stirred = Date.now(); // when somebody last touched the page
let acting = false; // then the server's answer says what became of the case
let keeping = Promise.resolve(); // what was being written, on its way to the server
const drafts = new Map();

const url = (verb = "") => `${BASE}/tickets/${encodeURIComponent(detail.ticket.id)}${verb && `/${verb}`}`;
const ended = (t) => parts.ENDED.includes(t.state);

export const open = () => detail;

export function wire(given) {
  page = given;
  $("reply").addEventListener("submit", reply);
  $("resolve").addEventListener("submit", resolve);
  $("prepared").addEventListener("change", choosePrepared);
  $("text").addEventListener("input", () => { typed = Date.now(); });
  cite.wire(() => detail?.ticket.lang, page.trouble);
  setInterval(keep, 2000);
  for (const sign of ["keydown", "pointerdown", "wheel"]) document.addEventListener(sign, () => { stirred = Date.now(); }, { passive: true });
}

export function prepare(who, dispositions, all) {
  if (me && me.id !== who.id) drafts.clear(); // another person's words
  [me, replies] = [who, all];
  $("disposition").replaceChildren(el("option", { value: "" }, "Choose…"), ...dispositions.map((d) => el("option", { value: d }, d)));
  $("prepared").replaceChildren(el("option", { value: "" }, "None"), ...all.map((r) => el("option", { value: r.id }, r.title)));
  $("learn").replaceChildren(...LEARN.map(([code, name]) => el("button", { type: "button", "aria-pressed": "false", "data-code": code, onclick: toggle }, name)));
  const own = me.may.includes("own_words");
  $("text").disabled = !own;
  clearInterval(pulse);
  pulse = setInterval(() => beat(undefined), me.lease_seconds * 100); // ten signs of life in a lease
  $("text").placeholder = own ? "" : "Technicians send prepared replies; hand clinical questions to a pharmacist.";
}

// Takes the case off the page: nobody is signed in any more. What was being written comes back to who wrote it.
export function forget() {
  leave();
  for (const id of ["head", "acts", "card", "log", "notes", "kept", "suggested"]) $(id).replaceChildren();
  $("text").value = drawn = "";
  $("detail").hidden = true;
}

// Puts aside what belongs to the case that is left.
export function leave() {
  if (detail) drafts.set(detail.ticket.id, $("text").value);
  detail = null;
}

export function show(next) {
  const first = detail?.ticket.id !== next.ticket.id;
  const same = !first && JSON.stringify(next) === JSON.stringify(detail);
  const had = !first && detail.ticket.mine && !ended(detail.ticket);
  detail = next;
  if (same) return;
  if (first) fresh(next);
  $("pick").hidden = true;
  $("detail").hidden = false;
  const mine = next.ticket.mine && !ended(next.ticket);
  if (had && !mine && !ended(next.ticket) && !acting) page.trouble({ message: lost(next.ticket) });
  const focused = $("head").parentNode.querySelector("#acts").contains(document.activeElement);
  $("head").replaceChildren(...head(next.ticket));
  $("acts").replaceChildren(...acts(next));
  if (focused) ($("acts").querySelector("button") ?? $("ticket")).focus();
  $("card").replaceChildren(...parts.card(next));
  const log = $("scroll");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  $("log").replaceChildren(...parts.transcript(next.history, next.card?.why?.sentence));
  if (atEnd) log.scrollTop = log.scrollHeight;
  $("typing").textContent = next.typing ? "The customer is writing…" : "";
  $("notes").replaceChildren(...parts.notes(next.notes));
  if (!mine && $("work").contains(document.activeElement)) $("ticket").focus();
  $("work").hidden = !mine;
  kept(next, mine, mine && !had);
  suggestion(next, mine);
}

function lost(t) {
  const by = t.claimed_by_name ? `${t.claimed_by_name} has it now` : "it is open again";
  return `You no longer have this case: ${by}.${$("text").value.trim() ? " What you were writing is kept; it comes back when you have the case again." : ""}`;
}

function fresh(next) {
  $("text").value = drafts.get(next.ticket.id) ?? "";
  suggested = null;
  cite.clear();
  for (const id of ["note", "disposition", "prepared"]) $(id).value = "";
  for (const b of $("learn").children) b.setAttribute("aria-pressed", "false");
}

// What somebody was writing when the lease was lost. One's own words come back with the case only: an empty field that was sent or
// cleared stays empty.
function kept({ draft }, mine, back) {
  if (back && draft?.name === me.name && !$("text").value) $("text").value = draft.text;
  $("kept").hidden = !mine || !draft || draft.name === me.name;
  if ($("kept").hidden) return;
  const use = el("button", { type: "button", onclick: () => { $("text").value = draft.text; suggested = null; $("text").focus(); } }, "Use it");
  $("kept").replaceChildren(el("p", {}, el("strong", {}, `${draft.name} was writing`), ` (${parts.moment(draft.at)}):`), el("blockquote", {}, draft.text), use);
}

// What the assistant would say to each message that waits: only to be read, until somebody takes it into their own reply.
function suggestion({ suggestions: all = [] }, mine) {
  $("suggested").hidden = !mine || !all.length || $("text").disabled;
  const key = JSON.stringify(all);
  if ($("suggested").hidden || key === drawn) return; // drawn anew it would lose the focus
  drawn = key;
  $("suggested").replaceChildren(el("h3", {}, "Suggested by the assistant, not sent"), ...all.flatMap(draft));
}

function draft(s) {
  const use = el("button", { type: "button", onclick: () => {
    // What is being written is not lost.
    $("text").value = [$("text").value.trim(), s.body.text].filter(Boolean).join("\n\n");
    suggested = s.message;
    $("text").focus();
  } }, "Edit and send this");
  return [el("blockquote", {}, s.body.text), ...s.body.sources.map((t) => el("p", { class: "soft" }, t)), use];
}

function head(t) {
  const who = ended(t) ? `${parts.STATES[t.state]}${t.dispositions.length ? `: ${t.dispositions.join(", ")}` : ""}`
    : t.claimed_by_name ? `Owned by ${t.mine ? "you" : t.claimed_by_name}` : `${parts.STATES[t.state]}: nobody has it`;
  return [
    el("span", { class: `p ${t.priority.toLowerCase()}` }, parts.PRIORITY[t.priority] ?? t.priority),
    el("h2", {}, parts.reason(t.reason)),
    el("span", { class: "due", "data-due": ended(t) || t.answered ? null : t.due }, t.answered && !ended(t) ? "answered" : ""),
    el("span", {}, [t.queue, t.lang, t.level, parts.needs(t)].filter(Boolean).join(" · ")),
    el("strong", { class: "who" }, who),
  ];
}

function acts(d) {
  const t = d.ticket;
  if (ended(t) || !me.may.includes("work")) return [];
  const button = (name, verb, run, main = false) => el("button", { type: "button", "data-act": verb, class: main ? "main" : null, onclick: run }, name);
  if (!t.mine) {
    return [t.claimed_by_name ? button(`Take over from ${t.claimed_by_name}…`, "take-over", takeOver) : button("Claim", "claim", () => act("claim", {}, "claimed"), true)];
  }
  return [
    button("Note…", "note", note), button("Hand on…", "transfer", transfer), button("Call…", "callback", call),
    d.call ? button("Call made…", "attempt", attempt) : null,
    t.priority === "P0" ? null : button("Put aside…", "park", park),
    d.similar?.some((s) => s.mine) ? button("Merge…", "merge", merge) : null,
    button("Right class…", "relabel", relabel), button("Put back", "release", () => act("release", {}, "put back")),
  ].filter(Boolean);
}

export function press(verb) {
  $("acts").querySelector(`[data-act="${verb}"]`)?.click();
}

// Does something to the open case; true when the server took it.
async function act(verb, body, done, to = url(verb)) {
  acting = true;
  page.trouble();
  try {
    await api.post(to, body);
    page.say(done);
    await page.refresh();
    return true;
  } catch (e) {
    await page.refresh();
    page.trouble(e);
    return false;
  } finally {
    acting = false;
  }
}

async function asked(title, fields, verb, done, shape = (v) => v) {
  const values = await ask(title, fields);
  if (values) await act(verb, shape(values), done);
}

const takeOver = () => asked("Take over", [{ name: "reason", label: "Why? Your colleague reads this", required: true, area: true }], "take-over", "taken over");
const note = () => asked("Note for colleagues", [{ name: "text", label: "Note", required: true, area: true }], "note", "noted");

async function transfer() {
  const { colleagues } = await api.get(`${BASE}/colleagues`);
  const people = colleagues.filter((c) => c.id !== me.id).map((c) => [c.id, `${c.name}, ${c.role}`]);
  await asked("Hand on", [
    { name: "queue", label: "Team", options: TEAMS, value: detail.ticket.queue },
    { name: "to", label: "To somebody by name (signed in now)", options: [["", "Anybody in the team"], ...people] },
    { name: "note", label: "What they need to know", required: true, area: true },
  ], "transfer", "handed on", ({ queue, to, note: text }) => ({ queue, note: text, ...(to && { to }) }));
}

const park = () => asked("Put aside", [
  { name: "until", label: "Comes back", type: "datetime-local", required: true, value: parts.local(Date.now() + 2 * 3600000) },
  { name: "note", label: "What is awaited", required: true, area: true },
], "park", "put aside", ({ until, note: text }) => ({ until: new Date(until).toISOString(), note: text }));

const WINDOW = () => [
  { name: "from", label: "From", type: "datetime-local", required: true, value: parts.local(Date.now() + 3600000) },
  { name: "until", label: "Until", type: "datetime-local", required: true, value: parts.local(Date.now() + 3 * 3600000) },
];
const iso = (local) => new Date(local).toISOString();

const call = () => asked("Promise a call", [
  ...WINDOW(),
  { name: "number", label: "Number, if not the one on file", type: "tel" },
  { name: "leave_message", label: "The customer allows details on a machine", type: "checkbox" },
], "callback", "call promised", (v) => ({ from: iso(v.from), until: iso(v.until), leave_message: v.leave_message, ...(v.number && { number: v.number }) }));

const attempt = () => asked("Call made", [
  { name: "reached", label: "What came of it", options: [["spoke", "We spoke"], ["no_answer", "Nobody answered"], ["message", "Left a message without details"]] },
  { name: "again", label: "Call again in this window", type: "checkbox" },
  ...WINDOW(),
  { name: "note", label: "Note (staff only)", area: true },
], "attempt", "call written down", (v) => ({ reached: v.reached, note: v.note, ...(v.again && v.reached !== "spoke" && { next: [iso(v.from), iso(v.until)] }) }));

const merge = () => asked("Merge into another case of this person", [
  { name: "into", label: "Goes on in", options: detail.similar.filter((s) => s.mine).map((s) => [s.id, `${parts.PRIORITY[s.priority]} · ${parts.reason(s.reason)}`]) },
], "merge", "merged");

const relabel = () => asked("What was it really?", [
  { name: "risks", label: "Classes (none: an ordinary question)", options: parts.CLASSES, multiple: true },
], "relabel", "label kept");

function choosePrepared() {
  const chosen = replies.find((r) => r.id === $("prepared").value);
  if (!chosen) return;
  $("text").value = detail.ticket.lang === "es" ? chosen.es : chosen.en;
  suggested = null;
}

async function reply(event) {
  event.preventDefault();
  const own = !$("text").disabled;
  const [text, prepared] = [own ? $("text").value : "", $("prepared").value];
  if (!text.trim() && !prepared) return;
  const chosen = replies.find((r) => r.id === prepared);
  const unchanged = chosen && [chosen.en, chosen.es].includes(text.trim());
  const body = { version: detail.ticket.version, ...(prepared && { reply: prepared }), ...(!unchanged && text.trim() && { text }), ...(suggested && text.trim() && { suggestion: suggested }), ...(cite.chosen() && { cite: cite.chosen() }) };
  const [id, to] = [detail.ticket.id, url("reply")]; // another case may be open by the time
  typed = 0;
  await keeping; // what is kept after the reply would come back as if it had not been sent
  if (!(await act("reply", body, "reply sent", to))) return;
  drafts.delete(id);
  suggested = null;
  cite.clear();
  if (detail?.ticket.id === id) $("text").value = $("prepared").value = "";
}

function toggle(e) {
  const on = e.currentTarget.getAttribute("aria-pressed") !== "true";
  e.currentTarget.setAttribute("aria-pressed", String(on));
  // Two clicks are enough when nothing else is to be said.
  if (on && !$("disposition").value) $("disposition").value = e.currentTarget.dataset.code;
}

async function resolve(event) {
  event.preventDefault();
  const first = $("disposition").value;
  const pressed = [...$("learn").querySelectorAll('[aria-pressed="true"]')].map((b) => b.dataset.code);
  const further = pressed.filter((code) => code !== first).slice(0, 3);
  const body = { version: detail.ticket.version, disposition: first, further, note: $("note").value || undefined };
  if (await act("resolve", body, "resolved")) drafts.delete(detail?.ticket.id);
}

// Keeps what is being written on the server, and lets the customer know that somebody writes.
function keep() {
  if (!typed || Date.now() - typed > 2500) return;
  keeping = beat($("text").value);
}

// The lease lives on activity: of every case in hand it is renewed while somebody is at the page.
function beat(draft) {
  if (document.hidden || Date.now() - stirred > me.lease_seconds * 1000) return undefined;
  const renew = (id, body) => api.post(`${BASE}/tickets/${encodeURIComponent(id)}/renew`, body).catch((e) => page.trouble(e, "line"));
  const t = detail?.ticket;
  if (draft === undefined) return all(renew);
  return t?.mine && !ended(t) ? renew(t.id, { draft, typing: true }) : undefined;
}

// One after the other, and once at a time: on a slow line they must not keep an answer waiting.
let renewing = false;
async function all(renew) {
  if (renewing) return;
  renewing = true;
  for (const t of waiting().filter((own) => own.mine && own.claimed_by_name)) await renew(t.id, {});
  renewing = false;
}
