// What the chat's own controls say, by the language of the page.

const ALL = {
  en: {
    human: "Talk to a pharmacist", notice: "Automated assistant – not a person, not a pharmacist", conversation: "Conversation",
    label: "Your message", placeholder: "Write a message", send: "Send", hint: "In an emergency call 911.", end: "End chat",
    you: "You", assistant: "Automated assistant", system: "Notice",
    pharmacist: "pharmacist", technician: "pharmacy technician", team: "pharmacy team", somebody: "A person",
    reading: "Reading your message…", searching: "Looking it up…", checking: "Checking the answer…",
    sending: "Sending…", unsent: "Not sent. It is kept only until you leave or reload this page.", retry: "Try again",
    helped: "This helped", unhelpful: "This did not help", thanks: "Thank you.", undone: "Taken back.", unsaved: "This could not be saved. Please try again.",
    askWhy: "Thank you. You can say why below.", why: "What was wrong? (optional)", cancel: "Cancel", asking: "Asking for a person…",
    owner: "{name}, {role}, is in this chat.", read: "{name} has read your messages.", typing: "{name} is writing…", left: "{name} has left. The automated assistant answers again.",
    waiting: "Waiting for a person.", next: "You are next.", place: "You are number {n} in line.", aside: "The pharmacy is looking into this.",
    by: "Someone should write by {time}.", at: "{time}", atOne: "{time}", atDay: "{time} on {day}",
    long: "Many people are waiting. You are number {n} in line, and it may take about {minutes} minutes. You can keep waiting, book a call, or call {rx}.",
    late: "This is taking longer than we said. You can keep waiting, book a call, or call {rx}.",
    callBooked: "A call is booked for {time}.", callLate: "We should have called by now. You can keep waiting, change the call, or call {rx}.",
    bookCall: "Book a call instead", changeCall: "Change the call", bookTitle: "Book a call", bookWhen: "When should we call?", book: "Book",
    bookOnFile: "We will call the number on file ending in {ends}.", bookOther: "Use another number", bookNumber: "Phone number",
    bookDetails: "You may leave details in a message", booking: "Booking the call…", needNumber: "Enter the number that we should call.",
    badNumber: "Enter a phone number with its area code, such as 512-555-0112.", windowGone: "That time can no longer be booked. Please choose another one.",
    noWindows: "No call can be booked right now. Please call {rx}.",
    offline: "We can't reach the chat right now. Your message is not lost.", busy: "Many people are writing right now. Please try again in a moment.",
    daily: "That is as much as the assistant takes in a day. Choose “Talk to a pharmacist”, or call us. It goes on tomorrow.",
    call: "Pharmacist: {rx}. Customer care: {care}.", expired: "Your sign-in has ended. Please sign in again to see your orders.",
    ended: "This chat has ended. Write to start a new one.", signedIn: "Signed in as {name}.", anonymous: "Not signed in.", verified: "Signed in.",
    progress: "Where the order stands", stepDone: "done", stepNow: "the order is here", stepAhead: "still to come", show: "show", hide: "hide",
    source: "Source", passageOf: "From the page {title}", opening: "Opening…", noPassage: "This page could not be opened. Please try again.", changedPassage: "This page has changed since this answer.",
    notInForce: "no longer in force", notReviewed: "Translation pending review", acts: "What you can do here",
    refused: "That message could not be taken: {why}", emergency: "Emergency", poison: "Poison Help", crisis: "Crisis line",
  },
  es: {
    human: "Hablar con un farmacéutico", notice: "Asistente automático: no es una persona ni un farmacéutico", conversation: "Conversación",
    label: "Su mensaje", placeholder: "Escriba un mensaje", send: "Enviar", hint: "En una emergencia llame al 911.", end: "Terminar chat",
    you: "Usted", assistant: "Asistente automático", system: "Aviso",
    pharmacist: "farmacéutico/a", technician: "técnico/a de farmacia", team: "equipo de la farmacia", somebody: "Una persona",
    reading: "Leyendo su mensaje…", searching: "Buscando…", checking: "Revisando la respuesta…",
    sending: "Enviando…", unsent: "No se envió. Se guarda solo hasta que salga o recargue esta página.", retry: "Intentar de nuevo",
    helped: "Me ayudó", unhelpful: "No me ayudó", thanks: "Gracias.", undone: "Se quitó su opinión.", unsaved: "No se pudo guardar. Intente de nuevo.",
    askWhy: "Gracias. Si quiere, díganos abajo por qué.", why: "¿Qué estuvo mal? (opcional)", cancel: "Cancelar", asking: "Pidiendo una persona…",
    owner: "{name}, {role}, está en este chat.", read: "{name} leyó sus mensajes.", typing: "{name} está escribiendo…", left: "{name} salió. El asistente automático responde de nuevo.",
    waiting: "Esperando a una persona.", next: "Usted es la siguiente persona en la fila.", place: "Usted es el número {n} en la fila.", aside: "La farmacia está revisando su caso.",
    by: "A más tardar {time}, alguien debería escribirle.", at: "a las {time}", atOne: "a la {time}", atDay: "el {day} {time}",
    long: "Muchas personas están esperando. Usted es el número {n} en la fila y puede tardar unos {minutes} minutos. Puede seguir esperando, reservar una llamada o llamar al {rx}.",
    late: "Está tardando más de lo que le dijimos. Puede seguir esperando, reservar una llamada o llamar al {rx}.",
    callBooked: "Tiene una llamada reservada: {time}.", callLate: "Ya deberíamos haberle llamado. Puede seguir esperando, cambiar la llamada o llamar al {rx}.",
    bookCall: "Prefiero reservar una llamada", changeCall: "Cambiar la llamada", bookTitle: "Reservar una llamada", bookWhen: "¿Cuándo le llamamos?", book: "Reservar",
    bookOnFile: "Le llamaremos al número registrado que termina en {ends}.", bookOther: "Usar otro número", bookNumber: "Número de teléfono",
    bookDetails: "Pueden dejarme detalles en un mensaje de voz", booking: "Reservando la llamada…", needNumber: "Escriba el número al que debemos llamar.",
    badNumber: "Escriba un número de teléfono con código de área, por ejemplo 512-555-0112.", windowGone: "Esa hora ya no se puede reservar. Por favor elija otra.",
    noWindows: "Ahora no se puede reservar una llamada. Por favor llame al {rx}.",
    offline: "Ahora no podemos conectar con el chat. Su mensaje no se perdió.", busy: "Muchas personas están escribiendo ahora. Intente de nuevo en un momento.",
    daily: "Es todo lo que el asistente atiende en un día. Elija “Hablar con un farmacéutico” o llámenos. Mañana sigue.",
    call: "Farmacéutico: {rx}. Atención al cliente: {care}.", expired: "Su sesión terminó. Inicie sesión de nuevo para ver sus pedidos.",
    ended: "Este chat terminó. Escriba para empezar otro.", signedIn: "Sesión de {name}.", anonymous: "Sin iniciar sesión.", verified: "Sesión iniciada.",
    progress: "Dónde está el pedido", stepDone: "hecho", stepNow: "el pedido está aquí", stepAhead: "falta", show: "mostrar", hide: "ocultar",
    source: "Fuente", passageOf: "De la página {title}", opening: "Abriendo…", noPassage: "No se pudo abrir esta página. Intente de nuevo.", changedPassage: "Esta página ha cambiado desde esta respuesta.",
    notInForce: "ya no está vigente", notReviewed: "Traducción pendiente de revisión", acts: "Lo que puede hacer aquí",
    refused: "No se pudo recibir ese mensaje: {why}", emergency: "Emergencia", poison: "Poison Help (intoxicación)", crisis: "Línea de crisis (oprima 2)",
  },
};

export const lang = document.documentElement.lang === "es" ? "es" : "en";

// Whether dates can be written so; browsers on bare machines offer tags such as `en-US@posix`, which throw.
function usable(tag) {
  try {
    return tag.split("-")[0] === lang && Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

// How dates are written: as the browser does it, in the language of the page.
export const locale = (navigator.languages ?? []).find(usable) ?? `${lang}-US`;

export function t(key, values = {}) {
  return Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, () => value), ALL[lang][key] ?? key);
}

// What a person is; nobody is called a pharmacist who may not be one.
export function role(code) {
  return t({ pharmacist: "pharmacist", lead: "pharmacist", technician: "technician" }[code] ?? "team");
}

// Fills the page's own controls.
export function translate() {
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
}
