DROP FUNCTION lookup_engaged(bigint, int, int[], int);
DROP POLICY engagement_lookup ON engagement;
DROP POLICY engagement_coach_lookup ON engagement_coach;
DROP POLICY membership_lookup ON membership;
REVOKE ALL ON engagement, engagement_coach, membership FROM {lookup};
REVOKE SELECT (id, district_id, facilitator_id, level, state, starts_on, ends_on) ON engagement FROM {lookup};
REVOKE SELECT (engagement_id, person_id) ON engagement_coach FROM {lookup};
REVOKE SELECT (organization_id, person_id, role, ended_at) ON membership FROM {lookup};

ALTER POLICY cabinet_thread_select ON cabinet_thread USING ({cabinet} AND {inside});
ALTER POLICY cabinet_remark_select ON cabinet_remark USING ({cabinet} AND {inside});
DROP POLICY option_select ON option;
CREATE POLICY option_select ON option FOR SELECT TO {app} USING ({cabinet});
DROP POLICY option_insert ON option;
CREATE POLICY option_insert ON option FOR INSERT TO {app} WITH CHECK ({writable});
DROP POLICY option_update ON option;
CREATE POLICY option_update ON option FOR UPDATE TO {app} USING ({writable}) WITH CHECK ({writable});
DROP POLICY option_delete ON option;
CREATE POLICY option_delete ON option FOR DELETE TO {app} USING ({writable});
DROP POLICY option_amount_select ON option_amount;
CREATE POLICY option_amount_select ON option_amount FOR SELECT TO {app} USING ({cabinet});
DROP POLICY option_amount_insert ON option_amount;
CREATE POLICY option_amount_insert ON option_amount FOR INSERT TO {app} WITH CHECK ({writable});
DROP POLICY option_amount_update ON option_amount;
CREATE POLICY option_amount_update ON option_amount FOR UPDATE TO {app} USING ({writable}) WITH CHECK ({writable});
DROP POLICY option_amount_delete ON option_amount;
CREATE POLICY option_amount_delete ON option_amount FOR DELETE TO {app} USING ({writable});
DROP POLICY plan_block_select ON plan_block;
CREATE POLICY plan_block_select ON plan_block FOR SELECT TO {app} USING ({cabinet});
DROP POLICY plan_block_insert ON plan_block;
CREATE POLICY plan_block_insert ON plan_block FOR INSERT TO {app} WITH CHECK ({writable});
DROP POLICY plan_block_update ON plan_block;
CREATE POLICY plan_block_update ON plan_block FOR UPDATE TO {app} USING ({writable}) WITH CHECK ({writable});
DROP POLICY plan_block_delete ON plan_block;
CREATE POLICY plan_block_delete ON plan_block FOR DELETE TO {app} USING ({writable});
DROP POLICY plan_version_select ON plan_version;
CREATE POLICY plan_version_select ON plan_version FOR SELECT TO {app} USING (
    {cabinet} OR (state = 'published' AND {published}));
DROP POLICY plan_version_update ON plan_version;
CREATE POLICY plan_version_update ON plan_version FOR UPDATE TO {app} USING ({writable}) WITH CHECK ({writable});
DROP POLICY plan_version_delete ON plan_version;
CREATE POLICY plan_version_delete ON plan_version FOR DELETE TO {app} USING ({writable});
DROP POLICY rendered_file_select ON rendered_file;
CREATE POLICY rendered_file_select ON rendered_file FOR SELECT TO {app} USING (
    {cabinet} OR ({published} AND version_id IN (SELECT id FROM plan_version WHERE state = 'published')));
DROP POLICY plan_signature_select ON plan_signature;
CREATE POLICY plan_signature_select ON plan_signature FOR SELECT TO {app} USING ({cabinet});
DROP POLICY audit_entry_select ON audit_entry;
CREATE POLICY audit_entry_select ON audit_entry FOR SELECT TO {app} USING (
    {cabinet} AND (nullif(current_setting('apportion.engagement', true), '') IS NULL OR person_id = {me}));
DROP POLICY job_select ON job;
CREATE POLICY job_select ON job FOR SELECT TO {app} USING (
    {cabinet} AND (nullif(current_setting('apportion.engagement', true), '') IS NULL OR requested_by = {me}));
DROP POLICY api_request_select ON api_request;
CREATE POLICY api_request_select ON api_request FOR SELECT TO {app} USING ({cabinet});
DROP POLICY comment_contact_select ON comment_contact;
CREATE POLICY comment_contact_select ON comment_contact FOR SELECT TO {app} USING ({personnel});
DROP POLICY invitation_select ON invitation;
CREATE POLICY invitation_select ON invitation FOR SELECT TO {app} USING ({managed});
DROP POLICY invitation_insert ON invitation;
CREATE POLICY invitation_insert ON invitation FOR INSERT TO {app} WITH CHECK ({managed});
DROP POLICY invitation_update ON invitation;
CREATE POLICY invitation_update ON invitation FOR UPDATE TO {app} USING ({managed}) WITH CHECK ({managed});

DROP TABLE board_memo, board_assignment, board_question, named_access, team_member, team;
DROP FUNCTION keep_sent();

-- The owner of the tables has no policy of its own; FORCE is lifted for these statements. What was confidential
-- would stand open without its mark.
ALTER TABLE option NO FORCE ROW LEVEL SECURITY;
ALTER TABLE plan_block NO FORCE ROW LEVEL SECURITY;
DELETE FROM option WHERE confidential;
DELETE FROM plan_block WHERE confidential;
ALTER TABLE option FORCE ROW LEVEL SECURITY;
ALTER TABLE plan_block FORCE ROW LEVEL SECURITY;
ALTER TABLE plan_version DROP COLUMN confidential;
ALTER TABLE plan_block DROP COLUMN confidential;
ALTER TABLE option DROP CONSTRAINT ck_option_combined;
ALTER TABLE option DROP COLUMN combined_into;
ALTER TABLE option DROP COLUMN confidential;
ALTER TABLE option DROP COLUMN department;
ALTER TABLE invitation DROP COLUMN contributor;
ALTER TABLE membership DROP COLUMN head_id;
ALTER TABLE membership DROP COLUMN schools;
ALTER TABLE membership ADD COLUMN site TEXT;
