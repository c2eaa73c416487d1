-- Rights that every role needs, and none that it does not.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {visitor}, {dispatcher}, {mail}, {lookup};
GRANT USAGE ON SEQUENCE record_id TO {app}, {visitor};
GRANT USAGE ON SEQUENCE organization_id TO {app};

-- District tables with an audience of their own. -------------------------------------------------------------

-- A coach reads the record of the own acts and the jobs asked for by the coach; the district reads all of its own.
CREATE POLICY audit_entry_select ON audit_entry FOR SELECT TO {app} USING (
    district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])
    AND (nullif(current_setting('apportion.engagement', true), '') IS NULL
        OR person_id = nullif(current_setting('apportion.person', true), '')::bigint));
CREATE POLICY job_select ON job FOR SELECT TO {app} USING (
    district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])
    AND (nullif(current_setting('apportion.engagement', true), '') IS NULL
        OR requested_by = nullif(current_setting('apportion.person', true), '')::bigint));

-- What is published is read by the board and the community's members too.
CREATE POLICY plan_version_select ON plan_version FOR SELECT TO {app} USING (
    district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])
    OR (state = 'published'
        AND district_id = ANY ((SELECT nullif(current_setting('apportion.published', true), '')::int[])::int[])));
CREATE POLICY rendered_file_select ON rendered_file FOR SELECT TO {app} USING (
    district_id = ANY ((SELECT nullif(current_setting('apportion.cabinet', true), '')::int[])::int[])
    OR (district_id = ANY ((SELECT nullif(current_setting('apportion.published', true), '')::int[])::int[])
        AND version_id IN (SELECT id FROM plan_version WHERE state = 'published')));

-- Global tables. ---------------------------------------------------------------------------------------------

ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON organization TO {app};
-- Facilitators' names are public: a district chooses among them. Districts' names are not.
CREATE POLICY organization_select ON organization FOR SELECT TO {app} USING (
    kind = 'facilitator'
    OR id = nullif(current_setting('apportion.organization', true), '')::int
    OR id = ANY ((SELECT nullif(current_setting('apportion.organizations', true), '')::int[])::int[])
    OR current_setting('apportion.operator', true) = 'true');
CREATE POLICY organization_insert ON organization FOR INSERT TO {app} WITH CHECK (
    current_setting('apportion.operator', true) = 'true');
CREATE POLICY organization_update ON organization FOR UPDATE TO {app}
    USING (id = nullif(current_setting('apportion.manages', true), '')::int)
    WITH CHECK (id = nullif(current_setting('apportion.manages', true), '')::int);

ALTER TABLE membership ENABLE ROW LEVEL SECURITY;
ALTER TABLE membership FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON membership TO {app};
CREATE POLICY membership_select ON membership FOR SELECT TO {app} USING (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint
    OR organization_id = ANY ((SELECT nullif(current_setting('apportion.organizations', true), '')::int[])::int[])
    OR organization_id = nullif(current_setting('apportion.manages', true), '')::int);
CREATE POLICY membership_insert ON membership FOR INSERT TO {app} WITH CHECK (
    organization_id = nullif(current_setting('apportion.manages', true), '')::int);
CREATE POLICY membership_update ON membership FOR UPDATE TO {app}
    USING (organization_id = nullif(current_setting('apportion.manages', true), '')::int)
    WITH CHECK (organization_id = nullif(current_setting('apportion.manages', true), '')::int);

ALTER TABLE invitation ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitation FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON invitation TO {app};
CREATE POLICY invitation_select ON invitation FOR SELECT TO {app} USING (
    organization_id = nullif(current_setting('apportion.manages', true), '')::int);
CREATE POLICY invitation_insert ON invitation FOR INSERT TO {app} WITH CHECK (
    organization_id = nullif(current_setting('apportion.manages', true), '')::int);
