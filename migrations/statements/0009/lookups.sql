-- A steward offers support to a person of the operator by that person's address: found before any scope knows
-- the operator's people.

CREATE FUNCTION lookup_supporter(given_address text) RETURNS TABLE (person_id bigint, operator_id int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT p.id, o.id FROM public.person p
        JOIN public.membership m ON m.person_id = p.id AND m.ended_at IS NULL
        JOIN public.organization o ON o.id = m.organization_id AND o.kind = 'operator'
        WHERE p.address = lower(given_address)
    $$;

GRANT CREATE ON SCHEMA public TO {lookup};
ALTER FUNCTION lookup_supporter(text) OWNER TO {lookup};
REVOKE CREATE ON SCHEMA public FROM {lookup};
REVOKE ALL ON FUNCTION lookup_supporter(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_supporter(text) TO {app};
