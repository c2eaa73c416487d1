-- New tables: forced, one policy for each command. ------------------------------------------------------------
ALTER TABLE team ENABLE ROW LEVEL SECURITY;
ALTER TABLE team FORCE ROW LEVEL SECURITY;
ALTER TABLE team_member ENABLE ROW LEVEL SECURITY;
ALTER TABLE team_member FORCE ROW LEVEL SECURITY;
ALTER TABLE named_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE named_access FORCE ROW LEVEL SECURITY;
ALTER TABLE board_question ENABLE ROW LEVEL SECURITY;
ALTER TABLE board_question FORCE ROW LEVEL SECURITY;
ALTER TABLE board_assignment ENABLE ROW LEVEL SECURITY;
ALTER TABLE board_assignment FORCE ROW LEVEL SECURITY;
ALTER TABLE board_memo ENABLE ROW LEVEL SECURITY;
ALTER TABLE board_memo FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON team, team_member, named_access, board_assignment, board_memo TO {app};
GRANT SELECT, INSERT ON board_question TO {app};

-- People see the teams they are on, whatever else they may see.
CREATE POLICY team_member_select ON team_member FOR SELECT TO {app} USING ({staff} OR ({here} AND person_id = {me}));
CREATE POLICY team_select ON team FOR SELECT TO {app} USING (
    ({staff} AND (option_id IS NULL OR option_id IN (SELECT id FROM option)))
    OR ({here} AND id IN (SELECT team_id FROM team_member WHERE person_id = {me})));
CREATE POLICY team_insert ON team FOR INSERT TO {app} WITH CHECK ({writable});
CREATE POLICY team_update ON team FOR UPDATE TO {app} USING ({writable}) WITH CHECK ({writable});
CREATE POLICY team_delete ON team FOR DELETE TO {app} USING ({writable});
CREATE POLICY team_member_insert ON team_member FOR INSERT TO {app} WITH CHECK ({writable});
CREATE POLICY team_member_update ON team_member FOR UPDATE TO {app} USING ({writable}) WITH CHECK ({writable});
CREATE POLICY team_member_delete ON team_member FOR DELETE TO {app} USING ({writable});

-- Who was let into something by name is as confidential as the thing.
CREATE POLICY named_access_select ON named_access FOR SELECT TO {app} USING (
    {confidential} OR ({here} AND person_id = {me}));
CREATE POLICY named_access_insert ON named_access FOR INSERT TO {app} WITH CHECK ({writable} AND {confidential});
CREATE POLICY named_access_update ON named_access FOR UPDATE TO {app}
    USING ({writable} AND {confidential}) WITH CHECK ({writable} AND {confidential});
CREATE POLICY named_access_delete ON named_access FOR DELETE TO {app} USING ({writable} AND {confidential});

-- A board member sees the own questions and the memos that went to all; no other member's, ever.
CREATE POLICY board_question_select ON board_question FOR SELECT TO {app} USING (
    {staff} OR ({board} AND asked_by = {me}));
CREATE POLICY board_question_insert ON board_question FOR INSERT TO {app} WITH CHECK (
    ({board} AND asked_by = {me}) OR ({writable} AND {me} IS NULL));
CREATE POLICY board_assignment_select ON board_assignment FOR SELECT TO {app} USING ({staff});
CREATE POLICY board_assignment_insert ON board_assignment FOR INSERT TO {app} WITH CHECK ({writable});
CREATE POLICY board_assignment_update ON board_assignment FOR UPDATE TO {app}
    USING ({writable}) WITH CHECK ({writable});
CREATE POLICY board_assignment_delete ON board_assignment FOR DELETE TO {app} USING ({writable});
CREATE POLICY board_memo_select ON board_memo FOR SELECT TO {app} USING (
    {staff} OR ({board} AND sent_at IS NOT NULL));
CREATE POLICY board_memo_insert ON board_memo FOR INSERT TO {app} WITH CHECK ({writable});
CREATE POLICY board_memo_update ON board_memo FOR UPDATE TO {app} USING ({writable}) WITH CHECK ({writable});
CREATE POLICY board_memo_delete ON board_memo FOR DELETE TO {app} USING ({writable});

-- Confidential options, and what refers to them. --------------------------------------------------------------
DROP POLICY option_select ON option;
CREATE POLICY option_select ON option FOR SELECT TO {app} USING (
    ({cabinet} AND ({known} OR {named_options}))
    OR ({published} AND NOT confidential AND id = ANY {team_options}));
DROP POLICY option_insert ON option;
CREATE POLICY option_insert ON option FOR INSERT TO {app} WITH CHECK ({writable} AND {known});
DROP POLICY option_update ON option;
CREATE POLICY option_update ON option FOR UPDATE TO {app}
    USING ({writable} AND {known}) WITH CHECK ({writable} AND {known});
DROP POLICY option_delete ON option;
CREATE POLICY option_delete ON option FOR DELETE TO {app} USING ({writable} AND {known});

DROP POLICY option_amount_select ON option_amount;
CREATE POLICY option_amount_select ON option_amount FOR SELECT TO {app} USING (
    ({cabinet} OR ({published} AND option_id = ANY {team_options}))
    AND option_id IN (SELECT id FROM option));
