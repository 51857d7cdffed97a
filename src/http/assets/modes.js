// What the assistant may answer by itself: the button that stops it, and the banner while something is stopped or the order feed is silent.

import * as api from "./api.js";
import { moment } from "./card.js";
import { ask } from "./dialog.js";
import { el } from "./dom.js";

const $ = (id) => document.getElementById(id);
const BASE = "/api/v1/console";
const HOW = { off: "the assistant does not answer", suggest: "the assistant only drafts" };
const WHAT = { all: "Everything", topic: "Topic", intent: "Intent", lang: "Language" };

let page = null;
let me = null;

export function wire(given) {
  page = given;
  $("stop").addEventListener("click", stop);
}

export function prepare(who) {
  me = who;
  $("stop").hidden = !me.may.includes("stop");
}

function about(scope) {
  const [kind, id = ""] = scope.split(":");
  return `${WHAT[kind] ?? kind} ${id}`.trim();
}

function line(p) {
  const end = me?.may.includes("loosen") ? el("button", { type: "button", onclick: () => resume(p.scope) }, "Let it answer again") : null;
  return el("p", {}, el("strong", {}, `${about(p.scope)}: ${HOW[p.mode]}`), ` since ${moment(p.at)} (${p.name}: ${p.reason}) `, end);
}

function silent(since) {
  return el("p", {}, el("strong", {}, "The order feed is silent"), ` since ${moment(since)}: what customers read of their orders may be old.`);
}

export async function show() {
  const { pauses, feed_quiet_since: quiet } = await api.get(`${BASE}/modes`);
  const key = JSON.stringify([pauses, quiet, me?.role]);
  if ($("halted").dataset.shown === key) return;
  $("halted").dataset.shown = key;
  $("halted").hidden = !pauses.length && !quiet;
  $("halted").replaceChildren(...pauses.map(line), ...(quiet ? [silent(quiet)] : []));
}

// Nobody is signed in.
export function hide() {
  $("halted").hidden = true;
  delete $("halted").dataset.shown;
}

async function change(verb, body, done) {
  try {
    await api.post(`${BASE}/${verb}`, body);
    page.say(done);
    await show();
    if (document.activeElement === document.body) $("ticket").focus();
  } catch (e) {
    page.trouble(e);
  }
}

async function stop() {
  const values = await ask("Stop the assistant", [
    { name: "kind", label: "What", options: [["all", "Everything"], ["topic", "A page (topic)"], ["intent", "An intent"], ["lang", "A language"]] },
    { name: "id", label: "Which page, intent or language (DL5, I14, es); empty for everything" },
    { name: "mode", label: "How", options: [["off", "It does not answer; people do"], ["suggest", "It drafts; a pharmacist sends"]] },
    { name: "reason", label: "Why? Your colleagues read this", required: true, area: true },
  ]);
  if (!values) return;
  const scope = values.kind === "all" ? "all" : `${values.kind}:${values.id.trim()}`;
  await change("pause", { scope, mode: values.mode, reason: values.reason }, "stopped");
}

const resume = (scope) => change("resume", { scope }, "it answers again");
