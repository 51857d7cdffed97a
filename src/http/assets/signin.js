// Signing in to the console by password and code, choosing a password, and the clock of a quiet desk. What follows is console.js's.
// Nothing typed here is kept: fields are emptied whenever the door opens or closes.

import * as api from "./api.js";

const $ = (id) => document.getElementById(id);
const BASE = "/api/v1/console";
const BEAT = 30000; // signs of a person are told at most this often
const WARNING = 60; // seconds before a quiet session ends

let me = null; // who is signed in
let last = null; // who was, before the door closed
let mode = ""; // what the door shows: enter, first (the first password is to be changed), change, or nothing
let entered = null;
let alive = Date.now(); // the last sign of a person that the server heard of
let stirred = false;

function say(id, text) {
  $(id).textContent = text;
}

// Shows one form and nothing of the cases behind it, or the cases.
function show(next) {
  mode = next;
  const here = document.body.dataset.passwords === "yes";
  $("door").hidden = !mode;
  document.querySelector(".panes").hidden = Boolean(mode);
  $("enter").hidden = mode !== "enter" || !here;
  $("elsewhere").hidden = mode !== "enter" || here;
  $("renewal").hidden = mode !== "first" && mode !== "change";
  $("stay").hidden = mode !== "change";
  $("leave").hidden = mode === "enter";
  $("change").hidden = Boolean(mode) || !me?.idle_seconds;
  for (const id of ["enter-said", "renewal-said"]) say(id, "");
  for (const field of $("door").querySelectorAll("input")) field.type === "checkbox" || (field.value = "");
  $({ enter: "login", first: "old", change: "old" }[mode] ?? "ticket").focus();
}

// Nobody is signed in, or only by a first password. Called again with each try of the page: what is being typed stays.
export function close(error) {
  last = me ?? last;
  me = null;
  $("warning").hidden = true;
  const next = error.code === "first_password" ? "first" : "enter";
  if (mode === next) return;
  show(next);
  if (error.code === "quiet") say("enter-said", error.message + (last ? ". What you were writing to a customer is kept." : "."));
  else if (last && next === "enter") say("enter-said", "Your session has ended. Sign in again; what you were writing to a customer is kept.");
}

// Somebody is signed in. Another person than before starts with an empty page.
export function open(who) {
  if (last && last.id !== who.id) return location.reload();
  me = who;
  alive = Date.now();
  if (mode === "change") return undefined;
  return mode ? show("") : ($("change").hidden = !who.idle_seconds);
}

function busy(form, on) {
  form.querySelector("button.main").disabled = on;
}

function words(e) {
  return e.status === 0 ? "The server does not answer. Try again in a moment." : `${e.message}.`;
}

async function enter(event) {
  event.preventDefault();
  busy($("enter"), true);
  try {
    const typed = { login: $("login").value, password: $("password").value, code: $("code").value };
    const { must_change: first } = await api.post(`${BASE}/sign-in`, typed);
    if (first) {
      show("first");
      $("old").value = typed.password;
      $("new").focus();
    } else {
      await entered("Signed in.");
    }
  } catch (e) {
    say("enter-said", words(e));
    $("code").value = "";
    $("code").focus();
  }
  busy($("enter"), false);
}

async function renew(event) {
  event.preventDefault();
  busy($("renewal"), true);
  try {
    await api.post(`${BASE}/password`, { password: $("old").value, new: $("new").value });
    show("");
    await entered("Your password is changed.");
  } catch (e) {
    const old = e.code === "refused";
    say("renewal-said", old ? "The old password is not right." : words(e));
    $(old ? "old" : "new").focus();
  }
  busy($("renewal"), false);
}

function reveal() {
  $("new").type = $("reveal").checked ? "text" : "password";
}

// A key, a click or a turn of the wheel says that somebody is here; what the page asks by itself does not.
function stir() {
  stirred = true;
  if (Date.now() - alive > BEAT) tell();
}

function tell() {
  if (!me?.idle_seconds || !stirred) return;
  stirred = false;
  alive = Date.now();
  $("warning").hidden = true;
  api.post(`${BASE}/active`).catch(() => {});
}

function watch() {
  if (!me?.idle_seconds) return;
  $("warning").hidden = me.idle_seconds - (Date.now() - alive) / 1000 > WARNING;
}

// `then(text)` is called when somebody came in.
export function wire(then) {
  entered = then;
  $("enter").addEventListener("submit", enter);
  $("renewal").addEventListener("submit", renew);
  $("reveal").addEventListener("change", reveal);
  $("change").addEventListener("click", () => show("change"));
  $("stay").addEventListener("click", () => show(""));
  for (const sign of ["keydown", "pointerdown", "wheel"]) document.addEventListener(sign, stir, { passive: true });
  setInterval(tell, BEAT);
  setInterval(watch, 5000);
}