CREATE POLICY invitation_update ON invitation FOR UPDATE TO {app}
    USING (organization_id = nullif(current_setting('apportion.manages', true), '')::int)
    WITH CHECK (organization_id = nullif(current_setting('apportion.manages', true), '')::int);

ALTER TABLE engagement ENABLE ROW LEVEL SECURITY;
ALTER TABLE engagement FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON engagement TO {app};
CREATE POLICY engagement_select ON engagement FOR SELECT TO {app} USING (
    nullif(current_setting('apportion.organization', true), '')::int IN (district_id, facilitator_id));
CREATE POLICY engagement_insert ON engagement FOR INSERT TO {app} WITH CHECK (
    nullif(current_setting('apportion.manages', true), '')::int IN (district_id, facilitator_id));
CREATE POLICY engagement_update ON engagement FOR UPDATE TO {app}
    USING (nullif(current_setting('apportion.manages', true), '')::int IN (district_id, facilitator_id))
    WITH CHECK (nullif(current_setting('apportion.manages', true), '')::int IN (district_id, facilitator_id));

ALTER TABLE engagement_coach ENABLE ROW LEVEL SECURITY;
ALTER TABLE engagement_coach FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON engagement_coach TO {app};
CREATE POLICY engagement_coach_select ON engagement_coach FOR SELECT TO {app} USING (
    engagement_id IN (SELECT id FROM engagement));
CREATE POLICY engagement_coach_insert ON engagement_coach FOR INSERT TO {app} WITH CHECK (
    engagement_id IN (SELECT id FROM engagement
        WHERE nullif(current_setting('apportion.manages', true), '')::int IN (district_id, facilitator_id)));
CREATE POLICY engagement_coach_delete ON engagement_coach FOR DELETE TO {app} USING (
    engagement_id IN (SELECT id FROM engagement
        WHERE nullif(current_setting('apportion.manages', true), '')::int IN (district_id, facilitator_id)));

ALTER TABLE cohort ENABLE ROW LEVEL SECURITY;
ALTER TABLE cohort FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON cohort TO {app};
CREATE POLICY cohort_select ON cohort FOR SELECT TO {app} USING (
    facilitator_id = nullif(current_setting('apportion.organization', true), '')::int
    OR id IN (SELECT cohort_id FROM cohort_member));
CREATE POLICY cohort_insert ON cohort FOR INSERT TO {app} WITH CHECK (
    facilitator_id = nullif(current_setting('apportion.manages', true), '')::int);
CREATE POLICY cohort_update ON cohort FOR UPDATE TO {app}
    USING (facilitator_id = nullif(current_setting('apportion.manages', true), '')::int)
    WITH CHECK (facilitator_id = nullif(current_setting('apportion.manages', true), '')::int);

ALTER TABLE cohort_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE cohort_member FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON cohort_member TO {app};
CREATE POLICY cohort_member_select ON cohort_member FOR SELECT TO {app} USING (
    nullif(current_setting('apportion.organization', true), '')::int IN (district_id, facilitator_id));
CREATE POLICY cohort_member_insert ON cohort_member FOR INSERT TO {app} WITH CHECK (
    facilitator_id = nullif(current_setting('apportion.manages', true), '')::int);
CREATE POLICY cohort_member_update ON cohort_member FOR UPDATE TO {app}
    USING (nullif(current_setting('apportion.manages', true), '')::int IN (district_id, facilitator_id))
    WITH CHECK (nullif(current_setting('apportion.manages', true), '')::int IN (district_id, facilitator_id));

ALTER TABLE person ENABLE ROW LEVEL SECURITY;
ALTER TABLE person FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON person TO {app};
CREATE POLICY person_select ON person FOR SELECT TO {app} USING (
    id = nullif(current_setting('apportion.person', true), '')::bigint
    OR id IN (SELECT person_id FROM membership));
CREATE POLICY person_insert ON person FOR INSERT TO {app} WITH CHECK (
    id = nullif(current_setting('apportion.person', true), '')::bigint);
