// The shop's own script: embeds the chat as docs/embedding.md shows, and signs in and out. It sees nothing that is said.

window.Apothecary ??= (...call) => { (window.Apothecary.q ??= []).push(call); };
const chat = (...call) => window.Apothecary(...call);
const $ = (id) => document.getElementById(id);

function post(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
}

// A fresh token of whoever is signed in here; nobody is no error.
async function identify() {
  const answer = await post("/chat-token");
  if (answer.ok) chat("identify", (await answer.json()).token);
}

async function signIn(name) {
  await post("/sign-in", { name });
  await show();
  await identify();
}

async function signOut() {
  await post("/sign-out");
  chat("logout");
  await show();
}

function person({ name, note }, signedIn) {
  const [item, button, small] = ["li", "button", "span"].map((tag) => document.createElement(tag));
  button.type = "button";
  button.textContent = name;
  button.dataset.name = name;
  button.setAttribute("aria-pressed", String(name === signedIn));
  button.addEventListener("click", () => signIn(name));
  small.textContent = ` ${note}`;
  item.append(button, small);
  return item;
}

async function show() {
  const { people, signed_in: name } = await (await fetch("/me", { cache: "no-store" })).json();
  $("now").textContent = name ? `Signed in as ${name}` : "Not signed in";
  $("leave").hidden = !name;
  $("people").replaceChildren(...people.map((p) => person(p, name)));
}

function heard(name, value) {
  const line = document.createElement("li");
  line.textContent = value === undefined ? name : `${name} ${value}`;
  $("events").append(line);
}

for (const name of ["ready", "open", "close", "message", "escalated", "resolved", "unread", "expired", "ended"]) {
  chat("on", name, (value) => heard(name, value));
}
chat("on", "expired", identify);
$("help").addEventListener("click", () => chat("open"));
$("leave").addEventListener("click", signOut);
show();
identify();
