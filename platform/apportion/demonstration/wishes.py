"""What the invented districts want and what they would give up for it, in both languages."""

from __future__ import annotations

import dataclasses
import datetime as dt

from tenants.records.plan_entries import Amount, Cost, OptionEntry, PriorityEntry

YEARS = ("2026-27", "2027-28", "2028-29")


def _costs(*thousands: tuple[int, int, int]) -> dict[str, Cost]:
    """Return costs by year from (one-time, ongoing, restricted part) in thousands of dollars."""
    return {
        year: Cost(one_time * 100_000, ongoing * 100_000, restricted * 100_000)
        for year, (one_time, ongoing, restricted) in zip(YEARS, thousands, strict=True)
    }


def _amounts(*thousands: tuple[int, int, int]) -> dict[str, Amount]:
    """Return amounts by year from (low, likely, high) in thousands of dollars."""
    return {
        year: Amount(low * 100_000, likely * 100_000, high * 100_000)
        for year, (low, likely, high) in zip(YEARS, thousands, strict=True)
    }


ARROYO_PRIORITIES = (
    PriorityEntry(
        title="Every child reads well by the end of third grade",
        title_es="Cada niño lee bien al terminar tercer grado",
        problem="Fewer than half of our third graders read at grade level, and the gap has not "
        "moved in years.",
        strategy="A reading coach at each elementary school, small groups every day, one shared "
        "set of materials.",
        students_reached=3180,
        measure="Share of third graders who read at grade level",
        target="Two thirds of third graders by spring of the last plan year",
        risk="Coaches are hard to find; the first ones begin at the schools that need them most.",
        costs=_costs((150, 250, 200), (0, 1900, 415), (0, 1980, 270)),
        spanish={
            "problem": "Menos de la mitad de nuestros estudiantes de tercero leen a su nivel, y la "
            "brecha no ha "
            "cambiado en años.",
            "strategy": "Un entrenador de lectura en cada primaria, grupos pequeños todos los días "
            "y los mismos "
            "materiales para todos.",
            "measure": "Porcentaje de estudiantes de tercero que leen a su nivel",
            "target": "Dos tercios de los estudiantes de tercero en la primavera del último año del plan",
            "risk": "Es difícil encontrar entrenadores; los primeros comienzan en las escuelas que "
            "más los "
            "necesitan.",
        },
    ),
    PriorityEntry(
        title="A good ninth grade for every student",
        title_es="Un buen noveno grado para cada estudiante",
        problem="Students who fail a course in ninth grade seldom finish on time, and too many do fail one.",
        strategy="Teams of teachers who share their ninth graders, and tutoring during the school day.",
        students_reached=870,
        measure="Share of ninth graders who pass every course",
        target="Nine of ten ninth graders",
        risk="Schedules have to change at both high schools in the same year.",
        costs=_costs((0, 100, 0), (0, 700, 0), (0, 760, 0)),
        spanish={
            "problem": "Quien reprueba una materia en noveno rara vez se gradúa a tiempo, y "
            "demasiados reprueban "
            "alguna.",
            "strategy": "Equipos docentes que comparten a sus estudiantes de noveno, y tutoría "
            "durante el horario "
            "escolar.",
            "measure": "Porcentaje de estudiantes de noveno que aprueban todas sus materias",
            "target": "Nueve de cada diez estudiantes de noveno",
            "risk": "Los horarios tienen que cambiar en las dos preparatorias el mismo año.",
        },
    ),
    PriorityEntry(
        title="Support for students who learn English",
        title_es="Apoyo para quienes aprenden inglés",
        problem="Students wait years for the classes that would let them leave the program.",
        strategy="Daily time for English in small groups, and teachers trained for it at every school.",
        students_reached=2440,
        measure="Share of students who gain a level of English in a year",
        target="Six of ten students each year",
        risk="Training takes teachers out of class; substitutes are scarce.",
        costs=_costs((0, 0, 0), (0, 490, 0), (0, 520, 0)),
        spanish={
            "problem": "Los estudiantes esperan años las clases que les permitirían salir del programa.",
            "strategy": "Tiempo diario de inglés en grupos pequeños, y docentes capacitados en cada escuela.",
            "measure": "Porcentaje de estudiantes que suben un nivel de inglés en un año",
            "target": "Seis de cada diez estudiantes cada año",
            "risk": "La capacitación saca a los docentes del salón; los suplentes escasean.",
        },
    ),
)

