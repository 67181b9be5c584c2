// Owns: conversations and settings, kept in this browser. Does not own: how they are shown.

const CONVERSATIONS = "chaski.conversations";
const SETTINGS = "chaski.settings";

function read(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Whether a conversation from a file has the shape that this page writes. */
function isConversation(value) {
  return typeof value?.id === "string" && typeof value.title === "string" && Array.isArray(value.messages)
    && value.messages.every((m) => ["user", "assistant"].includes(m?.role) && typeof m.content === "string");
}

function clean(value) {
  return {
    id: value.id.slice(0, 100),
    title: value.title.slice(0, 200),
    changed: Number(value.changed) || 0,
    messages: value.messages.map((m) => ({
      role: m.role,
      content: m.content,
      ...(typeof m.reasoning === "string" ? { reasoning: m.reasoning } : {}),
      ...(typeof m.figures === "string" ? { figures: m.figures } : {}),
    })),
  };
}

/** Shows light or dark as the settings say. */
export function applyTheme() {
  if (store.settings.theme) document.documentElement.dataset.theme = store.settings.theme;
  else delete document.documentElement.dataset.theme;
}

export const store = {
  conversations: read(CONVERSATIONS, []).filter(isConversation),
  settings: read(SETTINGS, {}),
  /** Set when the browser refuses to keep more. */
  problem: "",

  save() {
    try {
      localStorage.setItem(CONVERSATIONS, JSON.stringify(this.conversations));
      localStorage.setItem(SETTINGS, JSON.stringify(this.settings));
      this.problem = "";
    } catch {
      this.problem = "This browser's storage is full: export conversations and delete some.";
    }
  },

  create() {
    const conversation = { id: crypto.randomUUID?.() ?? `c${Date.now()}`, title: "New conversation", changed: Date.now(), messages: [] };
    this.conversations.unshift(conversation);
    return conversation;
  },

  touch(conversation) {
    conversation.changed = Date.now();
    const first = conversation.messages.find((m) => m.role === "user");
    if (first) conversation.title = first.content.trim().replace(/\s+/g, " ").slice(0, 60) || "New conversation";
    this.conversations = [conversation, ...this.conversations.filter((c) => c !== conversation)];
    this.save();
  },

  remove(conversation) {
    this.conversations = this.conversations.filter((c) => c !== conversation);
    this.save();
  },

  /** Adds the conversations of an exported file; returns how many. */
  merge(text) {
    const value = JSON.parse(text);
    const found = (Array.isArray(value) ? value : [value]).filter(isConversation).map(clean);
    const known = new Set(found.map((c) => c.id));
    this.conversations = [...found, ...this.conversations.filter((c) => !known.has(c.id))]
      .sort((a, b) => b.changed - a.changed);
    this.save();
    return found.length;
  },
};
