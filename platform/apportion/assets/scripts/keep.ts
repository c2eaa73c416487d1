// Nothing that a person wrote is lost: words of every form marked data-keep stay on the device until the plan has
// them, are offered again after a crash, without a connection or once signed out, and leaving with them asks.
const STORE = "apportion-unsent:";
const RESUME = "apportion-resume";
const PLACE = "apportion-place";

interface Kept {
  values: Record<string, string>;
  at: string;
  section: string;
  action: string;
}

const root = document.getElementById("ed");
const prefix = `${STORE}${root?.dataset.keepIn ?? ""}/`;
let leaving = false;

export function say(name: string, value = ""): string {
  return (root?.getAttribute(`data-say-${name}`) ?? "").replace("#", value);
}

type Field = HTMLTextAreaElement | HTMLInputElement;

function fields(form: HTMLFormElement): Field[] {
  return [...form.querySelectorAll<Field>("textarea[name], input.usa-input[name], input[name=quotation], input[name=start]")];
}

function forms(): HTMLFormElement[] {
  return [...document.querySelectorAll<HTMLFormElement>("form[data-keep]")];
}

// A browser that keeps nothing lets the forms work all the same.
function stored(key: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(prefix + key) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

function store(key: string, kept: Kept | null): void {
  try {
    if (kept) localStorage.setItem(prefix + key, JSON.stringify(kept));
    else localStorage.removeItem(prefix + key);
  } catch {
    root?.removeAttribute("data-keep-in");
  }
}

function isUnsent(form: HTMLFormElement): boolean {
  const written = fields(form).filter((field) => field.type !== "hidden");
  return "mine" in form.dataset || written.some((field) => field.value !== field.defaultValue);
}

function hold(form: HTMLFormElement): void {
  const key = form.dataset.keep ?? "";
  const values = Object.fromEntries(fields(form).map((field) => [field.name, field.value]));
  const section = root?.dataset.section ?? "";
  store(key, isUnsent(form) ? { values, section, at: new Date().toISOString(), action: form.action } : null);
}

// What is said of a form: that its words wait here, what it lacks, where to sign in.
export function tell(form: HTMLFormElement, ...parts: (string | globalThis.Node)[]): void {
  const place = form.querySelector<HTMLElement>("[data-said]");
  place?.replaceChildren(...parts.map((part) => (typeof part === "string" ? paragraph(part) : part)));
}

export function paragraph(text: string, kind = ""): HTMLParagraphElement {
  return Object.assign(document.createElement("p"), { textContent: text, className: kind });
}

function fill(form: HTMLFormElement, kept: Kept): void {
  for (const field of fields(form)) {
    if (!(field.name in kept.values)) continue;
    field.value = kept.values[field.name];
    field.dispatchEvent(new Event("change"));
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function offer(form: HTMLFormElement): void {
  const key = form.dataset.keep ?? "";
  const kept = stored(key);
  if (!kept || fields(form).every((field) => (kept.values[field.name] ?? "") === field.value)) return;
  const box = form.closest("details");
  if (box) box.open = true;
  form.hidden = false;
  const note = form.querySelector<HTMLElement>("[data-kept-here]");
  const resumed = sessionStorage.getItem(RESUME) === key;
  if (!note || resumed) {
    // A comment's field was empty; a passage is taken up by itself only after its own page asked for that.
    if (form.id === "new-comment") form.action = kept.action;
    fill(form, kept);
    sessionStorage.removeItem(RESUME);
    return;
  }
  const when = note.querySelector("time");
  if (when) {
    when.dateTime = kept.at;
    when.textContent = new Date(kept.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  }
  note.hidden = false;
  note.querySelector("[data-take-up]")?.addEventListener("click", () => {
    fill(form, kept);
    note.hidden = true;
  });
  note.querySelector("[data-drop-words]")?.addEventListener("click", () => {
    store(key, null);
    note.hidden = true;
  });
}

// Words that wait in other sections of this plan are said at the top, with the way there.
function offerElsewhere(): void {
  const note = document.querySelector<HTMLElement>("[data-elsewhere]");
  const places = note?.querySelector("[data-places]");
  if (!note || !places) return;
  const sections = new Set<string>();
  for (let index = 0; index < localStorage.length; index += 1) {
    const name = localStorage.key(index) ?? "";
    if (name.startsWith(prefix)) sections.add(stored(name.slice(prefix.length))?.section ?? "");
  }
  sections.delete(root?.dataset.section ?? "");
  for (const section of sections) {
    const link = [...document.querySelectorAll<HTMLAnchorElement>(".outl a")].find((each) => new URL(each.href).searchParams.get("section") === section);
    if (!link) continue;
    if (places.childNodes.length) places.append(", ");
    places.append(Object.assign(document.createElement("a"), { href: link.href, textContent: link.textContent }));
    note.hidden = false;
  }
}

export function go(address: string): void {
  leaving = true;
  const target = new URL(address, location.href);
  if (target.pathname + target.search !== location.pathname + location.search) {
    location.assign(target);
    return;
  }
  sessionStorage.setItem(PLACE, target.hash);
  location.reload();
}

// After a page came again, its reader is where the words went.
function arrive(): void {
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (!place) return;
  const block = document.getElementById(place.slice(1));
  block?.scrollIntoView({ block: "nearest" });
  block?.querySelector<HTMLElement>("summary")?.focus({ preventScroll: true });
}

// Opens the page again with this form's unsent words in it.
export function resume(form: HTMLFormElement | null, address: string): void {
  if (form) {
    hold(form);
    sessionStorage.setItem(RESUME, form.dataset.keep ?? "");
  }
  go(address);
}

async function send(form: HTMLFormElement, button: HTMLElement | null): Promise<void> {
  if (form.dataset.sent) return;
  hold(form);
  form.dataset.sent = "1";
  button?.classList.add("is-busy");
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Keep": "1" } });
    await heard(form, answer);
  } catch {
    tell(form, paragraph(say("offline"), "bad"));
  } finally {
    delete form.dataset.sent;
    button?.classList.remove("is-busy");
    button?.removeAttribute("aria-busy");
  }
}

async function heard(form: HTMLFormElement, answer: Response): Promise<void> {
  if (answer.ok && (answer.headers.get("content-type") ?? "").includes("json")) {
    store(form.dataset.keep ?? "", null);
    go(((await answer.json()) as { address: string }).address);
  } else if (new URL(answer.url).pathname === new URL(root?.dataset.signIn ?? "/", location.href).pathname) {
    const link = Object.assign(document.createElement("a"), { href: root?.dataset.signIn ?? "/", textContent: say("sign-in") });
    tell(form, paragraph(say("signed-out"), "bad"), link);
    leaving = true;
  } else {
    leaving = true;
    form.submit(); // the page that answers shows both texts, or says what they lack; the words stay here
  }
}

export function watchKeeping(): void {
  arrive();
  for (const form of forms()) offer(form);
  offerElsewhere();
  document.addEventListener("input", (event) => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("form[data-keep]");
    if (form) hold(form);
  });
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      if (!("keep" in form.dataset)) return;
      event.preventDefault();
      void send(form, (event as SubmitEvent).submitter);
    },
    { capture: true },
  );
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && forms().some(isUnsent)) event.preventDefault();
  });
}
