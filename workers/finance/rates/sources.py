"""Where the rates come from, in words for people; the data files name these by key."""

from __future__ import annotations

from workers.analyses.result import Message, sentence

SOURCES: dict[str, Message] = {
    "state_rates": sentence("The state's rates for the local control funding formula (LCFF)"),
    "cola_page": sentence("Department of Education, page of LCFF cost-of-living adjustments"),
    "gap_page": sentence("Department of Education, LCFF gap funding as certified at P-2"),
    "snapshot_2015": sentence("Department of Education, LCFF funding snapshot of February 2015"),
    "booklet_2014": sentence("Education Trust, funding formula booklet of 2014"),
    "booklet_split": sentence(
        "Adjusted rate of the Education Trust's booklet of 2014; its split into base and adjustment is to be "
        "confirmed"
    ),
    "chain": sentence(
        "Rolled from the 2013-14 rates by the cost-of-living adjustments and the state's rounding; to be "
        "confirmed"
    ),
    "offering_2022": sentence("State funding table in a district's bond documents of March 2022"),
    "offering_2023": sentence("State funding table in a district's bond documents of December 2023"),
    "offering_2025": sentence("State funding table in a district's bond documents of May 2025"),
    "offering_2026": sentence("State funding table in a district's bond documents of March 2026"),
    "adopted_2023": sentence("Rate printed in a district's adopted budget of June 2023"),
    "tk_back": sentence("The 2023-24 rate taken back by that year's adjustment; to be confirmed"),
    "planning_2025": sentence("Planning rates of June 2025, as printed in a district's adopted budget"),
    "analyst_table": sentence("Table of the state's Legislative Analyst"),
    "analyst_2026": sentence("Projection of the state's Legislative Analyst, January 2026"),
    "governor_2026": sentence("Governor's budget of January 2026, in a table of the Legislative Analyst"),
    "adopted_budget": sentence("Rate printed in a district's adopted budget of that year"),
    "calpers_circular": sentence("CalPERS circular letter 200-027-25"),
    "calpers_page": sentence("CalPERS, page of employer contributions"),
    "audit_note": sentence("Note of an audit report printed with a district's adopted budget of June 2025"),
    "interim_2024": sentence("Rates printed in a district's first interim report of 2024-25"),
    "elop": sentence("Department of Education, funding profile of the expanded learning program (ELO-P)"),
    "form_01cs": sentence("The state's criteria and standards form (01CS) of 2025-26"),
    "earlier_bands": sentence(
        "The 2025-26 form's bands; earlier forms drew the last line at 400,000 pupils, to be confirmed"
    ),
    "rule_back": sentence("The 2025-26 amount taken back by the state's rule; to be confirmed"),
    "rule_on": sentence("The 2025-26 amount carried on by the state's rule; to be confirmed"),
    "general": sentence("General knowledge of the field; to be confirmed"),
    "local": sentence("A usual value to start from; your district's own replaces it"),
    "entered": sentence("Entered by your district"),
}