ARROYO_OPTIONS = (
    OptionEntry(
        title="Staffing follows enrollment, grades four to eight",
        title_es="Personal acorde a la matrícula, de cuarto a octavo grado",
        description="Positions are not filled again where classes have become small, as people retire.",
        stage="decided",
        legal_note="Preliminary layoff notices are due in March; this plan needs none.",
        harm="Some schools share a specialist who was theirs alone.",
        latest_decision_on=dt.date(2027, 3, 15),
        amounts=_amounts((0, 0, 0), (2400, 2900, 3300), (4100, 4800, 5400)),
        spanish={
            "description": "No se vuelven a cubrir plazas donde los grupos se han hecho pequeños, "
            "conforme la "
            "gente se jubila.",
            "legal_note": "Los avisos preliminares de despido vencen en marzo; este plan no "
            "necesita ninguno.",
            "harm": "Algunas escuelas comparten a un especialista que antes era solo suyo.",
        },
    ),
    OptionEntry(
        title="Leave vacancies unfilled",
        title_es="Dejar vacantes sin cubrir",
        description="Positions that stood empty for a year leave the budget.",
        stage="decided",
        harm="Maintenance of grounds takes longer.",
        amounts=_amounts((700, 900, 1100), (1500, 1900, 2200), (1500, 1950, 2300)),
        spanish={
            "description": "Las plazas que estuvieron vacías un año salen del presupuesto.",
            "harm": "El mantenimiento de las áreas verdes tarda más.",
        },
    ),
    OptionEntry(
        title="Join two central departments",
        title_es="Unir dos departamentos centrales",
        description="Assessment and technology work as one department with one head.",
        stage="close_study",
        harm="None was found for schools.",
        amounts=_amounts((0, 0, 0), (700, 890, 1000), (750, 920, 1050)),
        spanish={
            "description": "Evaluación y tecnología trabajan como un solo departamento con una "
            "sola dirección.",
            "harm": "No se encontró ninguno para las escuelas.",
        },
    ),
    OptionEntry(
        title="Bid service contracts again",
        title_es="Volver a licitar contratos de servicios",
        description="Contracts that were renewed without bids go out to bid.",
        harm="None was found.",
        latest_decision_on=dt.date(2027, 4, 30),
        amounts=_amounts((0, 0, 0), (450, 620, 800), (500, 650, 850)),
        spanish={
            "description": "Los contratos que se renovaron sin licitación se licitan.",
            "harm": "No se encontró ninguno.",
        },
    ),
    OptionEntry(
        title="Better attendance",
        title_es="Mejor asistencia",
        kind="revenue",
        description="Calls on the first day of absence, and buses where the walk is not safe.",
        amounts=_amounts((0, 0, 0), (300, 580, 900), (700, 1150, 1600)),
        spanish={
            "description": "Llamadas el primer día de ausencia, y autobuses donde no es seguro caminar.",
        },
    ),
    OptionEntry(
        title="Pay eligible costs from restricted money first",
        title_es="Pagar primero con dinero restringido los costos que lo permiten",
        ongoing=False,
        description="Tutoring that a recovery grant may pay moves to that grant while it lasts.",
        harm="When the grant ends, the cost returns.",
        amounts=_amounts((0, 0, 0), (1100, 1400, 1500), (900, 1100, 1300)),
        spanish={
            "description": "La tutoría que una subvención de recuperación puede pagar pasa a esa "
            "subvención "
            "mientras dure.",
            "harm": "Cuando termina la subvención, el costo regresa.",
        },
    ),
    OptionEntry(
        title="Close one elementary school",
        title_es="Cerrar una escuela primaria",
        in_plan=False,
        stage="screened",
        description="Two schools a short walk apart would become one.",
        harm="Families who walk today would need a bus; the neighborhood loses its school.",
        amounts=_amounts((0, 0, 0), (0, 0, 0), (900, 1300, 1600)),
        spanish={
            "description": "Dos escuelas cercanas serían una sola.",
            "harm": "Familias que hoy caminan necesitarían autobús; el vecindario pierde su escuela.",
        },
    ),
)

MESA_PRIORITIES = (
    PriorityEntry(
        title="No ninth grader falls behind",
        title_es="Ningún estudiante de noveno se queda atrás",
        problem="Students who miss credits in ninth grade seldom catch up.",
        strategy="Two periods of mathematics where needed, and a mentor for each student who is behind.",
        students_reached=1390,
        measure="Share of ninth graders with all credits",
        target="Nineteen of twenty students",
        risk="Mathematics teachers are hard to hire.",
        costs=_costs((120, 300, 0), (0, 980, 210), (0, 1020, 210)),
        spanish={
            "problem": "Quien pierde créditos en noveno rara vez se recupera.",
            "strategy": "Dos periodos de matemáticas donde haga falta, y un mentor para cada "
            "estudiante atrasado.",
            "measure": "Porcentaje de estudiantes de noveno con todos los créditos",
            "target": "Diecinueve de cada veinte estudiantes",
            "risk": "Es difícil contratar docentes de matemáticas.",
        },
    ),
)

MESA_OPTIONS = (
    OptionEntry(
        title="One contract for all copiers",
        title_es="Un solo contrato para todas las copiadoras",
        description="Five contracts become one.",
        stage="decided",
        harm="None was found.",
        amounts=_amounts((40, 60, 80), (110, 140, 160), (110, 140, 160)),
        spanish={"description": "Cinco contratos se vuelven uno.", "harm": "No se encontró ninguno."},
    ),
    OptionEntry(
        title="Rent out gyms on weekends",
        title_es="Rentar los gimnasios los fines de semana",
        kind="revenue",
        description="Clubs pay the cost of use and a little more.",
        amounts=_amounts((0, 20, 40), (40, 70, 110), (40, 80, 120)),
        spanish={"description": "Los clubes pagan el costo del uso y un poco más."},
    ),
)

PUERTO_PRIORITIES = (
    dataclasses.replace(
        ARROYO_PRIORITIES[0],
        students_reached=10400,
        costs=_costs((400, 0, 0), (0, 4200, 2100), (0, 4400, 1600)),
    ),
)

PUERTO_OPTIONS = (
    dataclasses.replace(
        ARROYO_OPTIONS[0],
        stage="sized",
        amounts=_amounts((0, 0, 0), (9000, 12500, 15000), (17000, 21500, 25000)),
    ),
    dataclasses.replace(
        ARROYO_OPTIONS[1],
        stage="sized",
        amounts=_amounts((2500, 3200, 4000), (6000, 7400, 8800), (6200, 7600, 9000)),
    ),
)