CREATE POLICY person_update ON person FOR UPDATE TO {app}
    USING (id = nullif(current_setting('apportion.person', true), '')::bigint)
    WITH CHECK (id = nullif(current_setting('apportion.person', true), '')::bigint);

ALTER TABLE credential ENABLE ROW LEVEL SECURITY;
ALTER TABLE credential FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON credential TO {app};
CREATE POLICY credential_select ON credential FOR SELECT TO {app} USING (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint);
CREATE POLICY credential_insert ON credential FOR INSERT TO {app} WITH CHECK (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint);
CREATE POLICY credential_update ON credential FOR UPDATE TO {app}
    USING (person_id = nullif(current_setting('apportion.person', true), '')::bigint)
    WITH CHECK (person_id = nullif(current_setting('apportion.person', true), '')::bigint);

ALTER TABLE sign_in_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in_session FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON sign_in_session TO {app};
CREATE POLICY sign_in_session_select ON sign_in_session FOR SELECT TO {app} USING (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint);
CREATE POLICY sign_in_session_insert ON sign_in_session FOR INSERT TO {app} WITH CHECK (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint);
CREATE POLICY sign_in_session_update ON sign_in_session FOR UPDATE TO {app}
    USING (person_id = nullif(current_setting('apportion.person', true), '')::bigint)
    WITH CHECK (person_id = nullif(current_setting('apportion.person', true), '')::bigint);

ALTER TABLE password_reset ENABLE ROW LEVEL SECURITY;
ALTER TABLE password_reset FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON password_reset TO {app};
CREATE POLICY password_reset_select ON password_reset FOR SELECT TO {app} USING (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint);
CREATE POLICY password_reset_insert ON password_reset FOR INSERT TO {app} WITH CHECK (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint);
CREATE POLICY password_reset_update ON password_reset FOR UPDATE TO {app}
    USING (person_id = nullif(current_setting('apportion.person', true), '')::bigint)
    WITH CHECK (person_id = nullif(current_setting('apportion.person', true), '')::bigint);

ALTER TABLE api_token ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_token FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON api_token TO {app};
CREATE POLICY api_token_select ON api_token FOR SELECT TO {app} USING (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint
    OR organization_id = nullif(current_setting('apportion.manages', true), '')::int);
CREATE POLICY api_token_insert ON api_token FOR INSERT TO {app} WITH CHECK (
    person_id = nullif(current_setting('apportion.person', true), '')::bigint
    AND organization_id = nullif(current_setting('apportion.organization', true), '')::int);
CREATE POLICY api_token_update ON api_token FOR UPDATE TO {app}
    USING (person_id = nullif(current_setting('apportion.person', true), '')::bigint
        OR organization_id = nullif(current_setting('apportion.manages', true), '')::int)
    WITH CHECK (person_id = nullif(current_setting('apportion.person', true), '')::bigint
        OR organization_id = nullif(current_setting('apportion.manages', true), '')::int);

-- The application writes mail and never reads it; the mail role alone does.
ALTER TABLE outgoing_mail ENABLE ROW LEVEL SECURITY;
ALTER TABLE outgoing_mail FORCE ROW LEVEL SECURITY;
GRANT INSERT ON outgoing_mail TO {app};
CREATE POLICY outgoing_mail_insert ON outgoing_mail FOR INSERT TO {app} WITH CHECK (state = 'waiting');
GRANT SELECT, UPDATE ON outgoing_mail TO {mail};
CREATE POLICY outgoing_mail_read ON outgoing_mail FOR SELECT TO {mail} USING (true);
CREATE POLICY outgoing_mail_sent ON outgoing_mail FOR UPDATE TO {mail} USING (true) WITH CHECK (true);

-- The dispatcher sees that a job waits, and whose turn it is; never what it is about. -------------------------

