// The console page: queue, one open ticket, the lease, replies. Polls every two seconds; drafts stay in memory per ticket.

import * as api from "./api.js";
import * as parts from "./card.js";
import { el } from "./dom.js";

const $ = (id) => document.getElementById(id);
const BASE = "/api/v1/console";
const state = { me: null, tickets: [], open: null, detail: null, drafts: new Map(), known: null, skew: 0, shown: "" };

const url = (id, verb = "") => `${BASE}/tickets/${encodeURIComponent(id)}${verb && `/${verb}`}`;
const mine = (t) => Boolean(t.claimed_by_name) && t.claimed_by_name === state.me?.name;
const now = () => Date.now() + state.skew;

function say(text) {
  $("said").textContent = text;
}

function trouble(e) {
  if (!e) return $("trouble").replaceChildren();
  if (e.status === 401) {
    state.me = null;
    $("me").textContent = "Not signed in";
    $("leave").hidden = true;
    return $("trouble").replaceChildren("You are not signed in. Sign in through your pharmacy", el("span", {}, "; in the demo, "), el("a", { href: "/demo/pharmacist" }, "sign in as Maria"), ".");
  }
  const text = e.status === 0 ? "The server does not answer. Customers may be waiting: use the phone. Trying again…" : e.message;
  return $("trouble").replaceChildren(text);
}

function item(t) {
  const owner = t.claimed_by_name ? ` · ${mine(t) ? "you" : t.claimed_by_name}` : "";
  return el("li", {}, el("button", { type: "button", "data-id": t.id, "aria-current": String(t.id === state.open), onclick: () => choose(t.id) },
    el("span", { class: `p ${t.priority.toLowerCase()}` }, parts.PRIORITY[t.priority] ?? t.priority),
    el("span", { class: "why" }, parts.reason(t.reason)),
    el("span", { class: "due", "data-due": t.state === "resolved" ? null : t.due }),
    el("span", { class: "sum" }, [`${t.state}${owner}`, parts.CALLED[t.called] ?? t.called, t.summary].filter(Boolean).join(" · "))));
}

function queue(tickets) {
  const key = JSON.stringify([tickets, state.open, state.me?.name]);
  if (key === state.shown) return;
  state.shown = key;
  const focused = document.activeElement?.dataset?.id;
  $("queue").replaceChildren(...tickets.map(item));
  if (focused) $("queue").querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus();
  $("empty").hidden = tickets.length > 0;
  $("count").textContent = `(${tickets.filter((t) => t.state !== "resolved").length})`;
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
  const fresh = state.known ? tickets.filter((t) => !state.known.has(t.id) && t.state !== "resolved") : [];
  state.known = new Set([...(state.known ?? []), ...tickets.map((t) => t.id)]);
  const urgent = fresh.filter((t) => t.priority === "P0" || t.priority === "P1");
  if (fresh.length) say(`New: ${fresh.map((t) => `${parts.PRIORITY[t.priority]}, ${parts.reason(t.reason)}`).join("; ")}`);
  const open = tickets.filter((t) => t.state !== "resolved").length;
  document.title = `${open ? `(${open}) ` : ""}Pharmacist's console`;
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
    queue(tickets);
    if (state.open) detail(await api.get(url(state.open)));
    trouble();
  } catch (e) {
    trouble(e);
  }
}

async function signIn() {
  state.me = await api.get(`${BASE}/me`);
  $("me").textContent = `${state.me.name}, ${state.me.role}`;
  $("leave").hidden = false;
  const { dispositions } = await api.get(`${BASE}/dispositions`);
  $("disposition").replaceChildren(el("option", { value: "" }, "Choose…"), ...dispositions.map((d) => el("option", { value: d }, d)));
}

async function choose(id) {
  if (state.open) state.drafts.set(state.open, $("text").value);
  state.open = id;
  state.detail = null;
  $("text").value = state.drafts.get(id) ?? "";
  $("note").value = "";
  $("disposition").value = "";
  await refresh();
  $("ticket").focus();
}