DROP POLICY option_amount_insert ON option_amount;
CREATE POLICY option_amount_insert ON option_amount FOR INSERT TO {app} WITH CHECK (
    {writable} AND option_id IN (SELECT id FROM option WHERE {known}));
DROP POLICY option_amount_update ON option_amount;
CREATE POLICY option_amount_update ON option_amount FOR UPDATE TO {app}
    USING ({writable} AND option_id IN (SELECT id FROM option WHERE {known}))
    WITH CHECK ({writable} AND option_id IN (SELECT id FROM option WHERE {known}));
DROP POLICY option_amount_delete ON option_amount;
CREATE POLICY option_amount_delete ON option_amount FOR DELETE TO {app} USING (
    {writable} AND option_id IN (SELECT id FROM option WHERE {known}));

DROP POLICY plan_block_select ON plan_block;
CREATE POLICY plan_block_select ON plan_block FOR SELECT TO {app} USING ({cabinet} AND {known});
DROP POLICY plan_block_insert ON plan_block;
CREATE POLICY plan_block_insert ON plan_block FOR INSERT TO {app} WITH CHECK ({writable} AND {known});
DROP POLICY plan_block_update ON plan_block;
CREATE POLICY plan_block_update ON plan_block FOR UPDATE TO {app}
    USING ({writable} AND {known}) WITH CHECK ({writable} AND {known});
DROP POLICY plan_block_delete ON plan_block;
CREATE POLICY plan_block_delete ON plan_block FOR DELETE TO {app} USING ({writable} AND {known});

DROP POLICY plan_version_select ON plan_version;
CREATE POLICY plan_version_select ON plan_version FOR SELECT TO {app} USING (
    ({cabinet} AND {known}) OR (state = 'published' AND {published}));
DROP POLICY plan_version_update ON plan_version;
CREATE POLICY plan_version_update ON plan_version FOR UPDATE TO {app}
    USING ({writable} AND {known}) WITH CHECK ({writable} AND {known});
DROP POLICY plan_version_delete ON plan_version;
CREATE POLICY plan_version_delete ON plan_version FOR DELETE TO {app} USING ({writable} AND {known});
DROP POLICY rendered_file_select ON rendered_file;
CREATE POLICY rendered_file_select ON rendered_file FOR SELECT TO {app} USING (
    ({cabinet} AND version_id IN (SELECT id FROM plan_version))
    OR ({published} AND version_id IN (SELECT id FROM plan_version WHERE state = 'published')));
DROP POLICY plan_signature_select ON plan_signature;
CREATE POLICY plan_signature_select ON plan_signature FOR SELECT TO {app} USING (
    {cabinet} AND version_id IN (SELECT id FROM plan_version));

-- A facilitator reads the own acts and jobs wherever the page stands; so do heads whose cell says "own".
DROP POLICY audit_entry_select ON audit_entry;
CREATE POLICY audit_entry_select ON audit_entry FOR SELECT TO {app} USING (
    {cabinet} AND (person_id = {me} OR (({coach}) IS NOT TRUE AND {known_subject})));
DROP POLICY job_select ON job;
CREATE POLICY job_select ON job FOR SELECT TO {app} USING (
    {cabinet} AND (requested_by = {me} OR (({own_jobs}) IS NOT TRUE AND {known_subject})));
DROP POLICY api_request_select ON api_request;
CREATE POLICY api_request_select ON api_request FOR SELECT TO {app} USING (
    {cabinet} AND ({me} IS NULL OR person_id = {me}));
-- Addresses of those who commented are used by the platform's own mail and shown to nobody.
DROP POLICY comment_contact_select ON comment_contact;
CREATE POLICY comment_contact_select ON comment_contact FOR SELECT TO {app} USING ({personnel} AND {me} IS NULL);

-- Heads invite contributors of their own department, and see and end their own invitations; stewards all.
DROP POLICY invitation_select ON invitation;
CREATE POLICY invitation_select ON invitation FOR SELECT TO {app} USING (
    {managed} OR ({inviting} AND invited_by = {me}));
DROP POLICY invitation_insert ON invitation;
CREATE POLICY invitation_insert ON invitation FOR INSERT TO {app} WITH CHECK (
    {managed} OR ({inviting} AND invited_by = {me} AND contributor AND NOT steward));
DROP POLICY invitation_update ON invitation;
CREATE POLICY invitation_update ON invitation FOR UPDATE TO {app}
    USING ({managed} OR ({inviting} AND invited_by = {me}))
    WITH CHECK ({managed} OR ({inviting} AND invited_by = {me} AND contributor AND NOT steward));

-- What was said about a passage is known to who knows the passage.
ALTER POLICY cabinet_thread_select ON cabinet_thread USING (
    {cabinet} AND {inside} AND block_id IN (SELECT id FROM plan_block));
ALTER POLICY cabinet_remark_select ON cabinet_remark USING (
    {cabinet} AND {inside} AND thread_id IN (SELECT id FROM cabinet_thread));
