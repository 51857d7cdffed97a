// The sample shop page: who can be tried, who is signed in.

import { el } from "./dom.js";

const LEVELS = {
  L1: "Signed in long ago: is asked to confirm",
  L2: "Signed in and verified",
  L3: "Just confirmed with a second step",
  LC: "Caregiver, sees what was granted",
};

function person(p, signedIn) {
  const link = el("a", { href: `/demo/as/${encodeURIComponent(p.name)}`, "aria-current": p.name === signedIn ? "true" : null });
  link.append(el("strong", {}, p.name), el("span", {}, LEVELS[p.level] ?? ""));
  return el("li", {}, link);
}

async function people() {
  const now = document.getElementById("now");
  const response = await fetch("/demo/people", { cache: "no-store" }).catch(() => null);
  if (!response?.ok) {
    now.textContent = "Signing in works only on the machine that runs the demo. The chat below is anonymous.";
    return;
  }
  const { people: list, signed_in: name } = await response.json();
  now.textContent = name ? `You are signed in as ${name}.` : "Nobody is signed in: the chat is anonymous.";
  const nobody = el("li", {}, el("a", { href: "/demo/leave", "aria-current": name ? null : "true" }, el("strong", {}, "Nobody"), el("span", {}, "Anonymous visitor")));
  document.getElementById("people").replaceChildren(nobody, ...list.map((p) => person(p, name)));
}

document.getElementById("open").addEventListener("click", () => window.Apothecary?.("open"));
people();
