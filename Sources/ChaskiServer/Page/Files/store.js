// Owns: conversations, settings and the key, kept in this browser. Does not own: how they are shown.
// Each conversation is an entry of its own, so that what one tab writes leaves alone what another tab wrote.

const PREFIX = "chaski.conversation.";
const ALL = "chaski.conversations";
const SETTINGS = "chaski.settings";
const KEY = "chaski.key";
/** How deep versions may stand in versions of an imported file. */
const DEPTH = 20;

function read(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

function isMessage(value) {
  return ["user", "assistant"].includes(value?.role) && typeof value.content === "string";
}

/** Whether a conversation from elsewhere has the shape that this page writes. */
function isConversation(value) {
  return typeof value?.id === "string" && typeof value.title === "string" && Array.isArray(value.messages)
    && value.messages.every(isMessage);
}

function cleanMessage(message, depth) {
  const { role, content, reasoning, figures, versions } = message;
  const result = { role, content };
  if (typeof reasoning === "string") result.reasoning = reasoning;
  if (typeof figures === "string") result.figures = figures;
  if (Array.isArray(versions) && depth < DEPTH && versions.filter((one) => one === null).length === 1) {
    const isTail = (one) => one === null || (Array.isArray(one) && one.length > 0 && one.every(isMessage));
    result.versions = versions.filter(isTail).map((one) => one && one.map((m) => cleanMessage(m, depth + 1)));
  }
  return result;
}

function clean(value) {
  return {
    id: value.id.slice(0, 100),
    title: value.title.slice(0, 200),
    ...(value.isNamed === true ? { isNamed: true } : {}),
    changed: Number(value.changed) || 0,
    messages: value.messages.map((message) => cleanMessage(message, 0)),
  };
}

function byTime(conversations) {
  return conversations.sort((a, b) => b.changed - a.changed);
}

/** Every conversation that is kept, the latest first. */
function readAll() {
  const found = new Map();
  try {
    // Until November 2026 all of them were one entry.
    const before = read(ALL, []);
    if (Array.isArray(before)) for (const one of before.filter(isConversation)) found.set(one.id, clean(one));
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith(PREFIX))) {
      const one = read(key, null);
      if (isConversation(one)) found.set(one.id, clean(one));
    }
    if (localStorage.getItem(ALL) !== null) {
      localStorage.removeItem(ALL);
      for (const one of found.values()) localStorage.setItem(PREFIX + one.id, JSON.stringify(one));
    }
  } catch { /* A browser that keeps nothing for this page has nothing to read. */ }
  return byTime([...found.values()]);
}

/** The key, and whether it is kept when the tab is closed. */
function readKey() {
  try {
    const kept = localStorage.getItem(KEY);
    return { key: sessionStorage.getItem(KEY) ?? kept ?? "", isKept: kept !== null };
  } catch {
    return { key: "", isKept: false };
  }
}

class Store {
  conversations = readAll();
  settings = read(SETTINGS, {});
  /** Set when the browser refuses to keep more. */
  problem = "";
  #key = readKey();

  constructor() {
    // Until November 2026 the key was one of the settings.
    const { key, ...others } = this.settings;
    if (key === undefined) return;
    this.settings = others;
    this.setKey(key, true);
    this.saveSettings();
  }

