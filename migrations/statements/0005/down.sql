DROP FUNCTION lookup_identity(int, text, text);
DROP FUNCTION lookup_mail_domain(text);
DROP FUNCTION lookup_passkey(bytea);
DROP FUNCTION lookup_session(bytea, interval, interval);
CREATE FUNCTION lookup_session(given_hash bytea, idle interval, absolute interval)
    RETURNS TABLE (session_id bigint, person_id bigint, organization_id int, seen_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT s.id, s.person_id, s.organization_id, s.last_seen_at FROM public.sign_in_session s
        WHERE s.token_hash = given_hash AND s.ended_at IS NULL
            AND s.last_seen_at > now() - idle AND s.created_at > now() - absolute
    $$;
GRANT CREATE ON SCHEMA public TO {lookup};
ALTER FUNCTION lookup_session(bytea, interval, interval) OWNER TO {lookup};
REVOKE CREATE ON SCHEMA public FROM {lookup};
REVOKE ALL ON FUNCTION lookup_session(bytea, interval, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_session(bytea, interval, interval) TO {app};
DROP TABLE provider_identity, mail_domain, sign_in_rule, spent_token, passkey, recovery_code, authenticator;
ALTER TABLE membership DROP COLUMN emergency;
ALTER TABLE sign_in_session DROP COLUMN method, DROP COLUMN strong, DROP COLUMN provider_id,
    DROP COLUMN confirmed_at, DROP COLUMN network;
