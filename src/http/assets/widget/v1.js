// The loader: a button and a frame of our origin. Only an unsent message is kept, in memory.
(() => {
  const me = document.currentScript;
  if (!me || window.Apothecary?.loaded) return;
  const home = new URL(me.src).origin;
  const early = window.Apothecary?.q ?? [], hooks = {};
  const set = { site: me.dataset.site, locale: me.dataset.locale, position: me.dataset.position };
  let frame, button, host, token = null, unsent = [], shown = false, ready = false;

  const words = () => (/^es/i.test(set.locale || document.documentElement.lang)
    ? ["es", "Abrir el chat de la farmacia", "Cerrar el chat", "mensajes nuevos"]
    : ["en", "Open the pharmacy chat", "Close the chat", "new messages"]);

  const emit = (name, value) => (hooks[name] ?? []).forEach((f) => f(value));
  const post = (type, value) => ready && frame.contentWindow.postMessage({ apothecary: 1, type, value }, home);

  const CSS = `:host{all:initial}div{position:fixed;bottom:1rem;right:1rem;z-index:99999999;display:grid;justify-items:end;gap:.75rem;font:16px system-ui}
.left{right:auto;left:1rem;justify-items:start}
button{width:3.5rem;height:3.5rem;border-radius:50%;border:2px solid #fff;background:#0f6656;color:#fff;cursor:pointer;position:relative}
button:focus-visible{outline:3px solid #0f6656;outline-offset:2px}
svg{width:1.7rem;height:1.7rem;fill:currentColor}
.dot{position:absolute;top:-.3rem;right:-.3rem;background:#a4161a;border-radius:1rem;min-width:1.4rem}
iframe{width:min(25rem,100vw - 3rem);height:min(40rem,100vh - 7rem);border:1px solid #777;border-radius:1rem;background:#fff}`;

  const icon = () => {
    const make = (name, key, value) => {
      const node = document.createElementNS("http://www.w3.org/2000/svg", name);
      node.setAttribute(key, value);
      return node;
    };
    const svg = make("svg", "viewBox", "0 0 24 24");
    svg.append(make("path", "d", "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm7 3v3H8v3h3v3h3v-3h3V9h-3V6z"));
    return svg;
  };

  const label = (n = 0) => {
    if (!button) return;
    const [, show, hide, news] = words();
    button.ariaLabel = shown ? hide : n ? `${show}: ${n} ${news}` : show;
    button.ariaExpanded = String(shown);
    const dot = button.querySelector(".dot");
    dot.hidden = shown || !n;
    dot.textContent = n;
  };

  const build = () => {
    if (host) return;
    host = document.createElement("div");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const dock = root.appendChild(document.createElement("div"));
    dock.className = set.position;
    frame = document.createElement("iframe");
    frame.hidden = true;
    button = document.createElement("button");
    button.type = "button";
    button.append(icon(), Object.assign(document.createElement("span"), { className: "dot", hidden: true }));
    button.addEventListener("click", () => (shown ? close() : open()));
    dock.append(frame, button);
    document.body.append(host);
  };

  const load = () => {
    if (frame.src) return;
    const [lang, title] = words();
    frame.title = title;
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-top-navigation-to-custom-protocols");
    frame.src = `${home}/chat?${new URLSearchParams({ site: set.site, lang, origin: location.origin, ...(token && { hold: 1 }) })}`;
  };

  const open = () => {
    build();
    load();
    shown = true;
    frame.hidden = false;
    label();
    post("visible", true);
    emit("open");
  };
  const close = () => {
    if (!shown) return;
    shown = false;
    frame.hidden = true;
    label();
    post("visible", false);
    button.focus();
    emit("close");
  };

  const boot = (options) => {
    Object.assign(set, options);
    build();
    label();
  };

  const api = {
    boot,
    update: boot,
    open,
    close,
    identify: (value) => { token = value; post("identify", token); },
    logout: () => { token = null; unsent = []; post("logout"); },
    on: (name, f) => { (hooks[name] ??= []).push(f); },
  };

  window.addEventListener("message", (event) => {
    if (!frame || event.origin !== home || event.source !== frame.contentWindow || event.data?.apothecary !== 1) return;
    const { type, value } = event.data;
    if (type === "ready") {
      ready = true;
      if (token) post("identify", token);
      if (unsent.length) post("unsent", unsent);
      post("visible", shown);
    }
    if (type === "unsent") unsent = value;
    else if (type === "close") close();
    else emit(type, value);
    if (type === "unread") label(value);
  });

  const call = (name, ...rest) => api[name]?.(...rest);
  window.Apothecary = Object.assign(call, { loaded: true });
  const go = () => { boot(); early.forEach((args) => call(...args)); };
  if (document.body) go(); else document.addEventListener("DOMContentLoaded", go);
})();
