// Building nodes. Text enters the page as text only: nothing here or anywhere else assigns markup.

export function el(tag, props = {}, ...kids) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...kids.filter((k) => k !== null && k !== undefined));
  return node;
}

// An icon from one path, hidden from assistive technology.
export function icon(path) {
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(ns, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

export const ICONS = {
  up: "M2 21h4V9H2v12zm20-11a2 2 0 0 0-2-2h-6.3l1-4.6v-.3a1.5 1.5 0 0 0-.4-1L13.2 1 6.6 7.6A2 2 0 0 0 6 9v10a2 2 0 0 0 2 2h9a2 2 0 0 0 1.8-1.2l3-7a2 2 0 0 0 .2-.8v-2z",
  down: "M15 3H6a2 2 0 0 0-1.8 1.2l-3 7a2 2 0 0 0-.2.8v2a2 2 0 0 0 2 2h6.3l-1 4.6v.3c0 .4.2.8.4 1L9.8 23l6.6-6.6a2 2 0 0 0 .6-1.4V5a2 2 0 0 0-2-2zm4 0v12h4V3h-4z",
  page: "M6 2h8l6 6v14H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm7 1.5V9h5.5zM8 12.5v1.8h8v-1.8zm0 4v1.8h6v-1.8z",
  phone: "M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11.4 11.4 0 0 0 3.6.57 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1c0 1.25.2 2.45.57 3.57a1 1 0 0 1-.25 1z",
};

const MARKS = /(\*\*[^*]+\*\*|\b1-\d{3}-\d{3}-\d{4}\b)/;

// Text with **strong** marks and telephone numbers as nodes.
export function rich(text) {
  return text.split(MARKS).flatMap((part) => {
    if (part.startsWith("**") && part.endsWith("**") && part.length > 4) return [el("strong", {}, ...rich(part.slice(2, -2)))];
    if (/^1-\d{3}-\d{3}-\d{4}$/.test(part)) return [tel(part)];
    return part ? [document.createTextNode(part)] : [];
  });
}

export function tel(number, ...kids) {
  return el("a", { href: `tel:${number.replace(/[^\d+]/g, "")}` }, ...(kids.length ? kids : [number]));
}
