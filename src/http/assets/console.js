// The console page: who is signed in, the queue, which case is open. The open case lives in desk.js, figures in overview.js.

import * as api from "./api.js";
import * as parts from "./card.js";
import * as desk from "./desk.js";
import { el } from "./dom.js";
import { figures } from "./overview.js";
import * as door from "./signin.js";

const $ = (id) => document.getElementById(id);
const BASE = "/api/v1/console";
const PAGE = 100;
const state = { me: null, tickets: [], open: null, known: null, skew: 0, shown: "", limit: PAGE, overview: false };

const now = () => Date.now() + state.skew;

function say(text) {
  $("said").textContent = text;
}

function trouble(e) {
  if (!e) return $("trouble").replaceChildren();
  if (e.status === 401 || e.code === "first_password") {
    state.me = null;
    $("me").textContent = "Not signed in";
    $("overview").hidden = true;
    door.close(e);
    return $("trouble").replaceChildren();
  }
  const text = e.status === 0 ? "The server does not answer. Customers may be waiting: use the phone. Trying again…" : e.message;
  return $("trouble").replaceChildren(text);
}

// What a line says beside its priority: whose it is, and what became of it.
function line(t) {
  const owner = t.claimed_by_name ? (t.mine ? "you" : t.claimed_by_name) : "";
  const call = t.callback && t.state === "callback" ? `call ${parts.moment(t.callback[0])}` : "";
  return [parts.STATES[t.state] ?? t.state, owner, t.for_me && !t.mine ? "for you" : "", call, parts.CALLED[t.called] ?? t.called, t.reopens ? "came back" : "", t.summary].filter(Boolean).join(" · ");
}

function item(t) {
  const ended = parts.ENDED.includes(t.state);
  return el("li", {}, el("button", { type: "button", "data-id": t.id, "aria-current": String(t.id === state.open), onclick: () => choose(t.id) },
    el("span", { class: `p ${t.priority.toLowerCase()}` }, parts.PRIORITY[t.priority] ?? t.priority),
    el("span", { class: "why" }, parts.reason(t.reason)),
    el("span", { class: "due", "data-due": ended ? null : t.due }),
    el("span", { class: "sum" }, line(t))));
}

function wanted(t) {
  if ($("team").value && t.queue !== $("team").value) return false;
  if ($("mine").checked && !t.mine && !t.for_me) return false;
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${parts.PRIORITY[t.priority]} ${parts.reason(t.reason)} ${t.queue} ${t.lang} ${line(t)} ${t.dispositions.join(" ")} ${t.id}`.toLowerCase();
  return words.every((w) => text.includes(w));
}

function queue() {
  const found = state.tickets.filter(wanted);
  const tickets = found.slice(0, state.limit);
  const key = JSON.stringify([tickets, state.open, state.me?.name]);
  $("more").hidden = found.length <= state.limit;
  $("empty").hidden = found.length > 0;
  $("count").textContent = `(${state.tickets.filter((t) => !parts.ENDED.includes(t.state)).length})`;
  if (key === state.shown) return;
  state.shown = key;
  const focused = document.activeElement?.dataset?.id;
  $("queue").replaceChildren(...tickets.map(item));
  if (focused) $("queue").querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  tick();
}

function tick() {
  for (const node of document.querySelectorAll("[data-due]")) {
    const ms = new Date(node.dataset.due) - now();
    node.textContent = parts.left(ms);
    node.classList.toggle("late", ms < 0);
  }
}

function alarm(tickets) {
  const open = tickets.filter((t) => !parts.ENDED.includes(t.state));
  const fresh = state.known ? open.filter((t) => !state.known.has(t.id)) : [];
  state.known = new Set([...(state.known ?? []), ...tickets.map((t) => t.id)]);
  const urgent = fresh.filter((t) => t.priority === "P0" || t.priority === "P1");
  if (fresh.length) say(`New: ${fresh.map((t) => `${parts.PRIORITY[t.priority]}, ${parts.reason(t.reason)}`).join("; ")}`);
  const emergencies = open.filter((t) => t.priority === "P0" && !t.claimed_by_name).length;
  document.title = `${emergencies ? `⚠ ${emergencies} P0 · ` : ""}${open.length ? `(${open.length}) ` : ""}Pharmacist's console`;
  if (urgent.length && $("sound").checked) ring();
}

