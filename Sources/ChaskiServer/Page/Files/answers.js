// Owns: asking for answers and what is known of them while they come. Does not own: what is shown.

import { chat } from "./api.js";
import { store } from "./store.js";

export const NUMBERS = [
  "temperature", "top_p", "top_k", "min_p", "repeat_penalty", "presence_penalty", "frequency_penalty", "max_tokens", "seed"];
/** After so long without a word the page says why that may be; so often an unfinished answer is kept. In milliseconds. */
const PATIENCE = 6000;
const KEEPING = 2000;
/** The shortest time from which a speed is told, in milliseconds. */
const MOMENT = 200;

/** The answers that are being written, by conversation. */
const running = new Map();

/** What is asked so that the conversation's first `count` messages are answered. */
function request(conversation, model, count) {
  const { system, ...settings } = store.settings;
  const messages = [];
  if (system) messages.push({ role: "system", content: system });
  for (const { role, content } of conversation.messages.slice(0, count)) {
    const last = messages[messages.length - 1];
    // Templates want turns: a question without an answer goes with the next one, and what is empty is no turn.
    if (last?.role === role) last.content += `\n\n${content}`;
    else if (content) messages.push({ role, content });
  }
  const body = { model, messages };
  for (const name of NUMBERS) if (typeof settings[name] === "number") body[name] = settings[name];
  return body;
}

function figures(usage, started, first, context, note) {
  const count = usage.completion_tokens;
  // Tokens travel together: in a moment too short the first ones would count as written in no time.
  const spent = first ? performance.now() - first : 0;
  const rate = spent > MOMENT ? (1000 * (count - 1)) / spent : 0;
  const parts = [`${usage.prompt_tokens} + ${count} tokens`];
  const cached = usage.prompt_tokens_details?.cached_tokens;
  if (cached) parts.push(`${cached} cached`);
  if (context) parts.push(`${Math.ceil((100 * (usage.prompt_tokens + count)) / context)} % of the context`);
  if (rate) parts.push(`${rate.toFixed(1)} a second`);
  if (first) parts.push(`first after ${((first - started) / 1000).toFixed(2)} s`);
  if (note) parts.push(note);
  return parts.join(" \u00b7 ");
}

export function isRunning(conversation) {
  return running.has(conversation);
}

/** Stops the conversation's answer, if there is one, and waits until it is put away. */
export async function stop(conversation) {
  const answer = running.get(conversation);
  answer?.abort.abort();
  await answer?.ended;
}

/**
 * Answers the conversation's first `index` messages; what stands at `index` becomes a version. `model` has an `id` and
 * `context_length`. `hear` is told: `say(text, isError)`, `change()` when there is more text, `end(isEmpty)`.
 */
export function answer(conversation, index, model, hear) {
  const body = request(conversation, model.id, index);
  // Whoever reloads now finds this; the end says it better.
  const message = { role: "assistant", content: "", figures: "not finished" };
  store.replace(conversation, index, message);
  store.touch(conversation);
  const abort = new AbortController();
  const one = { abort };
  running.set(conversation, one);
  one.ended = run(conversation, message, body, abort.signal, model.context_length, hear);
}

async function run(conversation, message, body, signal, context, hear) {
  const started = performance.now();
  const slow = setTimeout(() => hear.say("Still waiting: others are served, or the model is being loaded…"), PATIENCE);
  const keeping = setInterval(() => store.save(conversation), KEEPING);
  let first = 0;
  let note = "";
  let end = ["Done.", false];
  hear.say("Reading…");
  try {
    for await (const part of chat(body, store.key, signal)) {
      if ((part.text || part.reasoning) && !first) {
        first = performance.now();
        clearTimeout(slow);
        hear.say(part.text ? "Answering…" : "Thinking…");
      }
      if (part.text) {
        if (!message.content && message.reasoning) hear.say("Answering…");
        message.content += part.text;
      }
      if (part.reasoning) message.reasoning = (message.reasoning ?? "") + part.reasoning;
      if (part.finish === "length") note = "cut off at the limit of tokens";
      if (part.usage) message.figures = figures(part.usage, started, first, context, note);
      hear.change();
    }
    if (message.figures === "not finished") message.figures = note;
  } catch (error) {
    message.figures = signal.aborted ? "stopped" : "broken off";
    end = signal.aborted ? ["Stopped.", false] : [error.message, true];
  }
  clearTimeout(slow);
  clearInterval(keeping);
  running.delete(conversation);
  const isEmpty = end[0] !== "Done." && !message.content && !message.reasoning;
  if (isEmpty) store.dropLast(conversation);
  // What was deleted meanwhile stays so.
  if (store.conversations.includes(conversation)) store.touch(conversation);
  hear.end(isEmpty, ...end);
}

/** Keeps what is written of unfinished answers. */
export function keepUnfinished() {
  for (const conversation of running.keys()) if (store.conversations.includes(conversation)) store.save(conversation);
}
