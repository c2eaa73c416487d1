-- Which of the districts asked for an engagement reaches today, at a level or above. Called at each begin of a
-- facilitator's transaction: what was ended, lowered or has run out gives nothing to a scope worked out before.
GRANT SELECT (id, district_id, facilitator_id, level, state, starts_on, ends_on) ON engagement TO {lookup};
GRANT SELECT (engagement_id, person_id) ON engagement_coach TO {lookup};
GRANT SELECT (organization_id, person_id, role, ended_at) ON membership TO {lookup};
CREATE POLICY engagement_lookup ON engagement FOR SELECT TO {lookup} USING (true);
CREATE POLICY engagement_coach_lookup ON engagement_coach FOR SELECT TO {lookup} USING (true);
CREATE POLICY membership_lookup ON membership FOR SELECT TO {lookup} USING (true);

CREATE FUNCTION lookup_engaged(given_person bigint, given_organization int, asked int[], needed int) RETURNS int[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT coalesce(array_agg(e.district_id ORDER BY e.district_id), '{}')
        FROM public.engagement e JOIN public.membership m ON m.organization_id = e.facilitator_id
        WHERE e.facilitator_id = given_organization AND e.district_id = ANY (asked) AND e.level >= needed
            AND e.state = 'active'
            AND (now() AT TIME ZONE 'America/Los_Angeles')::date BETWEEN e.starts_on AND e.ends_on
            AND m.person_id = given_person AND m.ended_at IS NULL
            AND (m.role = 'FLD' OR EXISTS (SELECT FROM public.engagement_coach c
                WHERE c.engagement_id = e.id AND c.person_id = given_person))
    $$;

GRANT CREATE ON SCHEMA public TO {lookup};
ALTER FUNCTION lookup_engaged(bigint, int, int[], int) OWNER TO {lookup};
REVOKE CREATE ON SCHEMA public FROM {lookup};
REVOKE ALL ON FUNCTION lookup_engaged(bigint, int, int[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_engaged(bigint, int, int[], int) TO {app};
