// Draws a Vega-Lite specification without evaluating code, as the content security policy asks.
import embed, { type VisualizationSpec } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";

type Sized = VisualizationSpec & { width?: number | "container" | { step: number }; autosize?: unknown };

export async function draw(place: HTMLElement, spec: Sized): Promise<void> {
  const fitted = typeof spec.width === "number" ? { ...spec, width: "container" as const } : spec;
  const said = place.getAttribute("aria-label");
  await document.fonts.ready;
  await embed(place, fitted as VisualizationSpec, {
    mode: "vega-lite",
    renderer: "svg",
    actions: false,
    ast: true,
    expr: expressionInterpreter,
    tooltip: false,
    defaultStyle: false,
  });
  // The figure's own text says what the picture shows; the picture's parts stay silent.
  place.querySelector("svg")?.setAttribute("aria-hidden", "true");
  place.setAttribute("role", "img");
  place.removeAttribute("aria-roledescription");
  if (said) place.setAttribute("aria-label", said);
}
