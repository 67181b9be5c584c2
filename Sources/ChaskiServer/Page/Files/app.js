// Owns: the chat page: what is shown and what buttons do.

import { chat, models } from "./api.js";
import { render } from "./markdown.js";
import { applyTheme, store } from "./store.js";

const $ = (id) => document.getElementById(id);
const NUMBERS = ["temperature", "top_p", "top_k", "min_p", "max_tokens", "seed"];
let current = store.conversations[0] ?? null;
let running = null;

function button(label, action, name = label) {
  const node = document.createElement("button");
  node.type = "button";
  node.className = "small";
  node.textContent = label;
  node.setAttribute("aria-label", name);
  node.addEventListener("click", action);
  return node;
}

function say(text, isError = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", isError);
}

// MARK: The list of conversations

function showList() {
  $("conversations").replaceChildren(...store.conversations.map((conversation) => {
    const item = document.createElement("li");
    if (conversation === current) item.setAttribute("aria-current", "true");
    const open = button(conversation.title, () => show(conversation), `Open ${conversation.title}`);
    open.className = "title";
    const remove = button("\u00d7", () => {
      if (!confirm(`Delete “${conversation.title}”?`)) return;
      if (conversation === current) stop();
      store.remove(conversation);
      show(conversation === current ? store.conversations[0] ?? null : current);
    }, `Delete ${conversation.title}`);
    item.append(open, remove);
    return item;
  }));
}

function toggleMenu(open = !$("sidebar").classList.contains("open")) {
  $("sidebar").classList.toggle("open", open);
  $("menu").setAttribute("aria-expanded", String(open));
}

function show(conversation) {
  if (conversation !== current) stop();
  current = conversation;
  toggleMenu(false);
  showList();
  const messages = current?.messages ?? [];
  $("log").replaceChildren(...messages.map((message, index) => messageNode(message, index)));
  if (messages.length === 0) {
    const empty = document.createElement("p");
    empty.className = "empty";
    empty.textContent = "Nothing has been said yet.";
    $("log").append(empty);
  }
  $("log").scrollTop = $("log").scrollHeight;
  say(store.problem, store.problem !== "");
}

// MARK: Messages

function messageNode(message, index) {
  const node = document.createElement("article");
  node.className = `message ${message.role}`;
  const title = document.createElement("h2");
  title.textContent = message.role === "user" ? "You" : "Answer";
  const body = document.createElement("div");
  body.className = "body";
  const tools = document.createElement("div");
  tools.className = "tools";
  node.append(title, body, tools);
  fill(node, message);
  tools.append(button("Copy", async () => {
    await navigator.clipboard.writeText(message.content);
    say("Copied.");
  }, "Copy this message"));
  if (message.role === "user") {
    tools.append(button("Edit", () => edit(node, message, index), "Edit this message and ask again"));
  } else {
    tools.append(button("Again", () => regenerate(index), "Answer again"));
  }
  const figures = document.createElement("span");
  figures.className = "figures";
  figures.textContent = message.figures ?? "";
  tools.append(figures);
  return node;
}

function fill(node, message) {
  const body = node.querySelector(".body");
  if (message.role === "user") {
    body.textContent = message.content;
    return;
  }
  let thought = node.querySelector("details");
  if (message.reasoning) {
    if (!thought) {
      thought = document.createElement("details");
      thought.append(document.createElement("summary"), document.createElement("div"));
      thought.firstChild.textContent = "Reasoning";
      body.before(thought);
    }
    thought.lastChild.textContent = message.reasoning;
  }
  render(message.content, body);
}

function edit(node, message, index) {
  if (running) stop();
  const box = document.createElement("textarea");
  box.value = message.content;
  box.rows = Math.min(message.content.split("\n").length + 1, 12);
  box.setAttribute("aria-label", "Edited message");
  const ask = button("Ask again", () => {
    if (!box.value.trim()) return;
    current.messages.splice(index, Infinity, { role: "user", content: box.value });
    answer();
  });
  node.querySelector(".body").replaceChildren(box);
  node.querySelector(".tools").replaceChildren(ask, button("Cancel", () => show(current)));
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show(current);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask.click();
  });
  box.focus();
}

function regenerate(index) {
  if (running) stop();
  current.messages.splice(index, Infinity);
  answer();
}

// MARK: Asking

function request(conversation) {
  const { system, ...settings } = store.settings;
  const messages = conversation.messages.map(({ role, content }) => ({ role, content }));
  if (system) messages.unshift({ role: "system", content: system });
  const body = { model: $("model").value, messages };
  for (const name of NUMBERS) if (typeof settings[name] === "number") body[name] = settings[name];
  return body;
}

function stop() {
  running?.abort();
}

