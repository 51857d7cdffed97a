// What the chat's own controls say, by the language of the page.

const ALL = {
  en: {
    human: "Talk to a pharmacist", notice: "Automated assistant – not a person, not a pharmacist", conversation: "Conversation",
    label: "Your message", placeholder: "Write a message", send: "Send", hint: "In an emergency call 911.", end: "End chat",
    you: "You", assistant: "Automated assistant", system: "Notice", pharmacist: "pharmacist",
    reading: "Reading your message…", searching: "Looking it up…", checking: "Checking the answer…",
    sending: "Sending…", unsent: "Not sent. It is kept only until you leave or reload this page.", retry: "Try again",
    helped: "This helped", unhelpful: "This did not help", thanks: "Thank you.", asking: "Asking for a person…",
    owner: "{name} is in this chat and has your messages.", left: "{name} has left. The automated assistant answers again.",
    offline: "We can't reach the chat right now. Your message is not lost.", busy: "Many people are writing right now. Please try again in a moment.",
    call: "Pharmacist: {rx}. Customer care: {care}.", expired: "Your sign-in has ended. Please sign in again to see your orders.",
    ended: "This chat has ended. Write to start a new one.", signedIn: "Signed in as {name}.", anonymous: "Not signed in.", verified: "Signed in.",
    refused: "That message could not be taken: {why}", emergency: "Emergency", poison: "Poison Help", crisis: "Crisis line",
  },
  es: {
    human: "Hablar con un farmacéutico", notice: "Asistente automático: no es una persona ni un farmacéutico", conversation: "Conversación",
    label: "Su mensaje", placeholder: "Escriba un mensaje", send: "Enviar", hint: "En una emergencia llame al 911.", end: "Terminar chat",
    you: "Usted", assistant: "Asistente automático", system: "Aviso", pharmacist: "farmacéutico/a",
    reading: "Leyendo su mensaje…", searching: "Buscando…", checking: "Revisando la respuesta…",
    sending: "Enviando…", unsent: "No se envió. Se guarda solo hasta que salga o recargue esta página.", retry: "Intentar de nuevo",
    helped: "Me ayudó", unhelpful: "No me ayudó", thanks: "Gracias.", asking: "Pidiendo una persona…",
    owner: "{name} está en este chat y tiene sus mensajes.", left: "{name} salió. El asistente automático responde de nuevo.",
    offline: "Ahora no podemos conectar con el chat. Su mensaje no se perdió.", busy: "Muchas personas están escribiendo ahora. Intente de nuevo en un momento.",
    call: "Farmacéutico: {rx}. Atención al cliente: {care}.", expired: "Su sesión terminó. Inicie sesión de nuevo para ver sus pedidos.",
    ended: "Este chat terminó. Escriba para empezar otro.", signedIn: "Sesión de {name}.", anonymous: "Sin iniciar sesión.", verified: "Sesión iniciada.",
    refused: "No se pudo recibir ese mensaje: {why}", emergency: "Emergencia", poison: "Poison Help (intoxicación)", crisis: "Línea de crisis (oprima 2)",
  },
};

export const lang = document.documentElement.lang === "es" ? "es" : "en";

export function t(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), ALL[lang][key] ?? key);
}

// Fills the page's own controls.
export function translate() {
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
}
