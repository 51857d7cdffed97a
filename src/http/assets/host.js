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
