// The picker: every figure, table and chart of the plan, found by typing and put in with Enter.
import type { Face } from "./surface";
import { say } from "./keep";

export type Kind = "figure" | "table" | "chart";
interface Exhibit {
  kind: "table" | "chart";
  key: string;
  label: string;
}
interface Found {
  figures: Face[];
  exhibits: Exhibit[];
  more: number;
}

const root = document.getElementById("ed");
const box = document.getElementById("ed-pick") as HTMLDialogElement | null;
const field = document.getElementById("ed-find") as HTMLInputElement | null;
const list = document.getElementById("ed-list");
const style = document.getElementById("ed-style") as HTMLSelectElement | null;

let kind: Kind = "figure";
let items: (Face | Exhibit)[] = [];
let at = 0;
let asked = 0;
let answered = 0;
let entered = false; // Enter came before the answer: the first that is found goes in
let done: (kind: Kind, item: Face | Exhibit, style: string) => void = () => undefined;

function show(): void {
  if (!box || !list || !field) return;
  list.replaceChildren(
    ...items.map((item, index) => {
      const line = document.createElement("li");
      line.id = `ed-found-${index}`;
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(index === at));
      line.append(Object.assign(document.createElement("span"), { textContent: item.label }));
      if ("printed" in item) {
        const printed = item.printed[document.documentElement.lang] ?? {};
        line.append(
          Object.assign(document.createElement("small"), { textContent: item.year }),
          Object.assign(document.createElement("b"), { textContent: printed[style?.value ?? ""] ?? printed[""] ?? "" }),
        );
      }
      line.addEventListener("click", () => choose(index));
      return line;
    }),
  );
  field.setAttribute("aria-activedescendant", items.length ? `ed-found-${at}` : "");
  list.children[at]?.scrollIntoView({ block: "nearest" });
  const count = box.querySelector("[data-count]");
  if (count) count.textContent = items.length ? say("found", String(items.length)) : say("none");
  for (const button of box.querySelectorAll<HTMLElement>("[data-kind]")) button.setAttribute("aria-pressed", String(button.dataset.kind === kind));
  box.querySelector<HTMLElement>("[data-style-choice]")!.hidden = kind !== "figure";
}

async function find(): Promise<void> {
  const number = ++asked;
  const count = box?.querySelector("[data-count]");
  if (count) count.textContent = say("looking");
  const address = new URL(root?.dataset.picker ?? "", location.href);
  address.searchParams.set("find", field?.value ?? "");
  const answer = await fetch(address, { headers: { "X-Picker": "1" } });
  if (number !== asked || !answer.ok || answer.redirected) return;
  const found = (await answer.json()) as Found;
  answered = number;
  items = kind === "figure" ? found.figures : found.exhibits.filter((each) => each.kind === kind);
  at = 0;
  show();
  if (entered) choose(0);
}

function choose(index: number): void {
  const item = items[index];
  entered = false;
  if (!item) return;
  box?.close();
  done(kind, item, kind === "figure" ? (style?.value ?? "") : "");
}

export function pick(wanted: Kind, then: typeof done): void {
  if (!box || !field) return;
  kind = wanted;
  done = then;
  field.value = "";
  items = [];
  entered = false;
  show();
  box.showModal();
  field.focus();
  void find();
}

export function watchPicker(): void {
  if (!box || !field) return;
  let waiting = 0;
  field.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => {
      waiting = 0;
      void find();
    }, 120);
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) {
      event.preventDefault();
      at = Math.max(0, Math.min(items.length - 1, at + step));
      show();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (answered === asked && !waiting) choose(at);
      else entered = true;
    }
  });
  style?.addEventListener("change", show);
  for (const button of box.querySelectorAll<HTMLElement>("[data-kind]")) {
    // Tables and charts are for whoever may add passages; the page offers no button for them elsewhere.
    button.hidden = button.dataset.kind !== "figure" && !root?.dataset.add;
    button.addEventListener("click", () => {
      kind = button.dataset.kind as Kind;
      void find();
      field.focus();
    });
  }
}
