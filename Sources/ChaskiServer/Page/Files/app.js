// Owns: the chat page: the conversation that is open, the message box, settings.

import { NUMBERS, answer, isRunning, keepUnfinished, stop } from "./answers.js";
import { models } from "./api.js";
import { ConversationList } from "./conversations.js";
import { editMessage, fill, messageNode } from "./messages.js";
import { applyTheme, store } from "./store.js";

const $ = (id) => document.getElementById(id);
/** So near to its end, in pixels, the conversation follows what is written. */
const NEAR = 80;
/** How much of an answer is read aloud when it is done, in letters. */
const READ_ALOUD = 3000;
let current = store.conversations[0] ?? null;
let offered = [];

const list = new ConversationList(show, say);

function say(text, isError = false) {
  $("status").textContent = text;
  $("status").classList.toggle("error", isError);
}

// MARK: The conversation

function show(conversation) {
  current = conversation;
  toggleMenu(false);
  list.draw(current);
  drawFrom(0);
  toEnd();
  const isAnswering = isRunning(current);
  setRunning(isAnswering);
  say(store.problem || (isAnswering ? "Answering…" : ""), store.problem !== "");
}

/** Draws the messages from `index` on anew; those before stay as they are. */
function drawFrom(index) {
  const log = $("log");
  const messages = current?.messages ?? [];
  const focused = log.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  log.querySelector(".empty")?.remove();
  while (log.children.length > index) log.lastChild.remove();
  for (let at = index; at < messages.length; at += 1) {
    const node = messageNode(messages[at], actions(at));
    if (isRunning(current) && at === messages.length - 1) node.classList.add("running");
    log.append(node);
  }
  if (messages.length === 0) {
    const empty = document.createElement("p");
    empty.className = "empty";
    empty.textContent = "Nothing has been said yet.";
    log.append(empty);
  }
  document.title = current && messages.length > 0 ? `${current.title} \u2013 Chaski` : "Chaski";
  if (focused && !log.contains(document.activeElement)) {
    const same = [...log.querySelectorAll("button:enabled")].findLast((node) => node.getAttribute("aria-label") === focused);
    (same ?? log).focus({ preventScroll: true });
  }
}

function actions(index) {
  const conversation = current;
  const isLast = index === conversation.messages.length - 1;
  return {
    say,
    again: () => change(() => ask(conversation, index)),
    retry: isLast && conversation.messages[index].role === "user" ? () => ask(conversation, index + 1) : null,
    choose: (version) => change(() => {
      // Stopping may have put another version in this place.
      if (!conversation.messages[index]?.versions?.[version]) return;
      store.choose(conversation, index, version);
      drawFrom(index);
    }),
    edit: (node) => change(() => {
      // Stopping may have drawn the message anew.
      const place = node.isConnected ? node : $("log").children[index];
      const cancel = () => drawFrom(index);
      editMessage(place, conversation.messages[index], (content) => {
        store.replace(conversation, index, { role: "user", content });
        store.touch(conversation);
        drawFrom(index);
        ask(conversation, index + 1);
      }, cancel);
    }),
  };
}

/** Does what changes the conversation once nothing is written into it any more. */
async function change(act) {
  const conversation = current;
  await stop(conversation);
  if (conversation === current) act();
}

/** What of a message is seen. */
function looks({ role, content, reasoning, figures, versions }) {
  return JSON.stringify([role, content, reasoning, figures, versions?.map((one) => one === null)]);
}

/** Draws what another tab changed in the open conversation, whose messages looked like `before`. */
function follow(before) {
  // Who changes a message goes on with it.
  if ($("log").querySelector("textarea")) return;
  const changed = current.messages.findIndex((message, index) => looks(message) !== before[index]);
  const index = changed < 0 ? Math.min(before.length, current.messages.length) : changed;
  const follows = isAtEnd();
  // The message before the first that changed may have other buttons now.
  drawFrom(Math.max(index - 1, 0));
  if (follows) toEnd();
}