GRANT SELECT (id, district_id, kind, queue, state, starts, starts_allowed, limit_seconds, attempt, fence, due_at,
    dispatched_at, lease_until, cancel_requested, created_at, started_at, finished_at) ON job TO {dispatcher};
GRANT UPDATE (state, attempt, fence, due_at, dispatched_at, lease_until, error, finished_at) ON job TO {dispatcher};
CREATE POLICY job_dispatch_read ON job FOR SELECT TO {dispatcher} USING (true);
CREATE POLICY job_dispatch_write ON job FOR UPDATE TO {dispatcher} USING (true) WITH CHECK (true);

-- Readers with a link: one district, one plan, what is published. ---------------------------------------------

GRANT SELECT ON organization, share_link, plan, plan_version, rendered_file, comment_thread, comment,
    comment_placement TO {visitor};
GRANT INSERT ON comment_thread, comment, comment_contact TO {visitor};
GRANT UPDATE (opened_count) ON share_link TO {visitor};
CREATE POLICY organization_visitor ON organization FOR SELECT TO {visitor} USING (
    id = nullif(current_setting('apportion.visitor_district', true), '')::int);
CREATE POLICY share_link_visitor ON share_link FOR SELECT TO {visitor} USING (
    district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND id = nullif(current_setting('apportion.link', true), '')::bigint);
CREATE POLICY share_link_visitor_count ON share_link FOR UPDATE TO {visitor}
    USING (district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
        AND id = nullif(current_setting('apportion.link', true), '')::bigint)
    WITH CHECK (district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
        AND id = nullif(current_setting('apportion.link', true), '')::bigint);
CREATE POLICY plan_visitor ON plan FOR SELECT TO {visitor} USING (
    district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND id = nullif(current_setting('apportion.visitor_plan', true), '')::bigint);
CREATE POLICY plan_version_visitor ON plan_version FOR SELECT TO {visitor} USING (
    district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND plan_id = nullif(current_setting('apportion.visitor_plan', true), '')::bigint
    AND state = 'published');
CREATE POLICY rendered_file_visitor ON rendered_file FOR SELECT TO {visitor} USING (
    district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND version_id IN (SELECT id FROM plan_version));
CREATE POLICY comment_thread_visitor ON comment_thread FOR SELECT TO {visitor} USING (
    district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND plan_id = nullif(current_setting('apportion.visitor_plan', true), '')::bigint
    AND audience = 'public');
CREATE POLICY comment_visitor ON comment FOR SELECT TO {visitor} USING (
    district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND thread_id IN (SELECT id FROM comment_thread)
    AND state = 'published');
CREATE POLICY comment_placement_visitor ON comment_placement FOR SELECT TO {visitor} USING (
    district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND thread_id IN (SELECT id FROM comment_thread)
    AND version_id IN (SELECT id FROM plan_version));
CREATE POLICY comment_thread_visitor_insert ON comment_thread FOR INSERT TO {visitor} WITH CHECK (
    current_setting('apportion.visitor_may_comment', true) = 'true'
    AND district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND plan_id = nullif(current_setting('apportion.visitor_plan', true), '')::bigint
    AND version_id IN (SELECT id FROM plan_version)
    AND audience = 'public' AND disposition IS NULL AND resolved_at IS NULL AND assigned_to IS NULL
    AND changed_block_id IS NULL);
CREATE POLICY comment_visitor_insert ON comment FOR INSERT TO {visitor} WITH CHECK (
    current_setting('apportion.visitor_may_comment', true) = 'true'
    AND district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND thread_id IN (SELECT id FROM comment_thread)
    AND state = 'published' AND NOT official AND person_id IS NULL);
CREATE POLICY comment_contact_visitor_insert ON comment_contact FOR INSERT TO {visitor} WITH CHECK (
    current_setting('apportion.visitor_may_comment', true) = 'true'
    AND district_id = nullif(current_setting('apportion.visitor_district', true), '')::int
    AND comment_id IN (SELECT id FROM comment));