async function answer() {
  const conversation = current;
  const body = request(conversation);
  store.touch(conversation);
  const message = { role: "assistant", content: "" };
  conversation.messages.push(message);
  show(conversation);
  const node = $("log").lastElementChild;
  node.classList.add("running");
  const abort = new AbortController();
  running = abort;
  setRunning(true);
  say("Reading…");
  const started = performance.now();
  let first = 0;
  let drawn = 0;
  const draw = () => {
    drawn = 0;
    const log = $("log");
    const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    fill(node, message);
    if (follows) log.scrollTop = log.scrollHeight;
  };
  try {
    for await (const part of chat(body, store.settings.key, abort.signal)) {
      if ((part.text || part.reasoning) && !first) {
        first = performance.now();
        say("Answering…");
      }
      if (part.text) message.content += part.text;
      if (part.reasoning) message.reasoning = (message.reasoning ?? "") + part.reasoning;
      if (part.finish === "length") message.figures = "cut off at the limit of tokens";
      if (part.usage) message.figures = figures(part.usage, started, first, message.figures);
      if (!drawn) drawn = requestAnimationFrame(draw);
    }
    say("Done.");
  } catch (error) {
    if (abort.signal.aborted) {
      message.figures = "stopped";
      say("Stopped.");
    } else {
      say(error.message, true);
      if (!message.content && !message.reasoning) conversation.messages.pop();
    }
  } finally {
    cancelAnimationFrame(drawn);
    if (running === abort) {
      running = null;
      setRunning(false);
    }
    store.touch(conversation);
    if (current === conversation) {
      const text = $("status").textContent;
      const isError = $("status").classList.contains("error");
      show(conversation);
      if (!store.problem) say(text, isError);
    }
  }
}

function figures(usage, started, first, note) {
  const now = performance.now();
  const count = usage.completion_tokens;
  const rate = first && count > 1 ? (1000 * (count - 1)) / Math.max(now - first, 1) : 0;
  const parts = [`${usage.prompt_tokens} + ${count} tokens`];
  const cached = usage.prompt_tokens_details?.cached_tokens;
  if (cached) parts.push(`${cached} cached`);
  if (rate) parts.push(`${rate.toFixed(1)} a second`);
  if (first) parts.push(`first after ${((first - started) / 1000).toFixed(2)} s`);
  if (note) parts.push(note);
  return parts.join(" \u00b7 ");
}

function setRunning(isRunning) {
  $("send").hidden = isRunning;
  $("stop").hidden = !isRunning;
}

function submit() {
  const text = $("prompt").value;
  if (!text.trim() || running) return;
  $("prompt").value = "";
  resize();
  current ??= store.create();
  current.messages.push({ role: "user", content: text });
  answer();
}

function resize() {
  const box = $("prompt");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

// MARK: Settings, export, import

function openSettings() {
  const form = $("settings").querySelector("form");
  for (const field of form.elements) if (field.name) field.value = store.settings[field.name] ?? "";
  // Escape keeps what the last end of the dialog said.
  $("settings").returnValue = "";
  $("settings").showModal();
}

function saveSettings() {
  const form = $("settings").querySelector("form");
  for (const field of form.elements) {
    if (!field.name) continue;
    const value = NUMBERS.includes(field.name) ? field.valueAsNumber : field.value;
    if (value === "" || Number.isNaN(value)) delete store.settings[field.name];
    else store.settings[field.name] = value;
  }
  store.save();
  applyTheme();
  loadModels();
}

async function loadModels() {
  try {
    const names = await models(store.settings.key);
    $("model").replaceChildren(...names.map((name) => new Option(name, name)));
    if (names.includes(store.settings.model)) $("model").value = store.settings.model;
  } catch (error) {
    say(error.message, true);
  }
}

function exportAll() {
  const file = new Blob([JSON.stringify(store.conversations, null, 1)], { type: "application/json" });
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(file);
  anchor.download = "chaski-conversations.json";
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
}

async function importFile(event) {
  const file = event.target.files[0];
  if (!file) return;
  try {
    const count = store.merge(await file.text());
    show(store.conversations[0] ?? null);
    say(`${count} conversations imported.`);
  } catch {
    say("This file is not an export of conversations.", true);
  }
  event.target.value = "";
}

// MARK: Begin

$("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
$("prompt").addEventListener("input", resize);
$("prompt").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && running) stop(); });
$("stop").addEventListener("click", () => { stop(); $("prompt").focus(); });
$("new").addEventListener("click", () => { show(null); $("prompt").focus(); });
$("menu").addEventListener("click", () => toggleMenu());
$("export").addEventListener("click", exportAll);
$("import").addEventListener("change", importFile);
$("open-settings").addEventListener("click", openSettings);
$("cancel-settings").addEventListener("click", () => $("settings").close("cancel"));
$("settings").addEventListener("close", () => { if ($("settings").returnValue === "save") saveSettings(); });
$("model").addEventListener("change", () => { store.settings.model = $("model").value; store.save(); });

applyTheme();
show(current);
loadModels();
$("prompt").focus();
