// The page that frames the chat, if any: a strict schema of messages, one exact origin, one exact window.
// Tells it that something happened, never what was said; only an unsent message is kept there, for a reloaded frame.

const allowed = [location.origin, ...document.body.dataset.origins.split(" ").filter(Boolean)];
const origin = new URLSearchParams(location.search).get("origin");
export const framed = window.parent !== window && allowed.includes(origin);

export function tell(type, value = undefined) {
  if (framed) window.parent.postMessage({ apothecary: 1, type, value }, origin);
}

// Calls `handlers[type](value)` for the messages of the framing page.
export function listen(handlers) {
  window.addEventListener("message", (event) => {
    if (!framed || event.origin !== origin || event.source !== window.parent) return;
    const { apothecary, type, value } = event.data ?? {};
    if (apothecary === 1 && Object.hasOwn(handlers, type)) handlers[type](value);
  });
}

const PATIENCE = 1000; // for a fresh token, in milliseconds: a message waits for it, and may be an emergency
const PAUSE = 30000; // between two wishes for one
const wish = { asked: 0, open: null, met: null };

// The customer's token has ended: asks for another. Not again at once, or two sides that disagree would never rest.
export function askToken() {
  if (!framed || Date.now() - wish.asked < PAUSE) return false;
  wish.asked = Date.now();
  tell("expired");
  return true;
}

// The same, and whether it comes soon.
export function renewed() {
  if (!wish.open && askToken()) {
    wish.open = new Promise((met) => {
      wish.met = met;
      setTimeout(met, PATIENCE, false);
    }).finally(() => Object.assign(wish, { open: null, met: null }));
  }
  return wish.open ?? Promise.resolve(false);
}

// It has come.
export function brought() {
  wish.met?.(true);
}
