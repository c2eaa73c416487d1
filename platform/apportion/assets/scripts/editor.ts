// The plan's editor. The page works without it as plain forms; with it a passage is written as it will read, figures
// go in at the cursor, and unsent words are safe. No text for people stands here.
import { paragraph, resume, say, tell, watchKeeping } from "./keep";
import { type Kind, pick, watchPicker } from "./picker";
import { type Face, type Faces, Surface } from "./surface";
import { watchTalk } from "./talk";

interface Tried {
  pages: Record<string, string>;
  loose: string[];
  problems: string[];
  words: number;
  faces: Record<string, Face>;
}

const root = document.getElementById("ed");
const csrf = document.body.dataset.csrf ?? "";
const faces: Faces = new Map(Object.entries(JSON.parse(document.getElementById("ed-faces")?.textContent ?? "{}") as Record<string, Face>));
let active: { form: HTMLFormElement; surface: Surface } | null = null;

function enhance(form: HTMLFormElement): void {
  if (form.dataset.ready) return;
  form.dataset.ready = "1";
  const chosen = form.querySelector<HTMLSelectElement>("select[name=kind]");
  const kind = (): string => chosen?.value ?? form.dataset.kind ?? "paragraph";
  const surfaces = [...form.querySelectorAll<HTMLTextAreaElement>("textarea[name^=text]")].map((field) => {
    const language = field.name === "text_es" ? "es" : "en";
    const surface: Surface = new Surface(field, kind, language, faces, () => tell(form, paragraph(say("bound"), "warn")), {
      "Mod-;": () => insert("figure"),
      "Mod-Enter": () => form.requestSubmit(),
      Escape: () => leave(form),
    });
    field.addEventListener("change", () => surface.reload()); // something else wrote into it
    field.previousElementSibling?.addEventListener("focusin", () => {
      active = { form, surface };
      show(form, language);
    });
    return surface;
  });
  form.querySelectorAll<HTMLElement>("[data-tools]").forEach((tools) => (tools.hidden = false));
  form.querySelectorAll<HTMLElement>("[data-mark]").forEach((button) => {
    button.addEventListener("click", () => (active?.form === form ? active.surface : surfaces[0])?.mark(button.dataset.mark as "strong" | "em"));
  });
  form.querySelectorAll<HTMLButtonElement>("[data-swap]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => swap(form, button));
  });
  chosen?.addEventListener("change", () => surfaces.forEach((surface) => surface.reload()));
  let waiting = 0;
  form.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void attempt(form, surfaces), 350);
  });
  if ("mine" in form.dataset) void attempt(form, surfaces);
}

// Of a sentence that two wrote anew, the other's words take the place of one's own, and back.
function swap(form: HTMLFormElement, button: HTMLButtonElement): void {
  const field = form.elements.namedItem(button.dataset.swap === "es" ? "text_es" : "text");
  if (!(field instanceof HTMLTextAreaElement)) return;
  const plain = (text: string | undefined): string => (text ?? "").trim();
  const [mine, theirs] = [plain(button.dataset.mine), plain(button.dataset.theirs)];
  if (!field.value.includes(mine)) return;
  field.value = field.value.replace(mine, () => theirs);
  field.dispatchEvent(new Event("change"));
  button.disabled = true;
}

function leave(form: HTMLFormElement): void {
  const box = form.closest("details");
  if (!box) return;
  box.open = false;
  box.querySelector<HTMLElement>("summary")?.focus();
}

function printOf(form: HTMLFormElement): HTMLElement | null {
  return form.closest("[data-block]")?.querySelector<HTMLElement>("[data-print]") ?? null;
}

const tries = new WeakMap<HTMLFormElement, Tried>();

// The passage above the field shows what is being written, in the language that is being written.
function show(form: HTMLFormElement, language: string): void {
  const place = printOf(form);
  const tried = tries.get(form);
  if (!place || !tried) return;
  place.innerHTML = tried.pages[language] ?? "";
  place.lang = language;
  place.classList.add("is-trying");
  place.dataset.label = say("trying");
}

