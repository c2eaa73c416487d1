-- Removing a district that its two stewards closed. The role `closing` is entered by the application for that
-- alone. It sees and removes rows of one district, and only while an approved closing of it is due: the wait is
-- a condition of every policy, so that no forgotten check removes a day early.
GRANT USAGE ON SCHEMA public TO {closing};

CREATE FUNCTION closing_district() RETURNS int LANGUAGE sql STABLE AS $$
    SELECT district_id FROM public.account_request
    WHERE district_id = nullif(current_setting('apportion.district', true), '')::int
        AND kind = 'closing' AND approved_by IS NOT NULL AND withdrawn_at IS NULL AND due_at <= now()
$$;
REVOKE ALL ON FUNCTION closing_district() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION closing_district() TO {closing};

GRANT SELECT, DELETE ON account_request, job, audit_entry, comment_event, plan_version, board_memo,
    board_question, membership, engagement, engagement_coach, cohort_member, organization, organization_act,
    support_grant TO {closing};
-- Of what opens an account it sees whose it is, and nothing else.
GRANT SELECT (id, organization_id, person_id), DELETE ON api_token, sign_in_session, provider_identity TO {closing};
GRANT SELECT (id, organization_id, invited_by), DELETE ON invitation TO {closing};
GRANT SELECT (id, organization_id), DELETE ON outgoing_mail, mail_domain TO {closing};
GRANT SELECT (organization_id), DELETE ON sign_in_rule TO {closing};
GRANT SELECT (person_id), DELETE ON credential, password_reset, authenticator, recovery_code, passkey, spent_token
    TO {closing};
GRANT SELECT (id), DELETE ON person TO {closing};
GRANT SELECT (provider_id), UPDATE (organization_id, provider_id, ended_at) ON sign_in_session TO {closing};
GRANT SELECT (ended_at) ON sign_in_session TO {closing};

-- Asked by closing_district() itself, so this one compares the setting alone.
CREATE POLICY account_request_closing ON account_request FOR SELECT TO {closing} USING (
    district_id = nullif(current_setting('apportion.district', true), '')::int);
CREATE POLICY account_request_closing_delete ON account_request FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));

-- Records that the application's own role can't remove.
CREATE POLICY job_closing ON job FOR SELECT TO {closing} USING (district_id = (SELECT closing_district()));
CREATE POLICY job_closing_delete ON job FOR DELETE TO {closing} USING (district_id = (SELECT closing_district()));
CREATE POLICY audit_entry_closing ON audit_entry FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY audit_entry_closing_delete ON audit_entry FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY comment_event_closing ON comment_event FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY comment_event_closing_delete ON comment_event FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY plan_version_closing ON plan_version FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY plan_version_closing_delete ON plan_version FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY board_memo_closing ON board_memo FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY board_memo_closing_delete ON board_memo FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY board_question_closing ON board_question FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY board_question_closing_delete ON board_question FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));

-- What ties the district to others.
CREATE POLICY engagement_closing ON engagement FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY engagement_closing_delete ON engagement FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY engagement_coach_closing ON engagement_coach FOR SELECT TO {closing} USING (
    engagement_id IN (SELECT id FROM engagement));
CREATE POLICY engagement_coach_closing_delete ON engagement_coach FOR DELETE TO {closing} USING (
    engagement_id IN (SELECT id FROM engagement));
CREATE POLICY cohort_member_closing ON cohort_member FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY cohort_member_closing_delete ON cohort_member FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY support_grant_closing ON support_grant FOR SELECT TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY support_grant_closing_delete ON support_grant FOR DELETE TO {closing} USING (
    district_id = (SELECT closing_district()));
CREATE POLICY invitation_closing ON invitation FOR SELECT TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY invitation_closing_delete ON invitation FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY organization_act_closing ON organization_act FOR SELECT TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY organization_act_closing_delete ON organization_act FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY api_token_closing ON api_token FOR SELECT TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY api_token_closing_delete ON api_token FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY outgoing_mail_closing ON outgoing_mail FOR SELECT TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY outgoing_mail_closing_delete ON outgoing_mail FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY organization_closing ON organization FOR SELECT TO {closing} USING (
    id = (SELECT closing_district()));
CREATE POLICY organization_closing_delete ON organization FOR DELETE TO {closing} USING (
    id = (SELECT closing_district()));

