// The chat page: one conversation, its unsent messages, the poll for what a person writes.

import * as api from "./api.js";
import { el, rich } from "./dom.js";
import { askToken, brought, framed, listen, renewed, tell } from "./host.js";
import * as person from "./person.js";
import { lang, t, translate } from "./strings.js";
import * as view from "./view.js";

const $ = (id) => document.getElementById(id);
const SLOT = "apothecary.conversation"; // an opaque id, worthless without the cookie or token
const phones = document.body.dataset;
const state = { id: null, after: 0, seen: new Map(), unsent: [], called: false, said: 0, polls: 0, busy: 0, visible: true, unread: 0, orders: Promise.resolve() };

const act = {
  choose: (text) => say(text),
  human: () => askHuman(),
  rate: (seq, verdict, note) => api.post(`${path()}/feedback`, { seq, verdict, note }).then(() => true, () => false),
};

function path() {
  return `/api/v1/conversations/${encodeURIComponent(state.id)}`;
}

function remember(id) {
  state.id = id;
  try {
    if (id) sessionStorage.setItem(SLOT, id);
    else sessionStorage.removeItem(SLOT);
  } catch { /* storage is off: the conversation lasts as long as the page */ }
}

// The end in sight; of a message that is taller than the pane its beginning, where its answer stands.
function toEnd(node = null) {
  const pane = $("scroll");
  pane.scrollTop = Math.min(pane.scrollHeight, node ? node.offsetTop - 8 : Infinity);
  const above = document.querySelector("header").offsetHeight + 8;
  const top = node ? node.getBoundingClientRect().top + window.scrollY - above : Infinity;
  if (!person.booking()) window.scrollTo(0, Math.min(document.documentElement.scrollHeight, top));
}

// Puts a message where its number belongs; each number once.
function show(m) {
  if (state.seen.has(m.seq)) return;
  const mine = m.author === "customer" ? state.unsent.find((u) => !u.seq && u.sent && u.text.trim() === m.blocks[0]?.text.trim()) : null;
  if (mine) {
    mine.seq = m.seq;
    state.seen.set(m.seq, mine.node);
    return;
  }
  const node = view.message(m, act);
  const next = [...state.seen].filter(([seq]) => seq > m.seq).sort((a, b) => a[0] - b[0])[0];
  state.seen.set(m.seq, node);
  if (next) next[1].before(node);
  else $("log").append(node);
  if (m.author !== "customer") announce(m);
  toEnd(m.author === "customer" ? null : node);
}

function announce(m) {
  const alarm = m.blocks.filter((b) => b.kind === "emergency").map((b) => b.text.replaceAll("**", ""));
  if (alarm.length) $("urgent").textContent = alarm.join(" ");
  if (view.escalates(m) && !state.called) {
    state.called = true;
    tell("escalated");
  }
  if (m.author === "system") return;
  tell("message");
  if (document.hidden || !state.visible) tell("unread", ++state.unread);
}

function trouble(key = null, values = {}) {
  if (!key) return $("trouble").replaceChildren();
  const call = t("call", { rx: phones.rxPhone, care: phones.carePhone });
  const help = ["offline", "busy", "daily"].includes(key) ? [el("p", {}, ...rich(call)), view.calls()] : [];
  $("trouble").replaceChildren(el("p", {}, t(key, values)), ...help);
  return toEnd();
}

function fail(e) {
  if (e.status === 401) {
    api.setToken(null);
    remember(null);
    askToken();
    who();
    return trouble("expired");
  }
  if (e.status === 0 || e.status === 503 || e.status >= 500) return trouble(e.status === 503 ? "busy" : "offline");
  if (e.status === 429) return trouble("daily");
  return trouble("refused", { why: e.message });
}

function clear() {
  state.seen.clear();
  state.unsent = [];
  Object.assign(state, { after: 0, said: 0, called: false });
  $("log").replaceChildren();
  person.reset();
}

async function open() {
  const opened = await api.post("/api/v1/conversations", { locale: lang });
  remember(opened.id);
  state.seen = new Map(); // numbers start anew; what is on screen stays
  Object.assign(state, { after: 0, said: 0 });
  person.reset();
  opened.messages.forEach(show);
}

async function resume() {
  try {
    remember(sessionStorage.getItem(SLOT));
  } catch { /* as above */ }
  if (state.id && (await poll())) return;
  remember(null);
  await open();
}

// Reads what is new; false when the conversation is gone. Of two at once the later one says who is there.
async function poll() {
  const [id, turn] = [state.id, ++state.polls];
  const from = state.seen.size ? `?after=${state.after}` : "";
  try {
    const news = await api.get(`${path()}/messages${from}`);
    if (id !== state.id) return true; // of a chat that was left meanwhile
    news.messages.forEach((m) => {
      state.after = Math.max(state.after, m.seq);
      if (m.author === "customer") state.said = m.seq;
      show(m);
    });
    if (turn !== state.polls) return true;
    const called = Boolean(news.owner || news.waiting);
    if (called && !state.called) tell("escalated");
    state.called = called;
    person.update(news, state.said);
    return true;
  } catch (e) {
    if (e.status === 404) return false;
    throw e;
  }
}

// Not while a message is on its way: it would be shown twice. What fails is tried again at the next beat.
async function refresh() {
  if (!state.id || state.busy) return;
  await poll().catch(async (e) => {
    if (e.status === 401 && !(await renewed())) fail(e);
  });
}

