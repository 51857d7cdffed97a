// A page that goes with a reply: looked for by words, chosen from what was found. What it says is the server's.

import * as api from "./api.js";
import { el } from "./dom.js";

const $ = (id) => document.getElementById(id);
const TYPED = 400; // milliseconds without a key
let found = [];
let pause = null;
let turn = 0;

export function clear() {
  turn += 1;
  found = [];
  $("cite").value = "";
  $("cited").hidden = true;
  $("cited").replaceChildren();
}

// The parts by which the server knows the chosen passage; nothing when none is chosen.
export function chosen() {
  const ref = found[Number($("cited").value)]?.passage;
  return ref && $("cited").value !== "" ? { page: ref.page, version: ref.version, language: ref.language, section: ref.section, digest: ref.digest } : null;
}

// `lang()` is the customer's language, `trouble(e)` tells what went wrong.
export function wire(lang, trouble) {
  $("cite").addEventListener("input", () => {
    clearTimeout(pause);
    const words = $("cite").value.trim();
    if (words.length >= 3) pause = setTimeout(() => look(words, lang(), trouble), TYPED);
  });
}

async function look(words, lang, trouble) {
  turn += 1;
  const mine = turn;
  try {
    const { pages } = await api.post("/api/v1/console/pages", { words, lang: lang === "es" ? "es" : "en" });
    if (mine !== turn) return; // other words, or another case, by now
    found = pages;
    const options = pages.map((p, n) => el("option", { value: String(n) }, `${p.passage.title}: ${p.heading} (${p.passage.page}, ${p.passage.effective})`));
    $("cited").replaceChildren(el("option", { value: "" }, pages.length ? "Choose…" : "Nothing found"), ...options);
    $("cited").hidden = false;
  } catch (e) {
    trouble(e);
  }
}
