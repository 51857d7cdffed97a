// The console page: who is signed in, what is asked of the queue, which case is open. Which cases there are is in queue.js, the open
// case in desk.js, figures in overview.js.

import * as api from "./api.js";
import * as parts from "./card.js";
import * as desk from "./desk.js";
import { el } from "./dom.js";
import * as modes from "./modes.js";
import { figures } from "./overview.js";
import * as cases from "./queue.js";
import * as door from "./signin.js";

const $ = (id) => document.getElementById(id);
const BASE = "/api/v1/console";
const PAGE = 100;
const AGAIN = 10000; // milliseconds until what nobody has rings again
const TYPED = 400; // milliseconds without a key: then the words go to the server
const state = { me: null, at: null, open: null, skew: 0, shown: "", limit: PAGE, loaded: false, overview: false, asked: 0 };

const now = () => Date.now() + state.skew;

function say(text) {
  $("said").textContent = text;
}

// What goes wrong with an act stays on the screen until the next one; with the line, until the server answers again.
const wrong = { act: null, line: null };
function trouble(e = null, of = "act") {
  wrong[of] = e;
  tell(wrong.line ?? wrong.act);
}

function tell(e) {
  if (!e) return $("trouble").replaceChildren();
  if (e.status === 401 || e.code === "first_password") {
    state.me = null;
    $("me").textContent = "Not signed in";
    $("overview").hidden = $("stop").hidden = true;
    modes.hide();
    forget();
    door.close(e);
    return $("trouble").replaceChildren();
  }
  const text = e.status === 0 ? "The server does not answer. Customers may be waiting: use the phone. Trying again…" : e.message;
  return $("trouble").replaceChildren(text);
}

// Who is not signed in finds no case behind the door.
function forget() {
  desk.forget();
  cases.take([], true, false);
  state.at = null;
  state.loaded = false;
  queue();
}

function item(t) {
  const ended = parts.ENDED.includes(t.state);
  return el("li", {}, el("button", { type: "button", "data-id": t.id, "aria-current": String(t.id === state.open), onclick: () => choose(t.id) },
    el("span", { class: `p ${t.priority.toLowerCase()}` }, parts.PRIORITY[t.priority] ?? t.priority),
    el("span", { class: "why" }, parts.reason(t.reason)),
    el("span", { class: "due", "data-due": ended || t.answered ? null : t.due }, t.answered && !ended ? "answered" : ""),
    el("span", { class: "sum" }, cases.line(t))));
}

function queue() {
  const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = cases.narrowed({ team: $("team").value, mine: $("mine").checked, words });
  const tickets = found.slice(0, state.limit);
  const key = JSON.stringify([tickets, state.open, state.me?.name]);
  $("more").hidden = found.length <= state.limit;
  $("empty").hidden = found.length > 0;
  $("empty").textContent = words.length ? "No case with these words." : "Nobody is waiting.";
  $("count").textContent = `(${cases.waiting().length})`;
  if (key === state.shown) return;
  state.shown = key;
  const focused = document.activeElement?.dataset?.id;
  $("queue").replaceChildren(...tickets.map(item));
  if (focused) $("queue").querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  tick();
}

function tick() {
  insist();
  for (const node of document.querySelectorAll("[data-due]")) {
    const ms = new Date(node.dataset.due) - now();
    node.textContent = parts.left(ms);
    node.classList.toggle("late", ms < 0);
  }
}

// Words of cases are looked up by the server: it knows what the asker may read.
let pause = null;
function search() {
  clearTimeout(pause);
  cases.find(null);
  [state.asked, state.limit] = [state.asked + 1, PAGE];
  queue();
  const words = $("find").value.trim();
  if (words.length >= 3) pause = setTimeout(() => lookUp(words, state.asked), TYPED);
}

async function lookUp(words, turn) {
  try {
    const { tickets } = await api.post(`${BASE}/search`, { words, all: $("all").checked });
    if (turn !== state.asked) return; // other words by now
    cases.find(tickets);
    queue();
    say($("empty").hidden ? `${$("queue").children.length}${$("more").hidden ? "" : " and more"} found` : $("empty").textContent);
  } catch (e) {
    trouble(e);
  }
}

function alarm(fresh) {
  const open = cases.waiting();
  const urgent = fresh.filter((t) => t.priority === "P0" || t.priority === "P1");
  if (fresh.length) say(`New or more urgent: ${fresh.map((t) => `${parts.PRIORITY[t.priority]}, ${parts.reason(t.reason)}`).join("; ")}`);
  const waiting = emergencies();
  document.title = `${waiting ? `⚠ ${waiting} P0 · ` : ""}${open.length ? `(${open.length}) ` : ""}Pharmacist's console`;
  if (urgent.length) ring();
}

const emergencies = () => cases.waiting().filter((t) => t.priority === "P0" && !t.claimed_by_name).length;