  get key() { return this.#key.key; }
  get keepsKey() { return this.#key.isKept; }

  #keep(write) {
    try {
      write();
      this.problem = "";
    } catch {
      this.problem = "This browser's storage is full or not allowed: export conversations and delete some.";
    }
  }

  save(conversation) {
    this.#keep(() => localStorage.setItem(PREFIX + conversation.id, JSON.stringify(conversation)));
  }

  saveSettings() {
    this.#keep(() => localStorage.setItem(SETTINGS, JSON.stringify(this.settings)));
  }

  /** Uses `key` from now on: until the tab is closed, or until it is forgotten. */
  setKey(key, isKept) {
    this.#key = { key, isKept };
    this.#keep(() => {
      for (const [storage, value] of [[localStorage, isKept ? key : ""], [sessionStorage, isKept ? "" : key]]) {
        if (value) storage.setItem(KEY, value);
        else storage.removeItem(KEY);
      }
    });
  }

  create() {
    const id = crypto.randomUUID?.() ?? `c${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const conversation = { id, title: "New conversation", changed: Date.now(), messages: [] };
    this.conversations.unshift(conversation);
    return conversation;
  }

  /** Keeps a conversation that was spoken in just now. */
  touch(conversation) {
    conversation.changed = Date.now();
    const first = conversation.messages.find((m) => m.role === "user");
    if (first && !conversation.isNamed) {
      conversation.title = first.content.trim().replace(/\s+/g, " ").slice(0, 60) || "New conversation";
    }
    byTime(this.conversations);
    this.save(conversation);
  }

  rename(conversation, title) {
    if (!title.trim()) return;
    conversation.title = title.trim().slice(0, 200);
    conversation.isNamed = true;
    this.save(conversation);
  }

  remove(conversation) {
    this.conversations = this.conversations.filter((c) => c !== conversation);
    this.#keep(() => localStorage.removeItem(PREFIX + conversation.id));
  }

  /** Forgets conversations, settings and the key. */
  forgetEverything() {
    this.conversations = [];
    this.settings = {};
    this.setKey("", false);
    this.#keep(() => {
      for (const key of Object.keys(localStorage)) if (key.startsWith("chaski.")) localStorage.removeItem(key);
    });
  }

  /** Adds the conversations of an exported file, but none that is older than what is here; returns how many. */
  merge(text) {
    const value = JSON.parse(text);
    const found = (Array.isArray(value) ? value : [value]).filter(isConversation).map(clean);
    if (found.length === 0) throw new TypeError("no conversations");
    for (const one of found) {
      const known = this.conversations.find((c) => c.id === one.id);
      if (known && known.changed > one.changed) continue;
      if (known) Object.assign(known, one);
      else this.conversations.push(one);
      this.save(known ?? one);
      if (this.problem) break;
    }
    byTime(this.conversations);
    return found.length;
  }

  /** Takes over what another tab wrote: the conversation that changed, or null for more than one. */
  adopt({ key, newValue }) {
    if (key === null) this.conversations = readAll();
    if (key === SETTINGS) this.settings = read(SETTINGS, {});
    if (!key?.startsWith(PREFIX)) return null;
    const known = this.conversations.find((c) => PREFIX + c.id === key);
    const value = newValue === null ? null : read(key, null);
    if (!isConversation(value)) {
      this.conversations = this.conversations.filter((c) => c !== known);
    } else if (known) {
      Object.assign(known, clean(value));
    } else {
      this.conversations.push(clean(value));
    }
    byTime(this.conversations);
    return known ?? null;
  }

  // MARK: Versions
  // A message that took another's place knows the others: a list of what followed in each version, it included, and null
  // where the version stands that is shown.

  /** Puts `message` where `index` is; what stood there and after it is a version that can be gone back to. */
  replace(conversation, index, message) {
    const before = conversation.messages.splice(index);
    if (before.length > 0) {
      const { versions = [null] } = before[0];
      delete before[0].versions;
      message.versions = [...versions.map((one) => one ?? before), null];
    }
    conversation.messages.push(message);
  }

  /** Shows version `number` of what begins at `index`. */
  choose(conversation, index, number) {
    const shown = conversation.messages.splice(index);
    const { versions } = shown[0];
    delete shown[0].versions;
    const chosen = versions[number];
    conversation.messages.push(...chosen);
    chosen[0].versions = versions.map((one, place) => place === number ? null : one ?? shown);
    this.touch(conversation);
  }

  /** Takes away the last message, which stayed empty; the version before it takes its place. */
  dropLast(conversation) {
    const { versions = [] } = conversation.messages.pop();
    const others = versions.filter((one) => one !== null);
    if (others.length === 0) return;
    const chosen = others.pop();
    conversation.messages.push(...chosen);
    if (others.length > 0) chosen[0].versions = [...others, null];
  }
}

export const store = new Store();

/** Shows light or dark as the settings say. */
export function applyTheme() {
  if (store.settings.theme) document.documentElement.dataset.theme = store.settings.theme;
  else delete document.documentElement.dataset.theme;
}
