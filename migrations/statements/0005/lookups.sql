-- What is found before a scope exists: by the secret in a cookie, by a passkey's id, by a provider's subject.
GRANT SELECT (method, strong, provider_id, confirmed_at) ON sign_in_session TO {lookup};
GRANT SELECT (id, person_id, credential_id) ON passkey TO {lookup};
GRANT SELECT (organization_id, domain, proved_at) ON mail_domain TO {lookup};
GRANT SELECT (organization_id, offered, issuer) ON sign_in_rule TO {lookup};
GRANT SELECT (id, organization_id, person_id, issuer, subject) ON provider_identity TO {lookup};
CREATE POLICY passkey_lookup ON passkey FOR SELECT TO {lookup} USING (true);
CREATE POLICY mail_domain_lookup ON mail_domain FOR SELECT TO {lookup} USING (true);
CREATE POLICY sign_in_rule_lookup ON sign_in_rule FOR SELECT TO {lookup} USING (true);
CREATE POLICY provider_identity_lookup ON provider_identity FOR SELECT TO {lookup} USING (true);

DROP FUNCTION lookup_session(bytea, interval, interval);
CREATE FUNCTION lookup_session(given_hash bytea, idle interval, absolute interval)
    RETURNS TABLE (session_id bigint, person_id bigint, organization_id int, seen_at timestamptz, method text,
        strong boolean, provider_id int, confirmed_at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT s.id, s.person_id, s.organization_id, s.last_seen_at, s.method, s.strong, s.provider_id, s.confirmed_at
        FROM public.sign_in_session s
        WHERE s.token_hash = given_hash AND s.ended_at IS NULL
            AND s.last_seen_at > now() - idle AND s.created_at > now() - absolute
    $$;

CREATE FUNCTION lookup_passkey(given_credential bytea) RETURNS TABLE (passkey_id bigint, person_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$ SELECT k.id, k.person_id FROM public.passkey k WHERE k.credential_id = given_credential $$;

-- The organization that has proved that a mail domain is its own, and offers its own sign-in.
CREATE FUNCTION lookup_mail_domain(given_domain text) RETURNS int
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT d.organization_id FROM public.mail_domain d
        JOIN public.sign_in_rule r ON r.organization_id = d.organization_id AND r.offered
        WHERE d.domain = lower(given_domain) AND d.proved_at IS NOT NULL
    $$;

CREATE FUNCTION lookup_identity(given_organization int, given_issuer text, given_subject text)
    RETURNS TABLE (identity_id bigint, person_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT i.id, i.person_id FROM public.provider_identity i
        WHERE i.organization_id = given_organization AND i.issuer = given_issuer AND i.subject = given_subject
    $$;

GRANT CREATE ON SCHEMA public TO {lookup};
ALTER FUNCTION lookup_session(bytea, interval, interval) OWNER TO {lookup};
ALTER FUNCTION lookup_passkey(bytea) OWNER TO {lookup};
ALTER FUNCTION lookup_mail_domain(text) OWNER TO {lookup};
ALTER FUNCTION lookup_identity(int, text, text) OWNER TO {lookup};
REVOKE CREATE ON SCHEMA public FROM {lookup};
REVOKE ALL ON FUNCTION lookup_session(bytea, interval, interval), lookup_passkey(bytea), lookup_mail_domain(text),
    lookup_identity(int, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup_session(bytea, interval, interval), lookup_passkey(bytea),
    lookup_mail_domain(text), lookup_identity(int, text, text) TO {app};
