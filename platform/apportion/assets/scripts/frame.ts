// What every page runs. Pages work without it; with it they answer faster. No text for people stands here:
// words come from data attributes that the templates filled from the catalogues.
import htmx from "htmx.org";
import { watchCharts } from "./charts-loader";
import { watchDrawer } from "./drawer";
import { watchDrops } from "./drop";
import { watchMenus } from "./menus";
import { watchPasskeys } from "./passkeys";
import { watchTables } from "./tables";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;

const csrf = document.body.dataset.csrf;
document.body.addEventListener("htmx:configRequest", (event) => {
  const detail = (event as CustomEvent<{ headers: Record<string, string>; verb: string }>).detail;
  if (csrf && detail.verb !== "get") detail.headers["X-CSRFToken"] = csrf;
});

// A button shows at once that it was pressed, and a form is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  const button = (event as SubmitEvent).submitter as HTMLButtonElement | null;
  if (event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  button?.classList.add("is-busy");
  button?.setAttribute("aria-busy", "true");
  // A download leaves the page where it is; the form can be used again.
  window.setTimeout(() => {
    delete form.dataset.sent;
    button?.classList.remove("is-busy");
    button?.removeAttribute("aria-busy");
  }, 4000);
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
});

function start(root: ParentNode): void {
  watchTables(root);
  watchDrops(root);
  watchCharts(root);
}

watchMenus();
watchDrawer();
watchPasskeys();
start(document);
document.body.addEventListener("htmx:load", (event) => start(event.target as HTMLElement));
document.querySelector<HTMLElement>("[data-focus]")?.focus();
