// A button and a frame of our origin. Only an unsent message is kept, in memory. `q`: calls to the page's old queue.
(() => {
  const me = document.currentScript;
  if (!me || window.Apothecary?.loaded) return;
  const home = new URL(me.src).origin, early = window.Apothecary?.q ?? [], hooks = new Map(), set = { ...me.dataset };
  let frame, button, dot, dock, token, leaving, unsent = [], shown = false, ready = false;

  const words = () => (/^es/i.test(set.locale || document.documentElement.lang)
    ? ["es", "Abrir el chat de la farmacia", "Cerrar el chat", "mensajes nuevos"]
    : ["en", "Open the pharmacy chat", "Close the chat", "new messages"]);

  const emit = (name, value) => hooks.get(name)?.forEach((f) => f(value));
  const post = (type, value) => ready && frame.contentWindow.postMessage({ apothecary: 1, type, value }, home);

  const CSS = `:host{all:initial}div{position:fixed;bottom:var(--apothecary-bottom,1rem);right:var(--apothecary-side,1rem);z-index:var(--apothecary-z,99999999);display:grid;justify-items:end;gap:.75rem;font:16px system-ui}
.left{right:auto;left:var(--apothecary-side,1rem);justify-items:start}
button{width:3.5rem;height:3.5rem;border-radius:50%;border:2px solid #fff;background:var(--apothecary-color,#0f6656);color:var(--apothecary-ink,#fff);cursor:pointer;position:relative}
button:focus-visible{outline:3px solid var(--apothecary-color,#0f6656);outline-offset:2px}
svg{width:1.7rem;fill:currentColor}
span{position:absolute;top:-.3rem;right:-.3rem;background:#a4161a;color:#fff;border-radius:1rem;min-width:1.4rem}
iframe{width:min(25rem,100vw - 3rem);height:min(40rem,100vh - 7rem);border:1px solid #777;border-radius:1rem;background:#fff}`;

  const make = (parent, name, more) => parent.appendChild(Object.assign(document.createElement(name), more));
  const draw = (parent, name, key, value) => {
    const node = parent.appendChild(document.createElementNS("http://www.w3.org/2000/svg", name));
    node.setAttribute(key, value);
    return node;
  };

  const label = (n = 0) => {
    const [, show, hide, news] = words();
    button.ariaLabel = shown ? hide : n ? `${show}: ${n} ${news}` : show;
    button.ariaExpanded = String(shown);
    dot.hidden = shown || !n;
    dot.textContent = n;
  };

  const build = () => {
    if (dock) return;
    const root = make(document.body, "div").attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    dock = make(root, "div");
    frame = make(dock, "iframe", { hidden: true });
    button = make(dock, "button", { type: "button", onclick: () => (shown ? close() : open()) });
    draw(draw(button, "svg", "viewBox", "0 0 24 24"), "path", "d", "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm7 3v3H8v3h3v3h3v-3h3V9h-3V6z");
    dot = make(button, "span");
  };

  const load = () => {
    if (frame.src) return;
    const [lang, title] = words();
    frame.title = title;
    frame.sandbox = "allow-scripts allow-same-origin allow-forms allow-popups allow-top-navigation-to-custom-protocols";
    frame.src = `${home}/chat?${new URLSearchParams({ site: set.site, lang, origin: location.origin, ...((token || leaving) && { hold: 1 }) })}`;
  };

  const turn = (to) => {
    boot();
    if (to) load();
    else if (!shown) return;
    shown = to;
    frame.hidden = !to;
    label();
    post("visible", to);
    if (!to) button.focus();
    emit(to ? "open" : "close");
  };
  const open = () => turn(true);
  const close = () => turn(false);

  const boot = (options) => {
    Object.assign(set, options);
    build();
    dock.className = set.position;
    label();
  };

  const api = {
    boot,
    update: boot,
    open,
    close,
    identify: (value) => { token = value; post("identify", token); },
    // Loads the frame for it: what earlier pages left must end, too.
    logout: () => {
      if (!ready) leaving = { token: leaving?.token || token };
      token = null;
      unsent = [];
      post("logout");
      boot();
      load();
    },
    on: (name, f) => { hooks.set(name, [...(hooks.get(name) ?? []), f]); },
  };

  window.addEventListener("message", (event) => {
    if (!frame || event.origin !== home || event.source !== frame.contentWindow || event.data?.apothecary !== 1) return;
    const { type, value } = event.data;
    if (type === "ready") {
      ready = true;
      if (leaving) post("logout", leaving.token);
      leaving = null;
      if (token) post("identify", token);
      if (unsent.length) post("unsent", unsent);
      post("visible", shown);
    }
    if (type === "unsent") unsent = value;
    else if (type === "close") close();
    else emit(type, value);
    if (type === "unread") label(value);
  });

  const call = (name, ...rest) => Object.hasOwn(api, name) && api[name](...rest);
  window.Apothecary = Object.assign(call, { loaded: true, q: { push: (a) => call(...a) } });
  const go = () => { boot(); early.forEach((args) => call(...args)); };
  if (document.body) go(); else document.addEventListener("DOMContentLoaded", go);
})();
