-- What must be found before a scope exists. Each function returns ids and nothing else; tests/isolation holds
-- the list. They belong to the lookup role, which is no superuser and sees only the columns granted here.
GRANT SELECT (id, address) ON person TO {lookup};
GRANT SELECT (id, person_id, organization_id, token_hash, created_at, last_seen_at, ended_at)
    ON sign_in_session TO {lookup};
GRANT SELECT (id, organization_id, token_hash) ON invitation TO {lookup};
GRANT SELECT (id, person_id, token_hash, expires_at, used_at) ON password_reset TO {lookup};
GRANT SELECT (id, person_id, organization_id, read_only, token_hash, expires_at, revoked_at) ON api_token TO {lookup};
GRANT SELECT (id, district_id, plan_id, token_hash, may_comment, expires_at, revoked_at) ON share_link TO {lookup};
GRANT SELECT (district_id, comment_id, return_code_hash) ON comment_contact TO {lookup};
GRANT SELECT (id, kind, cds_code) ON organization TO {lookup};
CREATE POLICY person_lookup ON person FOR SELECT TO {lookup} USING (true);
CREATE POLICY sign_in_session_lookup ON sign_in_session FOR SELECT TO {lookup} USING (true);
CREATE POLICY invitation_lookup ON invitation FOR SELECT TO {lookup} USING (true);
CREATE POLICY password_reset_lookup ON password_reset FOR SELECT TO {lookup} USING (true);
CREATE POLICY api_token_lookup ON api_token FOR SELECT TO {lookup} USING (true);
CREATE POLICY share_link_lookup ON share_link FOR SELECT TO {lookup} USING (true);
CREATE POLICY comment_contact_lookup ON comment_contact FOR SELECT TO {lookup} USING (true);
CREATE POLICY organization_lookup ON organization FOR SELECT TO {lookup} USING (true);

CREATE FUNCTION lookup_person(given_address text) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT id FROM public.person WHERE address = lower(given_address) $$;

CREATE FUNCTION lookup_session(given_hash bytea, idle interval, absolute interval)
    RETURNS TABLE (session_id bigint, person_id bigint, organization_id int, seen_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT s.id, s.person_id, s.organization_id, s.last_seen_at FROM public.sign_in_session s
        WHERE s.token_hash = given_hash AND s.ended_at IS NULL
            AND s.last_seen_at > now() - idle AND s.created_at > now() - absolute
    $$;

CREATE FUNCTION lookup_invitation(given_hash bytea)
    RETURNS TABLE (invitation_id bigint, organization_id int)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT i.id, i.organization_id FROM public.invitation i WHERE i.token_hash = given_hash $$;

CREATE FUNCTION lookup_password_reset(given_hash bytea)
    RETURNS TABLE (reset_id bigint, person_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT r.id, r.person_id FROM public.password_reset r
        WHERE r.token_hash = given_hash AND r.used_at IS NULL AND r.expires_at > now()
    $$;

CREATE FUNCTION lookup_api_token(given_hash bytea)
    RETURNS TABLE (token_id bigint, person_id bigint, organization_id int, read_only boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT t.id, t.person_id, t.organization_id, t.read_only FROM public.api_token t
        WHERE t.token_hash = given_hash AND t.revoked_at IS NULL AND t.expires_at > now()
    $$;

CREATE FUNCTION lookup_share_link(given_hash bytea)
    RETURNS TABLE (link_id bigint, district_id int, plan_id bigint, may_comment boolean, ended boolean)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT l.id, l.district_id, l.plan_id, l.may_comment, l.revoked_at IS NOT NULL OR l.expires_at <= now()
        FROM public.share_link l WHERE l.token_hash = given_hash
    $$;

CREATE FUNCTION lookup_comment(given_district int, given_hash bytea) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT c.comment_id FROM public.comment_contact c
        WHERE c.district_id = given_district AND c.return_code_hash = given_hash
    $$;

CREATE FUNCTION lookup_district(given_cds_code text) RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT id FROM public.organization WHERE kind = 'district' AND cds_code = given_cds_code $$;

GRANT CREATE ON SCHEMA public TO {lookup};
ALTER FUNCTION lookup_person(text) OWNER TO {lookup};
ALTER FUNCTION lookup_session(bytea, interval, interval) OWNER TO {lookup};
ALTER FUNCTION lookup_invitation(bytea) OWNER TO {lookup};
ALTER FUNCTION lookup_password_reset(bytea) OWNER TO {lookup};
ALTER FUNCTION lookup_api_token(bytea) OWNER TO {lookup};
ALTER FUNCTION lookup_share_link(bytea) OWNER TO {lookup};
ALTER FUNCTION lookup_comment(int, bytea) OWNER TO {lookup};
ALTER FUNCTION lookup_district(text) OWNER TO {lookup};
REVOKE CREATE ON SCHEMA public FROM {lookup};
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_person(text), lookup_session(bytea, interval, interval), lookup_invitation(bytea),
    lookup_password_reset(bytea), lookup_api_token(bytea), lookup_share_link(bytea), lookup_district(text) TO {app};
GRANT EXECUTE ON FUNCTION lookup_comment(int, bytea) TO {app}, {visitor};
