// Loads the chart engine only on pages that have a chart, and only when one comes near the screen.
export function watchCharts(root: ParentNode): void {
  const places = [...root.querySelectorAll<HTMLElement>("[data-spec]:not([data-seen])")];
  if (!places.length) return;
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        void draw(entry.target as HTMLElement);
      }
    },
    { rootMargin: "400px" },
  );
  for (const place of places) {
    place.dataset.seen = "1";
    seen.observe(place);
  }
}

// A drawing that came with the page serves where its letters have nearly their own size.
const NEARLY = 0.18;

function served(place: HTMLElement): boolean {
  for (const still of place.querySelectorAll<SVGSVGElement>(".still svg")) {
    const shown = still.getBoundingClientRect().width;
    const drawn = still.viewBox.baseVal.width;
    if (shown && drawn && Math.abs(shown / drawn - 1) <= NEARLY) return true;
  }
  return false;
}

async function draw(place: HTMLElement): Promise<void> {
  if (served(place)) return;
  const source = document.getElementById(place.dataset.spec ?? "");
  const address = document.body.dataset.charts;
  if (!source || !address) return;
  try {
    const engine = (await import(address)) as typeof import("./charts");
    await engine.draw(place, JSON.parse(source.textContent ?? "{}"));
  } catch (error) {
    // The table says the same; it opens where the picture fails.
    if (place.querySelector(".still")) return;
    place.hidden = true;
    place.closest("figure")?.querySelector("details")?.setAttribute("open", "");
    console.error(error);
  }
}