function head(t) {
  const who = t.state === "resolved" ? `Resolved${t.disposition ? `: ${t.disposition}` : ""}` : t.claimed_by_name ? `Owned by ${mine(t) ? "you" : t.claimed_by_name}` : "Nobody owns this yet";
  const button = (name, verb, main = false) => el("button", { type: "button", class: main ? "main" : null, onclick: () => act(verb, {}, verb) }, name);
  const open = t.state !== "resolved";
  return [
    el("span", { class: `p ${t.priority.toLowerCase()}` }, parts.PRIORITY[t.priority] ?? t.priority),
    el("h2", {}, parts.reason(t.reason)),
    el("span", { class: "due", "data-due": open ? t.due : null }),
    el("span", {}, `${t.queue} · ${t.lang} · ${t.level}`),
    el("strong", { class: "who" }, who),
    open && !t.claimed_by_name ? button("Claim", "claim", true) : null,
    open && mine(t) ? button("Put back", "release") : null,
  ].filter(Boolean);
}

function detail(d) {
  if (d.ticket.id !== state.open) return;
  const same = JSON.stringify(d) === JSON.stringify(state.detail);
  state.detail = d;
  $("pick").hidden = true;
  $("detail").hidden = false;
  if (same) return;
  const focused = $("head").contains(document.activeElement);
  $("head").replaceChildren(...head(d.ticket));
  if (focused) ($("head").querySelector("button") ?? $("ticket")).focus();
  $("card").replaceChildren(...parts.card(d));
  const log = $("scroll");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  $("log").replaceChildren(...parts.transcript(d.history, d.card?.why?.sentence));
  if (atEnd) log.scrollTop = log.scrollHeight;
  $("work").hidden = !mine(d.ticket) || d.ticket.state === "resolved";
  $("suggest").hidden = !d.card?.suggested;
  tick();
}

// Does something to the open ticket; true when the server took it.
async function act(verb, body, done) {
  try {
    await api.post(url(state.open, verb), body);
    say(`${done}: done`);
    await refresh();
    return true;
  } catch (e) {
    await refresh();
    trouble(e);
    return false;
  }
}

async function reply(event) {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim()) return;
  const id = state.open;
  if (!(await act("reply", { version: state.detail.ticket.version, text }, "reply"))) return;
  state.drafts.delete(id);
  if (state.open === id) $("text").value = "";
}

async function resolve(event) {
  event.preventDefault();
  const body = { version: state.detail.ticket.version, disposition: $("disposition").value, note: $("note").value || undefined };
  if (await act("resolve", body, "resolve")) state.drafts.delete(state.open);
}

// The lease lives on activity: renewed every half minute while the page is looked at.
function renew() {
  const t = state.detail?.ticket;
  if (t && mine(t) && t.state !== "resolved" && !document.hidden) api.post(url(t.id, "renew")).catch(trouble);
}

function arrows(e) {
  if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
  const all = [...$("queue").querySelectorAll("button")];
  const to = all[all.indexOf(document.activeElement) + (e.key === "ArrowDown" ? 1 : -1)];
  if (!to) return;
  e.preventDefault();
  to.focus();
}

$("queue").addEventListener("keydown", arrows);
$("reply").addEventListener("submit", reply);
$("resolve").addEventListener("submit", resolve);
$("all").addEventListener("change", refresh);
$("suggest").addEventListener("click", () => {
  const s = state.detail.card.suggested;
  $("text").value = typeof s === "string" ? s : s.text;
  $("text").focus();
});
$("leave").addEventListener("click", async () => {
  await api.post(`${BASE}/logout`).catch(() => {});
  location.reload();
});
setInterval(tick, 1000);
setInterval(() => { if (!document.hidden || $("sound").checked) refresh(); }, 2000);
setInterval(renew, 30000);
refresh();