function ring() {
  navigator.vibrate?.([200, 100, 200]);
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  tone.frequency.value = 880;
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
  tone.onended = () => audio.close();
}

async function refresh() {
  try {
    if (!state.me) await signIn();
    const { tickets, now: server } = await api.get(`${BASE}/tickets?all=${$("all").checked}`);
    state.skew = new Date(server) - Date.now();
    state.tickets = tickets;
    alarm(tickets);
    queue();
    if (state.open) desk.show(await api.get(`${BASE}/tickets/${encodeURIComponent(state.open)}`));
    trouble();
    tick();
  } catch (e) {
    trouble(e);
  }
}

async function signIn() {
  state.me = await api.get(`${BASE}/me`);
  door.open(state.me);
  $("me").textContent = `${state.me.name}, ${state.me.role}`;
  $("leave").hidden = false;
  $("overview").hidden = !["lead", "auditor"].includes(state.me.role);
  const [{ dispositions }, { replies }] = await Promise.all([api.get(`${BASE}/dispositions`), api.get(`${BASE}/replies`)]);
  desk.prepare(state.me, dispositions, replies);
  listen();
}

async function choose(id) {
  desk.leave();
  state.open = id;
  overview(false);
  await refresh();
  $("ticket").focus();
}

function overview(on) {
  state.overview = on;
  $("overview").setAttribute("aria-pressed", String(on));
  $("figures").hidden = !on;
  $("detail").hidden = on || !desk.open();
  $("pick").hidden = on || Boolean(desk.open());
  if (on) count();
}

async function count() {
  try {
    $("figures").replaceChildren(...figures(await api.get(`${BASE}/overview?days=7`)));
  } catch (e) {
    trouble(e);
  }
}

// Looks as soon as the server says that something changed; the slow beat below is for when no event comes through.
let source = null;
function listen() {
  source?.close();
  source = new EventSource(`${BASE}/events`);
  source.addEventListener("changed", refresh);
}

function arrows(e) {
  if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
  const all = [...$("queue").querySelectorAll("button")];
  const to = all[all.indexOf(document.activeElement) + (e.key === "ArrowDown" ? 1 : -1)];
  if (!to) return;
  e.preventDefault();
  to.focus();
}

// Single letters work only while the queue or the open case has the focus, and never in a field.
function keys(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, textarea, select, dialog")) return;
  const act = { "/": () => $("find").focus(), c: () => desk.press("claim"), r: () => $("text").focus() }[e.key];
  if (!act) return;
  e.preventDefault();
  act();
}

desk.wire({ refresh, trouble, say });
door.wire(async (text = "Signed in.") => { await refresh(); say(text); });
$("queue").addEventListener("keydown", arrows);
document.querySelector(".panes").addEventListener("keydown", keys);
$("filters").addEventListener("submit", (e) => e.preventDefault());
for (const id of ["find", "team", "mine"]) $(id).addEventListener("input", () => { state.limit = PAGE; queue(); });
$("more").addEventListener("click", () => { state.limit += PAGE; queue(); });
$("all").addEventListener("change", refresh);
$("overview").addEventListener("click", () => overview(!state.overview));
$("leave").addEventListener("click", async () => {
  await api.post(`${BASE}/logout`).catch(() => {});
  location.reload();
});
setInterval(tick, 1000);
setInterval(() => { if (!document.hidden || $("sound").checked) refresh(); }, 5000);
setInterval(() => { if (state.overview) count(); }, 15000);
refresh();