function isAtEnd() {
  const log = $("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
}

function toEnd() {
  $("log").scrollTop = $("log").scrollHeight;
}

// MARK: Asking

/** Answers the first `index` messages of `conversation`, and shows how that goes while it is open. */
async function ask(conversation, index) {
  if (isRunning(conversation)) return;
  if (offered.length === 0) await loadModels();
  if (offered.length === 0 || isRunning(conversation)) return;
  const model = offered.find(({ id }) => id === $("model").value) ?? offered[0];
  const ifOpen = (act) => (...values) => { if (conversation === current) act(...values); };
  const drawing = paced(ifOpen(() => {
    const follows = isAtEnd();
    fill($("log").lastElementChild, conversation.messages[conversation.messages.length - 1], isRunning(conversation));
    if (follows) toEnd();
  }));
  // The message before it has other buttons while it is not answered.
  const before = Math.max(index - 1, 0);
  answer(conversation, index, model, {
    say: ifOpen(say),
    change: drawing.request,
    end: (isEmpty, text, isError) => {
      drawing.cancel();
      list.draw(current);
      ifOpen(() => {
        setRunning(false);
        if (isEmpty) drawFrom(before);
        else drawing.now();
        tellEnd(isEmpty, text, isError);
      })();
    },
  });
  list.draw(current);
  ifOpen(() => {
    drawFrom(before);
    setRunning(true);
    toEnd();
  })();
}

function tellEnd(isEmpty, text, isError) {
  say(store.problem || text, isError || store.problem !== "");
  if (isEmpty || document.hidden) return;
  // A screen reader reads it once, when it is whole.
  $("aloud").textContent = $("log").lastElementChild.querySelector(".body").textContent.slice(0, READ_ALOUD);
  setTimeout(() => { $("aloud").textContent = ""; }, 1000);
}

/** Draws when asked to, but leaves the page three quarters of the time for everything else. */
function paced(draw) {
  let timer = 0;
  let cost = 0;
  const now = () => {
    timer = 0;
    const started = performance.now();
    draw();
    cost = performance.now() - started;
  };
  return {
    now,
    request: () => { timer ||= setTimeout(now, Math.max(30, 3 * cost)); },
    cancel: () => { clearTimeout(timer); timer = 0; },
  };
}

function setRunning(isAnswering) {
  const focused = document.activeElement;
  $("send").hidden = isAnswering;
  $("stop").hidden = !isAnswering;
  // The focus does not vanish with the button that had it.
  if (focused === $("send") && isAnswering) $("stop").focus();
  if (focused === $("stop") && !isAnswering) $("send").focus();
}

function submit() {
  const text = $("prompt").value;
  if (!text.trim() || isRunning(current)) return;
  $("prompt").value = "";
  resize();
  current ??= store.create();
  const index = current.messages.push({ role: "user", content: text });
  store.touch(current);
  drawFrom(Math.max(index - 2, 0));
  toEnd();
  list.draw(current);
  ask(current, index);
}

function resize() {
  const box = $("prompt");
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

async function loadModels() {
  try {
    offered = await models(store.key);
    $("model").replaceChildren(...offered.map(({ id }) => new Option(id, id)));
    if (offered.some(({ id }) => id === store.settings.model)) $("model").value = store.settings.model;
    if (offered.length === 0) say("The server offers no model.", true);
    else if ($("status").classList.contains("error") && !store.problem) say("");
  } catch (error) {
    say(error.message, true);
  }
}

/** Says in the settings what the model's makers advise; what a model that was never loaded advises is not known yet. */
function showAdvice() {
  const model = offered.find(({ id }) => id === $("model").value) ?? offered[0];
  for (const field of $("settings").querySelector("form").elements) {
    if (!NUMBERS.includes(field.name)) continue;
    field.dataset.otherwise ??= field.placeholder;
    const value = model?.sampling?.[field.name];
    field.placeholder = typeof value === "number" ? String(value) : field.dataset.otherwise;
  }
}

// MARK: Settings and the menu

async function openSettings() {
  const fields = $("settings").querySelector("form").elements;
  for (const field of fields) if (field.name) field.value = store.settings[field.name] ?? "";
  fields.key.value = store.key;
  fields.keepKey.checked = store.keepsKey;
  // Escape keeps what the last end of the dialog said.
  $("settings").returnValue = "";
  $("settings").showModal();
  showAdvice();
  // A model that was loaded meanwhile has something to say now.
  await loadModels();
  showAdvice();
}

function saveSettings() {
  const fields = $("settings").querySelector("form").elements;
  store.setKey(fields.key.value.trim(), fields.keepKey.checked);
  for (const field of fields) {
    if (!field.name || field === fields.key || field === fields.keepKey) continue;
    const value = NUMBERS.includes(field.name) ? field.valueAsNumber : field.value;
    if (value === "" || Number.isNaN(value)) delete store.settings[field.name];
    else store.settings[field.name] = value;
  }
  store.saveSettings();
  applyTheme();
  loadModels();
}

async function forgetEverything() {
  if (!confirm("Forget all conversations, settings and the key? This browser keeps nothing of them.")) return;
  $("settings").close("cancel");
  await Promise.all(store.conversations.map(stop));
  store.forgetEverything();
  applyTheme();
  show(null);
  loadModels();
}

function toggleMenu(open = !$("sidebar").classList.contains("open")) {
  const wasOpen = $("sidebar").classList.contains("open");
  const hadFocus = $("sidebar").contains(document.activeElement);
  $("sidebar").classList.toggle("open", open);
  $("menu").setAttribute("aria-expanded", String(open));
  if (open) $("new").focus();
  else if (wasOpen && hadFocus) $("menu").focus();
}

// MARK: Begin

$("composer").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
$("prompt").addEventListener("input", resize);
const isTouched = matchMedia("(pointer: coarse) and (hover: none)").matches;
// A telephone's keyboard has no Shift+Enter: there, Enter begins a line.
if (isTouched) $("prompt").enterKeyHint = "enter";
$("prompt").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (isTouched && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  submit();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
  if ($("sidebar").classList.contains("open")) toggleMenu(false);
  else stop(current);
});
$("log").addEventListener("scroll", () => { $("latest").hidden = isAtEnd(); });
$("latest").addEventListener("click", () => { toEnd(); $("log").focus(); });
$("stop").addEventListener("click", () => { stop(current); $("prompt").focus(); });
$("new").addEventListener("click", () => { show(null); $("prompt").focus(); });
$("menu").addEventListener("click", () => toggleMenu());
$("open-settings").addEventListener("click", openSettings);
$("cancel-settings").addEventListener("click", () => $("settings").close("cancel"));
$("advised").addEventListener("click", () => { for (const name of NUMBERS) $("settings").querySelector("form").elements[name].value = ""; });
$("forget").addEventListener("click", forgetEverything);
$("settings").addEventListener("close", () => { if ($("settings").returnValue === "save") saveSettings(); });
$("model").addEventListener("change", () => { store.settings.model = $("model").value; store.saveSettings(); });
addEventListener("pagehide", keepUnfinished);
addEventListener("storage", (event) => {
  // What is written here is newer than what another tab has of it.
  if (store.conversations.some((one) => isRunning(one) && event.key?.endsWith(one.id))) return;
  const before = current?.messages.map(looks) ?? [];
  const changed = store.adopt(event);
  applyTheme();
  if (current && !store.conversations.includes(current)) show(null);
  else if (current && changed === current) follow(before);
  list.draw(current);
});

applyTheme();
show(current);
loadModels();
$("prompt").focus();