// Who the framing page says is there. The conversation goes on if it is theirs; another person's is taken off the screen.
async function identify(token) {
  if (typeof token !== "string") return;
  api.setToken(token);
  const same = state.id && (await poll().catch((e) => e.status === 0));
  if (same) await who();
  else {
    clear();
    remember(null);
    await start();
  }
  brought();
}

// What the framing page orders is done one after the other: who leaves is gone before the next one comes.
function inTurn(work) {
  state.orders = state.orders.then(() => work()).catch(fail);
}

function keep() {
  tell("unsent", state.unsent.filter((u) => !u.sent).map(({ id, text }) => ({ id, text })));
}

function say(text, id = crypto.randomUUID()) {
  if (!text.trim()) return;
  const item = { id, text, sent: false };
  Object.assign(item, view.pending(text, () => deliver(item)));
  state.unsent.push(item);
  state.polls += 1; // a poll on its way does not know of this message
  person.unread();
  $("log").append(item.node);
  toEnd();
  deliver(item);
}

// Sends one message; a retry carries the same id, so that it is never answered twice.
async function deliver(item, again = true) {
  item.show("sending");
  state.busy += 1;
  keep();
  try {
    if (!state.id) await open();
    await api.stream(`${path()}/messages`, { id: item.id, text: item.text }, (event, data) => {
      item.sent = true;
      item.show("sent");
      if (event === "stage") $("stage").textContent = t(data.stage);
      if (event === "message") show(data);
    });
    if (again) trouble();
  } catch (e) {
    if (e.code === "cut" && again) return deliver(item, false);
    if (e.status === 404 && again) {
      remember(null);
      return deliver(item, false);
    }
    if (e.status === 401 && again) {
      if (!(await renewed())) fail(e); // said anonymously rather than not at all: it may be an emergency
      if (!item.node.isConnected) $("log").append(item.node);
      return deliver(item, false);
    }
    item.sent = false;
    item.show("unsent");
    fail(e);
  } finally {
    state.busy -= 1;
    if (!state.busy) $("stage").textContent = "";
    refresh(); // whether a person was called
    keep();
  }
}

async function askHuman() {
  if ($("human").disabled) return; // asked already
  $("human").disabled = true;
  $("stage").textContent = t("asking");
  try {
    if (!state.id) await open();
    const answer = await api.post(`${path()}/human`, { id: crypto.randomUUID() });
    answer.messages.forEach(show);
    trouble();
    refresh();
  } catch (e) {
    fail(e);
  } finally {
    $("human").disabled = false;
    $("stage").textContent = "";
  }
}

// The framing page's token is ended with it. One that has ended already proves nothing: then the cookie's part is ended without it.
async function end(token = null) {
  if (typeof token === "string") api.setToken(token);
  try {
    await api.post("/api/v1/logout").catch((e) => {
      if (e.status !== 401) throw e;
      api.setToken(null);
      return api.post("/api/v1/logout");
    });
  } catch (e) {
    return fail(e);
  }
  api.setToken(null);
  remember(null);
  clear();
  keep();
  trouble("ended");
  tell("ended");
  await who();
}

async function who() {
  const session = await api.get("/api/v1/session").catch(() => null);
  const text = !session || ["L0", "L1"].includes(session.level) ? t("anonymous") : session.name ? t("signedIn", { name: session.name }) : t("verified");
  $("who").textContent = text;
}

async function start() {
  try {
    await resume();
    trouble();
  } catch (e) {
    fail(e);
  }
  await who();
}

function submit(event) {
  event?.preventDefault();
  say($("text").value);
  $("text").value = "";
  grow();
}

function grow() {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight + 2}px`;
}

// Every two seconds while a person is awaited, every ten otherwise, never while nobody looks.
function watch() {
  let beat = 0;
  setInterval(() => {
    beat += 1;
    const due = state.called || beat % 5 === 0;
    if (due && !document.hidden && state.visible) refresh();
  }, 2000);
}

translate();
$("text").placeholder = t("placeholder");
$("composer").addEventListener("submit", submit);
$("text").addEventListener("input", () => {
  grow();
  person.writes($("text").value);
});
$("text").addEventListener("keydown", (e) => {
  if (e.key === "Enter" && !e.shiftKey && !e.isComposing) submit(e);
});
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && !person.close()) tell("close");
});
person.setup({ path, show, refresh, fail, trouble });
$("human").addEventListener("click", askHuman);
$("end").addEventListener("click", () => inTurn(end));
window.addEventListener("online", () => trouble());
window.addEventListener("offline", () => trouble("offline"));
// A page that will say who it is comes first: no anonymous conversation is opened meanwhile. Whatever it orders waits for this
// start, so that an answer to the visitor never overtakes one to the customer.
if (!framed || !new URLSearchParams(location.search).has("hold")) inTurn(start);
listen({
  identify: (token) => inTurn(() => identify(token)),
  logout: (token) => inTurn(() => end(token)),
  visible: (shown) => {
    state.visible = Boolean(shown);
    if (!shown) return;
    state.unread = 0;
    $("text").focus();
  },
  unsent: (list) => inTurn(() => {
    if (Array.isArray(list)) list.forEach((u) => typeof u?.id === "string" && typeof u?.text === "string" && say(u.text, u.id));
  }),
});
inTurn(() => tell("ready"));
watch();
