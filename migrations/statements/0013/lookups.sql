-- The console's numbers. Each function answers nothing unless the operator's scope is bound, and returns counts
-- by organization, queue or state: no name, no parameter, no address, no word of a mail.
GRANT SELECT (district_id, size) ON source_file TO {lookup};
GRANT SELECT (district_id, size) ON rendered_file TO {lookup};
GRANT SELECT (queue, state, due_at, finished_at) ON job TO {lookup};
GRANT SELECT (state, created_at) ON outgoing_mail TO {lookup};
CREATE POLICY source_file_console ON source_file FOR SELECT TO {lookup} USING (
    current_setting('apportion.operator', true) = 'true');
CREATE POLICY rendered_file_console ON rendered_file FOR SELECT TO {lookup} USING (
    current_setting('apportion.operator', true) = 'true');
CREATE POLICY job_console ON job FOR SELECT TO {lookup} USING (
    current_setting('apportion.operator', true) = 'true');
CREATE POLICY outgoing_mail_console ON outgoing_mail FOR SELECT TO {lookup} USING (
    current_setting('apportion.operator', true) = 'true');

CREATE FUNCTION lookup_sizes() RETURNS TABLE (organization_id int, people bigint, bytes numeric)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT o.id,
            (SELECT count(*) FROM public.membership m WHERE m.organization_id = o.id AND m.ended_at IS NULL),
            (SELECT coalesce(sum(f.size), 0) FROM public.source_file f WHERE f.district_id = o.id)
                + (SELECT coalesce(sum(f.size), 0) FROM public.rendered_file f WHERE f.district_id = o.id)
        FROM public.organization o WHERE current_setting('apportion.operator', true) = 'true'
    $$;

CREATE FUNCTION lookup_work() RETURNS TABLE (queue text, state text, jobs bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT j.queue, j.state, count(*), min(j.due_at) FROM public.job j
        WHERE current_setting('apportion.operator', true) = 'true'
            AND (j.state IN ('waiting', 'dispatched', 'running') OR j.finished_at > now() - interval '24 hours')
        GROUP BY j.queue, j.state
    $$;

CREATE FUNCTION lookup_letters() RETURNS TABLE (state text, letters bigint, oldest timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    AS $$
        SELECT m.state, count(*), min(m.created_at) FROM public.outgoing_mail m
        WHERE current_setting('apportion.operator', true) = 'true'
            AND (m.state <> 'sent' OR m.created_at > now() - interval '24 hours')
        GROUP BY m.state
    $$;