// An emergency that nobody has rings again and again, also for who comes to the desk after it.
function insist() {
  if (state.me && Date.now() - rang > AGAIN && emergencies()) ring();
}

// For who may take urgent cases. Browsers let a page sound only after somebody touched it.
let rang = 0;
let audio = null;
function ring() {
  if (!$("sound").checked || !state.me?.may.includes("clinical")) return;
  rang = Date.now();
  document.body.dataset.rang = String(Number(document.body.dataset.rang ?? 0) + 1);
  navigator.vibrate?.([200, 100, 200]);
  audio ??= new AudioContext();
  audio.resume().catch(() => {});
  const tone = audio.createOscillator();
  tone.frequency.value = 880;
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}

// One look at a time: whoever asks meanwhile gets one more look after it, which sees what they did.
const looks = { now: null, next: null };
function refresh() {
  if (!looks.now) {
    looks.now = look().finally(() => { looks.now = null; });
    return looks.now;
  }
  looks.next ??= looks.now.then(() => {
    looks.next = null;
    return refresh();
  });
  return looks.next;
}

async function look() {
  try {
    if (!state.me) await signIn();
    if (state.me.may.includes("queue")) {
      await news();
      queue();
      await reread();
    } else if (!state.overview) overview(true);
    await modes.show();
    trouble(null, "line");
    tick();
  } catch (e) {
    trouble(e, "line");
  }
}

// The open case; one that is not there (a link to another pharmacy's, or one that was erased) is left.
async function reread() {
  if (!state.open) return;
  try {
    desk.show(await api.get(`${BASE}/tickets/${encodeURIComponent(state.open)}`));
  } catch (e) {
    if (e.status !== 404) throw e;
    state.open = null;
    history.replaceState(null, "", location.pathname);
    trouble({ message: "This case is not here." });
  }
}

// What has changed since the last look; all of it at first.
async function news() {
  const all = $("all").checked;
  const since = state.at;
  const first = since === null;
  const { tickets, now: server, at } = await api.get(`${BASE}/tickets?all=${all}${first ? "" : `&after=${since}`}`);
  if (state.at !== since) return; // asked for all of it meanwhile: the next look brings that
  const whole = first || at < since; // a store that was put back to an earlier time answers with all of it
  const fresh = cases.take(tickets, whole, all);
  alarm(state.loaded ? fresh : []);
  Object.assign(state, { at, loaded: true, skew: new Date(server) - Date.now() });
}

async function signIn() {
  state.me = await api.get(`${BASE}/me`);
  state.at = null; // another person may read other words
  door.open(state.me);
  $("me").textContent = `${state.me.name}, ${state.me.role}`;
  $("leave").hidden = false;
  const queue = state.me.may.includes("queue");
  $("side").hidden = !queue;
  $("overview").hidden = !queue || !state.me.may.includes("overview"); // without a queue nothing else is shown
  $("loud").hidden = !state.me.may.includes("clinical");
  const [{ dispositions }, { replies }] = await Promise.all([api.get(`${BASE}/dispositions`), api.get(`${BASE}/replies`)]);
  desk.prepare(state.me, dispositions, replies);
  modes.prepare(state.me);
  listen();
}

async function choose(id) {
  desk.leave();
  trouble();
  state.open = id;
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
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
    trouble(e, "line");
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
modes.wire({ trouble, say });
door.wire(async (text = "Signed in.") => { await refresh(); say(text); });
$("queue").addEventListener("keydown", arrows);
document.querySelector(".panes").addEventListener("keydown", keys);
$("filters").addEventListener("submit", (e) => e.preventDefault());
for (const id of ["team", "mine"]) $(id).addEventListener("input", () => { state.limit = PAGE; queue(); });
$("more").addEventListener("click", () => { state.limit += PAGE; queue(); });
$("find").addEventListener("input", search);
$("all").addEventListener("change", () => {
  state.at = null;
  search();
  refresh();
});
$("overview").addEventListener("click", () => overview(!state.overview));
$("leave").addEventListener("click", async () => {
  try {
    await api.post(`${BASE}/logout`);
  } catch (e) {
    if (e.status === 409) return trouble(e); // urgent cases are in hand
  }
  history.replaceState(null, "", location.pathname);
  location.reload();
});
// Webhooks link to a case.
const linked = () => decodeURIComponent(location.hash.slice(1));
addEventListener("hashchange", () => { if (linked()) choose(linked()); });
state.open = linked() || null;
$("sound").checked = localStorage.getItem("sound") !== "off";
$("sound").addEventListener("change", () => localStorage.setItem("sound", $("sound").checked ? "on" : "off"));
setInterval(tick, 1000);
setInterval(() => { if (!document.hidden || $("sound").checked) refresh(); }, 5000);
setInterval(() => { if (state.overview) count(); }, 15000);
refresh();
