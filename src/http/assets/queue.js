// The cases that this console knows: merged from its looks, in the order of the queue, found by words. What a line says stands here
// too, because it is found by that; nothing here touches the page or the network.

import * as parts from "./card.js";

const open = new Map();
let ended = [];
let sorted = null;
let found = null; // what the server found by the words of cases
const texts = new WeakMap();

// What a line says beside its priority: whose it is, and what became of it.
export function line(t) {
  const owner = t.claimed_by_name ? (t.mine ? "you" : t.claimed_by_name) : "";
  const call = t.callback && t.state === "callback" ? `call ${parts.moment(t.callback[0])}` : "";
  return [parts.STATES[t.state] ?? t.state, owner, t.for_me && !t.mine ? "for you" : "", call, parts.CALLED[t.called] ?? t.called, t.reopens ? "came back" : "", parts.needs(t), t.summary].filter(Boolean).join(" · ");
}

// The same order as the server's: P0 on top, then by the time left, behind them what has been answered.
function before(a, b) {
  return Boolean(a.answered) - Boolean(b.answered) || (a.priority !== "P0") - (b.priority !== "P0") || Date.parse(a.due) - Date.parse(b.due) || (a.priority < b.priority ? -1 : a.priority > b.priority ? 1 : a.id < b.id ? -1 : 1);
}

// Takes the whole queue, or what has changed in it; gives the open cases that were not known, or not as urgent.
export function take(tickets, whole, all) {
  const fresh = tickets.filter((t) => !parts.ENDED.includes(t.state) && !(open.get(t.id)?.priority <= t.priority));
  if (whole) {
    open.clear();
    ended = [];
  }
  const left = new Set(tickets.map((t) => t.id));
  ended = ended.filter((t) => !left.has(t.id));
  const over = tickets.filter((t) => parts.ENDED.includes(t.state));
  // Of changes the last is the latest, of a page the first.
  ended = all ? [...(whole ? over : over.reverse()), ...ended] : [];
  for (const t of tickets) {
    if (!parts.ENDED.includes(t.state)) open.set(t.id, t);
    else {
      open.delete(t.id);
      if (!all) found?.delete(t.id);
    }
  }
  if (whole || tickets.length) sorted = null;
  return fresh;
}

// All open cases in order.
export function waiting() {
  sorted ??= [...open.values()].sort(before);
  return sorted;
}

// The server's answer to a search, or nothing.
export function find(tickets) {
  found = tickets && new Map(tickets.map((t) => [t.id, t]));
}

function text(t) {
  if (!texts.has(t)) texts.set(t, `${parts.PRIORITY[t.priority]} ${parts.reason(t.reason)} ${t.queue} ${t.lang} ${line(t)} ${t.dispositions.join(" ")} ${t.id}`.toLowerCase());
  return texts.get(t);
}

// What the filters leave: by words in the line, or among what the server found.
export function narrowed({ team, mine, words }) {
  const fits = (t) => (!team || t.queue === team) && (!mine || t.mine || t.for_me) && (found?.has(t.id) || words.every((w) => text(t).includes(w)));
  const known = new Set([...open.keys(), ...ended.map((t) => t.id)]);
  const others = found ? [...found.values()].filter((t) => !known.has(t.id)) : [];
  return [...waiting(), ...ended, ...others].filter(fits);
}