async function attempt(form: HTMLFormElement, surfaces: Surface[]): Promise<void> {
  const body = new FormData(form);
  const answer = await fetch(root?.dataset.try ?? "", { method: "POST", body, headers: { "X-CSRFToken": csrf } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return; // keeping the passage says what is wrong
  const tried = (await answer.json()) as Tried;
  tries.set(form, tried);
  // Words that waited on the device may name figures that this page did not have.
  const unknown = Object.values(tried.faces).filter((face) => !faces.has(face.key));
  for (const face of unknown) faces.set(face.key, face);
  if (unknown.length) for (const surface of surfaces) surface.reload();
  show(form, active?.form === form ? active.surface.language : "en");
  const count = form.querySelector("[data-words]");
  if (count) count.textContent = say("words", String(tried.words));
  for (const surface of surfaces) surface.underline(tried.loose);
  const lines = tried.loose.map((number) => looseLine(number, surfaces));
  const others = tried.problems.filter((said) => !tried.loose.some((number) => said.includes(number)));
  tell(form, ...lines, ...others.map((said) => paragraph(said, "bad")));
}

// A typed number has two ways out: the figure in its place, or one's own word for it.
function looseLine(number: string, surfaces: Surface[]): HTMLElement {
  const line = paragraph(`${say("loose", number)} `, "bad");
  const button = (text: string, act: (surface: Surface) => void): HTMLButtonElement => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "btn sm", textContent: text });
    made.addEventListener("click", () => surfaces.forEach(act));
    return made;
  };
  line.append(
    button(say("insert"), (surface) => {
      if (!surface.field.value.includes(number) || !surface.replaceLoose(number, false)) return;
      active = { form: surface.field.form!, surface };
      insert("figure");
    }),
    button(say("stated"), (surface) => void surface.replaceLoose(number, true)),
  );
  return line;
}

function insert(kind: Kind): void {
  if (kind === "figure" && !active) {
    const first = document.querySelector<HTMLDetailsElement>("[data-block] details.ed-f:has(form[data-write])");
    if (!first) return;
    first.open = true;
    enhance(first.querySelector<HTMLFormElement>("form[data-write]")!);
  }
  const target = active;
  pick(kind, (chosen, item, style) => {
    if (chosen === "figure" && "printed" in item) {
      faces.set(item.key, item);
      target?.surface.insert(item.key, style);
    } else void add(chosen, item.key, target?.form ?? null);
  });
}

// A table or chart stands behind the passage that is being written, whose unsent words stay as they are.
async function add(kind: Kind, key: string, form: HTMLFormElement | null): Promise<void> {
  const body = new FormData();
  body.set("kind", kind);
  body.set("reference", key);
  const after = form?.closest<HTMLElement>("[data-block]")?.dataset.block;
  if (after) body.set("after", after);
  const answer = await fetch(root?.dataset.add ?? "", { method: "POST", body, headers: { "X-CSRFToken": csrf, "X-Keep": "1" } }).catch(() => null);
  const said = answer?.ok && !answer.redirected ? ((await answer.json()) as { address?: string }) : null;
  if (said?.address) resume(form, said.address);
  else if (form) tell(form, paragraph(say("offline"), "bad"));
}

function watchForms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-write]")) {
    const box = form.closest("details");
    if (!box || box.open) enhance(form);
    box?.addEventListener("toggle", () => {
      if (!box.open) return;
      enhance(form);
      if (!box.querySelector("[data-kept-here]:not([hidden])")) form.querySelector<HTMLElement>(".ed-words")?.focus();
    });
  }
}

document.addEventListener("click", (event) => {
  const target = event.target as HTMLElement;
  const opener = target.closest<HTMLElement>("[data-open]");
  const picking = target.closest<HTMLElement>("[data-pick]");
  if (opener) {
    event.preventDefault();
    const box = document.getElementById(opener.dataset.open ?? "")?.querySelector<HTMLDetailsElement>("details.ed-f");
    if (box) box.open = true;
  } else if (picking) {
    event.preventDefault();
    insert(picking.dataset.pick as Kind);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === ";" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    if (!(event.target as HTMLElement).closest(".ed-words")) insert("figure");
  }
});

watchPicker();
watchForms();
watchKeeping();
watchTalk();
document.querySelectorAll<HTMLElement>(".ed-help [data-tools]").forEach((help) => (help.hidden = false));
