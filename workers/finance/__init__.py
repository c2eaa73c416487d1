"""School finance of California: pure functions named by the field's terms, each with its source.

Nothing here knows of a database, a clock or an organization. Money is `Decimal` dollars with whole cents at
the edges, percentages are `Decimal` per cent (3 is 3 %), attendance is `Decimal` pupils.
"""
