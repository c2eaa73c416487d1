// The one menu of a phone, and boxes that close when one looks elsewhere.
export function watchMenus(): void {
  const opener = document.querySelector<HTMLAnchorElement>("[data-menu]");
  const spine = document.getElementById("spine") ?? document.querySelector<HTMLElement>(".hd-nav");
  if (opener && spine) {
    opener.setAttribute("role", "button");
    const toggle = (event: Event): void => {
      event.preventDefault();
      const open = spine.classList.toggle("is-open");
      opener.setAttribute("aria-expanded", String(open));
      if (open) spine.querySelector<HTMLElement>("a")?.focus();
    };
    opener.addEventListener("click", toggle);
    opener.addEventListener("keydown", (event) => {
      if (event.key === " ") toggle(event);
    });
  }
  // "/" goes to the search and "?" opens the help, as both say; not while somebody writes.
  document.addEventListener("keydown", (event) => {
    if (!["/", "?"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target as HTMLElement;
    if (at.isContentEditable || at.closest("input, textarea, select")) return;
    if (event.key === "?") {
      document.querySelector<HTMLElement>("[data-help]")?.click();
      return;
    }
    const field = document.querySelector<HTMLInputElement>("[data-find]");
    if (!field || !field.getClientRects().length) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  const boxes = "details.who, details.confirm";
  document.addEventListener("click", (event) => {
    for (const box of document.querySelectorAll<HTMLDetailsElement>(`:is(${boxes})[open]`)) {
      if (!box.contains(event.target as Node)) box.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const box of document.querySelectorAll<HTMLDetailsElement>(`:is(${boxes})[open]`)) {
      box.open = false;
      box.querySelector("summary")?.focus();
    }
  });
}
