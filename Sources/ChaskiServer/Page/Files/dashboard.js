// Owns: the dashboard: whose key asks, what is loaded when, what is said about failures. Does not own: what the sections
// show (live.js, usage.js, tenants.js).

import { admin } from "./api.js";
import { Live } from "./live.js";
import { applyTheme } from "./store.js";
import { Tenants } from "./tenants.js";
import { Usage } from "./usage.js";

const KEY = "chaski.admin-key";
const INTERVAL = 2000;
const USAGE_INTERVAL = 60_000;
const $ = (id) => document.getElementById(id);
let key = "";
try {
  key = sessionStorage.getItem(KEY) ?? "";
} catch { /* A browser that keeps nothing for this page asks again. */ }
let timer = 0;

const ask = (method, path, body) => admin(method, path, key, body);

function say(text, isError = false) {
  if ($("status").textContent === text) return;
  $("status").textContent = text;
  $("status").classList.toggle("error", isError);
}

function tell(error) {
  say(error.status ? error.message : "The server does not answer.", true);
}

const live = new Live(ask);
const usage = new Usage(ask, tell);
const tenants = new Tenants(ask, say, tell);

async function poll() {
  clearTimeout(timer);
  let isRefused = false;
  if (!document.hidden) {
    try {
      await live.load();
      if ($("status").textContent === "The server does not answer.") say("");
    } catch (error) {
      tell(error);
      isRefused = error.status === 401 || error.status === 403;
    }
  }
  // Without a key that works there is nothing to ask for again.
  clearTimeout(timer);
  if (!isRefused) timer = setTimeout(poll, INTERVAL);
  return isRefused;
}

async function load() {
  say("");
  live.forget();
  if (await poll()) return openKeyDialog();
  // Of a server without keys the rest says in its place what is missing.
  await Promise.all([usage.load(), tenants.load()]);
}

function openKeyDialog() {
  const field = $("key-dialog").querySelector("input");
  field.value = key;
  $("key-dialog").returnValue = "";
  $("key-dialog").showModal();
  field.focus();
}

$("change-key").addEventListener("click", openKeyDialog);
$("key-dialog").querySelector(".cancel").addEventListener("click", () => $("key-dialog").close());
$("key-dialog").addEventListener("close", () => {
  if ($("key-dialog").returnValue !== "save") return;
  key = $("key-dialog").querySelector("input").value.trim();
  try {
    sessionStorage.setItem(KEY, key);
  } catch { /* It is used all the same. */ }
  load();
});
// What somebody reads or has the focus in stays as it is.
setInterval(() => {
  const section = $("usage");
  if (!document.hidden && !section.contains(document.activeElement) && !section.querySelector("details[open]")) usage.load();
}, USAGE_INTERVAL);
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });

applyTheme();
load();
