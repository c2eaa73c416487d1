"""Words of the pages about people: fields, groups, kinds and states."""

from __future__ import annotations

from tenants.language import N_

FIELDS = {
    "position": N_("Position number"),
    "title": N_("Title"),
    "fiscal_year": N_("Fiscal year"),
    "site": N_("Site"),
    "site_name": N_("Name of the site"),
    "program": N_("Program"),
    "group": N_("Group"),
    "member_class": N_("Retirement system"),
    "notice_group": N_("Notice group"),
    "fte": N_("Full-time equivalent (FTE)"),
    "vacant": N_("Vacant"),
    "fund": N_("Fund"),
    "resource": N_("Resource"),
    "goal": N_("Goal"),
    "function": N_("Function"),
    "object": N_("Object"),
    "percent": N_("Per cent paid by this row"),
    "employee": N_("Employee (personnel information)"),
    "schedule": N_("Salary schedule (personnel information)"),
    "step": N_("Step (personnel information)"),
    "salary_column": N_("Salary column (personnel information)"),
    "pay": N_("Base pay (personnel information)"),
    "leaving_on": N_("Day of leaving (personnel information)"),
    "leaving_reason": N_("Reason for leaving (personnel information)"),
    "school": N_("School"),
    "school_name": N_("Name of the school"),
    "grade": N_("Grade"),
    "students": N_("Number of students"),
    "enrollment": N_("Enrollment on census day"),
    "unduplicated": N_("Unduplicated pupils"),
    "low_income": N_("Low-income students"),
    "english_learner": N_("English learners"),
    "foster": N_("Foster youth"),
    "certification": N_("Certification (P-1, P-2, Annual)"),
    "span": N_("Grade span"),
    "ada": N_("Average daily attendance (ADA)"),
}
GROUPS = {
    "all": N_("All students"),
    "enrollment": N_("Enrollment on census day"),
    "unduplicated": N_("Unduplicated pupils"),
    "english_learner": N_("English learners"),
    "low_income": N_("Low-income students"),
    "foster": N_("Foster youth"),
    "homeless": N_("Homeless students"),
    "special_education": N_("Students with disabilities"),
    "migrant": N_("Migrant students"),
    "african_american": N_("African American"),
    "american_indian": N_("American Indian"),
    "asian": N_("Asian"),
    "filipino": N_("Filipino"),
    "hispanic": N_("Hispanic"),
    "pacific_islander": N_("Pacific Islander"),
    "two_or_more": N_("Two or more races"),
    "white": N_("White"),
}
KINDS = {
    "positions": N_("Positions"),
    "enrollment": N_("Students by school, grade and group"),
    "unduplicated": N_("Unduplicated pupils by census year"),
    "attendance": N_("Attendance by span and certification"),
}
EMPLOYEE_GROUPS = {
    "": "",
    "certificated": N_("certificated"),
    "classified": N_("classified"),
    "management": N_("management"),
}
MEMBER_CLASSES = {
    "": "",
    "strs": "CalSTRS",
    "pers": "CalPERS",
    "social_security": N_("Social Security"),
    "alternative": N_("alternative plan"),
    "other": N_("other"),
}
