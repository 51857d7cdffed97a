// The person behind the chat: how long the wait is, who has come, what they read and write, and the call booked instead of waiting.

import * as api from "./api.js";
import { el, rich } from "./dom.js";
import { tell } from "./host.js";
import { locale, role, t } from "./strings.js";

const $ = (id) => document.getElementById(id);
const QUIET = 3000; // between two signs that the customer is writing
const rx = document.body.dataset.rxPhone;
const state = { owner: null, waiting: null, typed: 0, request: null, busy: false };
const lines = {}; // what each line says
let chat = {}; // what the page lends: path(), show(message), refresh(), fail(error), trouble()

// Writes a line only when its words change: a live region speaks whenever it is written.
function line(id, text) {
  if (lines[id] === text) return;
  lines[id] = text;
  $(id).replaceChildren(...rich(text));
}

// `a las 3:20`, `a la 1:20`; with the day when it is not today.
function at(iso) {
  const date = new Date(iso);
  const clock = date.toLocaleTimeString(locale, { hour: "numeric", minute: "2-digit" });
  const time = t(/^0?1\D/.test(clock) ? "atOne" : "at", { time: clock });
  if (date.toDateString() === new Date().toDateString()) return time;
  return t("atDay", { time, day: date.toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" }) });
}

// With its zone: the offered windows are told in the customer's own, which may not be the browser's.
function moment(iso) {
  const parts = { weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit", timeZoneName: "short" };
  return new Date(iso).toLocaleString(locale, parts);
}

function place({ position, by, late, minutes, call }) {
  if (call) return late ? t("callLate", { rx }) : t("callBooked", { time: moment(call) });
  if (late && !minutes) return t("late", { rx });
  if (minutes) return t("long", { n: position, minutes, rx });
  const where = position === 1 ? t("next") : t("place", { n: position });
  return [position ? `${t("waiting")} ${where}` : t("aside"), by ? t("by", { time: at(by) }) : ""].join(" ").trim();
}

// The button that books stands beside the line only while somebody waits; focus never falls off the page with it.
function offer(waiting) {
  line("book", t(waiting?.call ? "changeCall" : "bookCall"));
  const focused = document.activeElement === $("book");
  const bookable = Boolean(waiting?.bookable);
  $("book").hidden = !bookable;
  if (!bookable && focused) $("text").focus();
  if (!bookable) close();
}

// What the server says of the person; `said` is the number of the customer's last message.
export function update({ owner, waiting }, said) {
  const before = { ...state };
  Object.assign(state, { owner, waiting });
  const name = owner?.name || t("somebody");
  if (owner) line("here", t("owner", { name, role: role(owner.role) }));
  else if (before.owner) line("here", t("left", { name: before.owner.name || t("somebody") }));
  line("read", owner && said && owner.read >= said ? t("read", { name }) : "");
  line("typing", owner?.typing ? t("typing", { name }) : "");
  line("waiting", waiting ? place(waiting) : "");
  offer(waiting);
  if (!active() && (before.owner || before.waiting)) tell("resolved");
}

// Whether a person is awaited or here.
function active() {
  return Boolean(state.owner || state.waiting);
}

// Another conversation: nobody is known to be there.
export function reset() {
  Object.assign(state, { owner: null, waiting: null });
  for (const id of ["here", "read", "typing", "waiting"]) line(id, "");
  offer(null);
}

// A new message has not been read.
export function unread() {
  line("read", "");
}

// Lets the person know that the customer is writing, now and then.
export function writes(text) {
  if (!state.owner || !text.trim() || Date.now() - state.typed < QUIET) return;
  state.typed = Date.now();
  api.post(`${chat.path()}/typing`).catch(() => {}); // a lost sign is no loss
}

export function booking() {
  return !$("booking").hidden;
}

// Closes the panel and gives the focus back; false when it was not open.
export function close() {
  if (!booking()) return false;
  const inside = $("booking").contains(document.activeElement);
  $("booking").hidden = true;
  $("booking").reset();
  $("book").setAttribute("aria-expanded", "false");
  if (inside) ($("book").hidden ? $("text") : $("book")).focus();
  return true;
}

function windows(list) {
  const chosen = list.find((w) => w.from === state.waiting?.call) ?? list[0];
  const radio = (w) => el("input", { type: "radio", name: "from", value: w.from, checked: w === chosen });
  return list.map((w) => el("label", { class: "tick" }, radio(w), el("span", {}, w.words)));
}

// A number is asked for when none is on file or the customer wants another.
function number() {
  $("number-part").hidden = !$("other").checked;
  $("on-file").hidden = $("other").checked;
}

function fill(calls) {
  const none = !calls.windows.length;
  $("windows").replaceChildren(...windows(calls.windows));
  $("booking-fields").hidden = none;
  $("book-call").hidden = none;
  line("no-windows", none ? t("noWindows", { rx }) : "");
  $("other").checked = $("other").checked || !calls.number_ends;
  $("other-choice").hidden = !calls.number_ends;
  line("on-file", calls.number_ends ? t("bookOnFile", { ends: calls.number_ends }) : "");
  number();
  wrong();
}

// Says what is wrong beside its field and goes there; without an argument nothing is wrong.
function wrong(part = null, text = "") {
  line("number-error", part === "number" ? text : "");
  line("windows-error", part === "windows" ? text : "");
  $("number").setAttribute("aria-invalid", String(part === "number"));
  if (part === "number") $("number").focus();
  else if (part) first();
}

function first() {
  const choice = $("booking-fields").hidden ? null : $("windows").querySelector("input:checked");
  (choice ?? $("book-cancel")).focus();
}

async function open() {
  if (close() || state.busy) return;
  await alone(async () => {
    const calls = await api.get(`${chat.path()}/callback`);
    if (!state.waiting) return; // somebody came meanwhile
    state.request = crypto.randomUUID();
    fill(calls);
    $("booking").hidden = false;
    $("book").setAttribute("aria-expanded", "true");
    $("booking").scrollIntoView({ block: "nearest" });
    first();
  });
}

// One request at a time: a second press does nothing. The button stays enabled, or it would lose the focus.
async function alone(work) {
  state.busy = true;
  try {
    await work();
  } catch (e) {
    chat.fail(e);
  } finally {
    state.busy = false;
  }
}

async function submit(event) {
  event.preventDefault();
  const given = $("other").checked ? $("number").value.trim() : undefined;
  if (state.busy) return;
  wrong();
  if (given === "") return wrong("number", t("needNumber"));
  const from = new FormData($("booking")).get("from");
  const wish = { id: state.request, from, number: given, leave_message: $("details").checked };
  $("stage").textContent = t("booking");
  await alone(() => api.post(`${chat.path()}/callback`, wish).then(booked, refused));
  $("stage").textContent = "";
}

async function booked(answer) {
  close();
  chat.trouble(); // what went wrong before is over
  answer.messages.forEach(chat.show);
  await chat.refresh();
}

// The server's reasons are in English: the page says them in its own words.
async function refused(e) {
  if (e.status === 422 && e.message.startsWith("number")) return wrong("number", t("badNumber"));
  if (e.status === 422 && e.message.startsWith("from")) {
    fill(await api.get(`${chat.path()}/callback`));
    return wrong("windows", t("windowGone"));
  }
  if ([401, 404, 409].includes(e.status)) close();
  if (e.status === 409) await chat.refresh();
  if (e.status !== 409 || !state.owner) chat.fail(e); // that somebody is here says itself
}

export function setup(page) {
  chat = page;
  $("book").addEventListener("click", open);
  $("book-cancel").addEventListener("click", close);
  $("other").addEventListener("change", number);
  $("booking").addEventListener("submit", submit);
}
