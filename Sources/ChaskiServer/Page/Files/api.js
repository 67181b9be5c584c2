// Owns: talking to the server this page came from. Does not own: what is shown.

function headers(key) {
  return { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

/** What a refusal says; who asks with `key`, or with "" for none, is told where the chat page takes one. */
async function failure(response, key) {
  let message = `The server answered ${response.status}.`;
  try {
    message = (await response.json()).error?.message ?? message;
  } catch { /* An answer that is no JSON has nothing to add. */ }
  if (response.status === 401 && key !== undefined) message = key ? message + KEY_HINT : NO_KEY;
  const seconds = Number(response.headers.get("Retry-After"));
  if (seconds > 0) message += ` Ask again in ${seconds < 120 ? `${seconds} seconds` : wait(seconds)}.`;
  return Object.assign(new Error(message), { status: response.status });
}

function wait(seconds) {
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} minutes` : minutes < 2880 ? `${Math.ceil(minutes / 60)} hours` : `${Math.ceil(minutes / 1440)} days`;
}

/** Asks the server; that it cannot be reached is said in words that every browser has. */
async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error("The server does not answer.");
  }
}

const KEY_HINT = " Settings have a field for the key.";
const NO_KEY = "This server asks for a key: Settings have a field for it.";

/** The models: `id`, `context_length` and `sampling` of each. */
export async function models(key) {
  const response = await ask("v1/models", { headers: headers(key) });
  if (!response.ok) throw await failure(response, key);
  return (await response.json()).data;
}

/** Asks an administrators' route: its JSON, or its text where it has none. Errors know their `status`. */
export async function admin(method, path, key, body) {
  const response = await fetch(`admin/api/${path}`, {
    method,
    headers: headers(key),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw await failure(response);
  return response.headers.get("Content-Type")?.startsWith("application/json") ? response.json() : response.text();
}

const BROKEN = "The connection broke off: the answer is not whole.";

/** The data of each event of an event stream, which ends with `[DONE]` and not before. */
async function* events(body, signal) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const read = () => reader.read().catch((error) => { throw signal.aborted ? error : new Error(BROKEN); });
  let rest = "";
  while (true) {
    const { done, value } = await read();
    if (done) throw new Error(BROKEN);
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const lines = rest.slice(0, end).split("\n");
      rest = rest.slice(end + 2);
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart()).join("\n");
      if (data) yield data;
    }
  }
}

/** Streams an answer: yields `{text}`, `{reasoning}`, `{finish}` and `{usage}`. */
export async function* chat(body, key, signal) {
  const response = await ask("v1/chat/completions", {
    method: "POST",
    headers: headers(key),
    signal,
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
  });
  if (!response.ok) throw await failure(response, key);
  for await (const data of events(response.body, signal)) {
    if (data === "[DONE]") return;
    const chunk = JSON.parse(data);
    if (chunk.error) throw new Error(chunk.error.message);
    const choice = chunk.choices?.[0];
    if (choice?.delta?.reasoning_content) yield { reasoning: choice.delta.reasoning_content };
    if (choice?.delta?.content) yield { text: choice.delta.content };
    if (choice?.finish_reason) yield { finish: choice.finish_reason };
    if (chunk.usage) yield { usage: chunk.usage };
  }
}
