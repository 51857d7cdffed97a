// Figures for those who lead, as small charts with their numbers beside them: nothing is told by colour or length alone.

import { PRIORITY, span } from "./card.js";
import { el } from "./dom.js";

const NS = "http://www.w3.org/2000/svg";

function svg(tag, props) {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, String(value));
  return node;
}

// A bar of parts, each [value, class], over a common largest value.
function bar(values, largest) {
  const box = svg("svg", { viewBox: "0 0 100 6", class: "bar", "aria-hidden": "true", preserveAspectRatio: "none" });
  let x = 0;
  for (const [value, kind] of values) {
    const width = largest ? (100 * value) / largest : 0;
    box.append(svg("rect", { x, y: 0, width, height: 6, class: kind }));
    x += width;
  }
  return box;
}

function table(caption, heads, rows) {
  return el("table", {}, el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, ...rows.map(([name, ...cells]) => el("tr", {}, el("th", { scope: "row" }, name), ...cells.map((c) => el("td", {}, c))))));
}

const share = (part, all) => (all ? `${((100 * part) / all).toFixed(1)} % (${part} of ${all})` : "none yet");

function priorities(list) {
  const largest = Math.max(1, ...list.map((p) => p.waiting + p.held + p.aside));
  const rows = list.map((p) => [
    PRIORITY[p.priority], el("div", {}, bar([[p.waiting, "wait"], [p.held, "held"], [p.aside, "aside"]], largest), `${p.waiting} waiting, ${p.held} held, ${p.aside} put aside`),
    p.wait[0] === null ? "–" : `${span(p.wait[0])} / ${span(p.wait[1])}`, span(p.promised), share(p.breached, p.opened),
  ]);
  return table("Cases by priority", ["Priority", "Now", "Time to first person, median / 9 in 10", "Promised", "Breached, of those opened"], rows);
}

function load(list) {
  const largest = Math.max(1, ...list.map(([, n]) => n));
  return table("Open cases by person", ["Person", "Cases"], list.map(([name, n]) => [name, el("div", {}, bar([[n, "held"]], largest), String(n))]));
}

function ends(counts, all) {
  const list = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const largest = Math.max(1, ...list.map(([, n]) => n));
  return table(`How ${all} cases ended`, ["Code", "Cases"], list.map(([code, n]) => [code, el("div", {}, bar([[n, code.startsWith("BOT") || code === "KB-GAP" ? "wait" : "held"]], largest), String(n))]));
}

function chats(c, counts, all) {
  return table("The assistant", ["Measure", "Value"], [
    ["Chats without a person so far", share(c.all_without_case, c.all)],
    ["Contained: no person, and not back within 72 hours (chats older than that)", share(c.contained, c.judged)],
    ["Back within 72 hours, of those without a person", share(c.without_case - c.contained, c.without_case)],
    ["Assistant was wrong (BOT-WRONG), of ended cases", share(counts["BOT-WRONG"] ?? 0, all)],
    ["Assistant should have answered, of ended cases", share(counts["BOT-SHOULD-HAVE-ANSWERED"] ?? 0, all)],
  ]);
}

export function figures(o) {
  const [waiting, dead] = o.webhooks;
  return [
    el("h2", {}, `Since ${new Date(o.since).toLocaleDateString()}`),
    el("p", {}, `At work now: ${o.at_work.map((c) => `${c.name} (${c.role})`).join(", ") || "nobody"}. Webhooks: ${waiting} waiting, ${dead} given up.`),
    priorities(o.priorities), chats(o.chats, o.ends, o.ended), ...(o.load.length ? [load(o.load)] : []), ...(o.ended ? [ends(o.ends, o.ended)] : []),
  ];
}
