"""What each series of rates is called on pages and in answers."""

from __future__ import annotations

from workers.analyses.result import Message, sentence

LABELS: dict[str, Message] = {
    "lcff_base/TK-3": sentence("LCFF base rate, TK-3"),
    "lcff_base/4-6": sentence("LCFF base rate, 4-6"),
    "lcff_base/7-8": sentence("LCFF base rate, 7-8"),
    "lcff_base/9-12": sentence("LCFF base rate, 9-12"),
    "lcff_adjustment/TK-3": sentence("Grade-span adjustment, TK-3"),
    "lcff_adjustment/9-12": sentence("Grade-span adjustment, 9-12"),
    "lcff_adjustment_percent/TK-3": sentence("Grade-span adjustment in percent of the base rate, TK-3"),
    "lcff_adjustment_percent/9-12": sentence("Grade-span adjustment in percent of the base rate, 9-12"),
    "lcff_supplemental": sentence("Supplemental grant, percent"),
    "lcff_concentration": sentence("Concentration grant, percent"),
    "lcff_threshold": sentence("Unduplicated percentage above which the concentration grant begins"),
    "lcff_tk_add_on": sentence("Add-on for each ADA in transitional kindergarten"),
    "lcff_gap": sentence("Share of the gap that was funded in the years of transition"),
    "cola": sentence("Cost-of-living adjustment on the state formula (LCFF)"),
    "cola_statutory": sentence("Statutory cost-of-living adjustment"),
    "calstrs": sentence("Teachers' pension rate (CalSTRS)"),
    "calpers": sentence("Classified pension rate (CalPERS)"),
    "calstrs_on_behalf": sentence("The state's own payment to CalSTRS for districts"),
    "oasdi": sentence("Social Security (OASDI), employer share"),
    "medicare": sentence("Medicare, employer share"),
    "unemployment_insurance": sentence("State unemployment insurance"),
    "cpi": sentence("California consumer prices"),
    "epa_minimum": sentence("Least Education Protection Account money for each ADA"),
    "lottery_unrestricted": sentence("Lottery for each ADA, unrestricted"),
    "lottery_restricted": sentence("Lottery for each ADA, instructional materials"),
    "mandate_k8": sentence("Mandate block grant for each ADA, K-8"),
    "mandate_9_12": sentence("Mandate block grant for each ADA, 9-12"),
    "elop_rate": sentence("Expanded learning (ELO-P) rate"),
    "elop_threshold": sentence("Unduplicated percentage for the full expanded learning (ELO-P) rate"),
    "elop_minimum": sentence("Least expanded learning (ELO-P) grant"),
    "transportation_reimbursement": sentence("Reimbursed share of home-to-school transportation"),
    "reserve_floor": sentence("Least reserve of a district of at most 1,000 ADA"),
}