-- People: memberships of the district, and whoever belongs nowhere else with what is theirs alone. Whether
-- somebody belongs elsewhere is asked of all memberships, for as long as a closing is due and no longer.
CREATE POLICY membership_closing ON membership FOR SELECT TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL);
CREATE POLICY membership_closing_delete ON membership FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY person_closing ON person FOR SELECT TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND (NOT EXISTS (SELECT FROM membership m WHERE m.person_id = person.id)
        OR id IN (SELECT m.person_id FROM membership m WHERE m.organization_id = (SELECT closing_district()))));
CREATE POLICY person_closing_delete ON person FOR DELETE TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = person.id));
CREATE POLICY credential_closing ON credential FOR SELECT TO {closing} USING (
    person_id IN (SELECT id FROM person));
CREATE POLICY credential_closing_delete ON credential FOR DELETE TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = credential.person_id));
CREATE POLICY password_reset_closing ON password_reset FOR SELECT TO {closing} USING (
    person_id IN (SELECT id FROM person));
CREATE POLICY password_reset_closing_delete ON password_reset FOR DELETE TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = password_reset.person_id));
CREATE POLICY authenticator_closing ON authenticator FOR SELECT TO {closing} USING (
    person_id IN (SELECT id FROM person));
CREATE POLICY authenticator_closing_delete ON authenticator FOR DELETE TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = authenticator.person_id));
CREATE POLICY recovery_code_closing ON recovery_code FOR SELECT TO {closing} USING (
    person_id IN (SELECT id FROM person));
CREATE POLICY recovery_code_closing_delete ON recovery_code FOR DELETE TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = recovery_code.person_id));
CREATE POLICY passkey_closing ON passkey FOR SELECT TO {closing} USING (
    person_id IN (SELECT id FROM person));
CREATE POLICY passkey_closing_delete ON passkey FOR DELETE TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = passkey.person_id));
CREATE POLICY spent_token_closing ON spent_token FOR SELECT TO {closing} USING (
    person_id IN (SELECT id FROM person));
CREATE POLICY spent_token_closing_delete ON spent_token FOR DELETE TO {closing} USING (
    (SELECT closing_district()) IS NOT NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = spent_token.person_id));
CREATE POLICY sign_in_rule_closing ON sign_in_rule FOR SELECT TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY sign_in_rule_closing_delete ON sign_in_rule FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY mail_domain_closing ON mail_domain FOR SELECT TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY mail_domain_closing_delete ON mail_domain FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district()));
CREATE POLICY provider_identity_closing ON provider_identity FOR SELECT TO {closing} USING (
    organization_id = (SELECT closing_district()) OR person_id IN (SELECT id FROM person));
CREATE POLICY provider_identity_closing_delete ON provider_identity FOR DELETE TO {closing} USING (
    organization_id = (SELECT closing_district())
    OR ((SELECT closing_district()) IS NOT NULL
        AND NOT EXISTS (SELECT FROM membership m WHERE m.person_id = provider_identity.person_id)));
CREATE POLICY sign_in_session_closing ON sign_in_session FOR SELECT TO {closing} USING (
    (SELECT closing_district()) IN (organization_id, provider_id) OR person_id IN (SELECT id FROM person));
CREATE POLICY sign_in_session_closing_update ON sign_in_session FOR UPDATE TO {closing}
    USING ((SELECT closing_district()) IN (organization_id, provider_id))
    WITH CHECK (organization_id IS NULL AND provider_id IS NULL AND ended_at IS NOT NULL);
CREATE POLICY sign_in_session_closing_delete ON sign_in_session FOR DELETE TO {closing} USING (
    NOT EXISTS (SELECT FROM membership m WHERE m.person_id = sign_in_session.person_id)
    AND (SELECT closing_district()) IS NOT NULL);

-- Rows that never change are removed with their district, by that role and by nobody else.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_user = {closing_text} THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER plan_version_published ON plan_version;
CREATE TRIGGER plan_version_published BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH ROW WHEN (current_user <> {closing_text}) EXECUTE FUNCTION keep_published();
DROP TRIGGER board_memo_sent ON board_memo;
CREATE TRIGGER board_memo_sent BEFORE UPDATE OR DELETE ON board_memo
    FOR EACH ROW WHEN (current_user <> {closing_text}) EXECUTE FUNCTION keep_sent();
