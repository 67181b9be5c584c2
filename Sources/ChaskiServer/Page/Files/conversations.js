// Owns: the list of conversations: finding, opening, renaming and deleting them, export and import.

import { isRunning, stop } from "./answers.js";
import { button } from "./messages.js";
import { store } from "./store.js";

const $ = (id) => document.getElementById(id);

export class ConversationList {
  #current = null;
  #show;
  #say;

  /** `show` opens a conversation, or none; `say` tells something. */
  constructor(show, say) {
    this.#show = show;
    this.#say = say;
    $("search").addEventListener("input", () => this.draw(this.#current));
    $("export").addEventListener("click", () => this.#export());
    $("import").addEventListener("change", (event) => this.#import(event.target));
  }

  /** Draws the list anew; the focus stays where it is. */
  draw(current) {
    this.#current = current;
    const list = $("conversations");
    // A name that is being written is not taken away.
    if (list.querySelector("input")) return;
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    const words = $("search").value.trim().toLowerCase();
    const has = (text) => text.toLowerCase().includes(words);
    list.replaceChildren(...store.conversations
      .filter((one) => !words || has(one.title) || one.messages.some((message) => has(message.content)))
      .map((one) => this.#item(one)));
    if (focused) [...list.querySelectorAll("button")].find((node) => node.dataset.place === focused)?.focus();
  }

  #item(conversation) {
    const item = document.createElement("li");
    const { title, id } = conversation;
    const open = button(title, () => this.#show(conversation), `Open ${title}`);
    open.className = "title";
    open.dir = "auto";
    open.title = title;
    if (conversation === this.#current) open.setAttribute("aria-current", "true");
    if (isRunning(conversation)) item.className = "busy";
    const rename = button("\u270e\ufe0e", () => this.#rename(item, conversation), `Rename ${title}`);
    const remove = button("\u00d7", () => this.#remove(conversation), `Delete ${title}`);
    [open, rename, remove].forEach((node, index) => { node.dataset.place = `${id} ${index}`; });
    item.append(open, rename, remove);
    return item;
  }

  #rename(item, conversation) {
    const box = document.createElement("input");
    box.value = conversation.title;
    box.maxLength = 200;
    box.dir = "auto";
    box.setAttribute("aria-label", "New name");
    const end = (isKept) => {
      if (!box.isConnected) return;
      const hadFocus = document.activeElement === box;
      if (isKept) store.rename(conversation, box.value);
      item.replaceChildren();
      this.draw(this.#current);
      if (hadFocus) document.querySelector(`[data-place="${CSS.escape(`${conversation.id} 1`)}"]`)?.focus();
    };
    box.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.stopPropagation();
      event.preventDefault();
      end(event.key === "Enter");
    });
    box.addEventListener("blur", () => end(true));
    item.replaceChildren(box);
    box.select();
  }

  #remove(conversation) {
    if (!confirm(`Delete “${conversation.title}”?`)) return;
    stop(conversation);
    store.remove(conversation);
    if (conversation === this.#current) this.#show(store.conversations[0] ?? null);
    else this.draw(this.#current);
    $("new").focus();
    this.#say("Deleted.");
  }

  #export() {
    const file = new Blob([JSON.stringify(store.conversations, null, 1)], { type: "application/json" });
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(file);
    anchor.download = "chaski-conversations.json";
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 1000);
  }

  async #import(field) {
    const [file] = field.files;
    if (!file) return;
    try {
      const count = store.merge(await file.text());
      this.#show(store.conversations[0] ?? null);
      this.#say(store.problem || `${count} conversations imported.`, store.problem !== "");
    } catch {
      this.#say("This file is not an export of conversations.", true);
    }
    field.value = "";
  }
}
