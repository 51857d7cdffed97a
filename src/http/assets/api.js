// Talking to the server: JSON calls and the event stream of one turn. The customer's token lives in this memory only.

let token = null;

export function setToken(value) {
  token = value || null;
}

// What went wrong: `status` 0 means that nobody answered.
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function send(method, path, body, accept = "application/json", signal = undefined) {
  const headers = { Accept: accept };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal, cache: "no-store" });
  } catch {
    throw new ApiError(0, "offline", "");
  }
  if (response.ok) return response;
  const error = await response.json().then((j) => j.error, () => null);
  throw new ApiError(response.status, error?.code ?? "unknown", error?.message ?? "");
}

async function json(method, path, body) {
  const response = await send(method, path, body, "application/json", AbortSignal.timeout(20000));
  return response.status === 204 ? null : response.json();
}

export const get = (path) => json("GET", path);
export const post = (path, body = {}) => json("POST", path, body);

// Posts and calls `on(event, data)` for each event; keep-alive comments are skipped. Gives up after 30 silent seconds.
export async function stream(path, body, on) {
  const cut = new AbortController();
  let timer = setTimeout(() => cut.abort(), 30000);
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(() => cut.abort(), 30000);
  };
  try {
    const response = await send("POST", path, body, "text/event-stream", cut.signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    let finished = false;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      again();
      buffer += value;
      const parts = buffer.split("\n\n");
      buffer = parts.pop();
      for (const part of parts) finished = dispatch(part, on) || finished;
    }
    if (!finished) throw new ApiError(0, "cut", "");
  } catch (e) {
    throw e instanceof ApiError ? e : new ApiError(0, "cut", "");
  } finally {
    clearTimeout(timer);
  }
}

function dispatch(part, on) {
  let event = "message";
  const data = [];
  for (const line of part.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trim());
  }
  if (!data.length) return false;
  const value = JSON.parse(data.join("\n"));
  if (event === "error") throw new ApiError(500, value.error?.code ?? "unknown", value.error?.message ?? "");
  on(event, value);
  return event === "done";
}
