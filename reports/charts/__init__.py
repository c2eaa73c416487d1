"""Charts as Vega-Lite: one theme for page and print, specifications for each analysis beside it."""
