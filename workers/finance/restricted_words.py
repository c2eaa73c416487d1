"""What restricted money is for, and what an account code can't show of it."""

from __future__ import annotations

from workers.analyses.result import Message, sentence

PURPOSES: dict[str, Message] = {
    "2600": sentence("expanded learning outside the school day and between sessions, for TK to grade 6"),
    "3010": sentence("extra help for pupils of schools with many low-income families"),
    "3310": sentence("the excess cost of special education and related services"),
    "3327": sentence("the excess cost of mental health services in special education"),
    "4127": sentence("a well-rounded education, safe and healthy students, and effective use of technology"),
    "4203": sentence("language programs for English learners and their teachers' training"),
    "5310": sentence("running and improving the school food service, not land or buildings"),
    "5640": sentence("health and social services for children and families"),
    "6010": sentence("before and after school programs of tutoring and enrichment"),
    "6053": sentence("planning and starting prekindergarten: staff, training, materials"),
    "6266": sentence("professional learning of teachers, administrators, aides and classified staff"),
    "6300": sentence("instructional materials for pupils and their teachers"),
    "6332": sentence("integrated supports, family engagement and coordination in community schools"),
    "6387": sentence("career technical education programs"),
    "6500": sentence("special education programs and nothing else"),
    "6546": sentence("mental health services for pupils with or without an education program of their own"),
    "6762": sentence("training and materials in named subjects, library books, operational costs"),
    "6770": sentence("arts education beyond what there was"),
    "7399": sentence("evidence-based services at the schools that generate the money"),
    "7412": sentence("access to and completion of courses that universities ask for (A-G)"),
    "7413": sentence("making up courses that universities ask for (A-G)"),
    "7435": sentence("learning time, closing learning gaps, and pupils' and staff's well-being"),
    "7690": sentence("the state's own pension payments, which net to zero and hold no money to spend"),
    "8150": sentence("ongoing and major maintenance of school buildings"),
}

CONDITIONS: dict[str, Message] = {
    "outside_school_day": sentence("Only outside instructional time."),
    "tk_to_6": sentence("Only for pupils of TK to grade 6."),
    "title_i_schools": sentence("Only at schools served by Title I, as their plan says."),
    "excess_cost": sentence("Only after the district's minimum spending for each pupil; no capital outlay."),
    "mental_health": sentence("Only mental health services."),
    "needs_assessment": sentence("Only for needs that a needs assessment found."),
    "english_learners": sentence("Only for English learners."),
    "three_months_of_cash": sentence(
        "The food service may hold no more than three months of spending in cash."
    ),
    "collaborative": sentence("Only as the local collaborative has decided."),
    "direct_services_85": sentence("At least 85% must be direct services to pupils at the school sites."),
    "last_day_of_grant": sentence("Check the last day of the grant, which was not read."),
    "professional_learning_plan": sentence("Only as the plan says that the board adopted."),
    "for_pupils_use": sentence("Only materials that pupils and their teachers use to learn."),
    "grant_schools": sentence("Only at the schools of the grant."),
    "match_two_to_one": sentence("Two dollars of other money must match each dollar."),
    "local_plan": sentence("Only as the local plan for special education says."),
    "board_plan": sentence("Only as the plan says that the board approved."),
    "arts_programs": sentence("Only arts education."),
    "arts_staff_80": sentence("In districts of 500 or more pupils at least 80% must employ staff."),
    "generating_schools": sentence("Only at the schools that generate the money."),
    "a_g": sentence("Only for A-G courses in grades 9 to 12."),
    "evidence_based": sentence("Only actions with evidence for them."),
    "in_lcap": sentence("From 2025-26 on, only as an action of the LCAP."),
    "school_buildings": sentence("Only maintenance, not the daily operation of the buildings."),
}

CODES_ARE_A_READING = sentence(
    "Account codes are a reading of each rule, to be confirmed; what a code can't show stands as a condition."
)
