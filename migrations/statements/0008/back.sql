DROP TRIGGER plan_version_published ON plan_version;
CREATE TRIGGER plan_version_published BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH ROW EXECUTE FUNCTION keep_published();
DROP TRIGGER board_memo_sent ON board_memo;
CREATE TRIGGER board_memo_sent BEFORE UPDATE OR DELETE ON board_memo FOR EACH ROW EXECUTE FUNCTION keep_sent();
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
DROP TABLE account_request, audit_era;
DROP FUNCTION closing_district(), keep_two_people();
DROP INDEX ix_audit_entry_person, ix_audit_entry_subject;
ALTER TABLE outgoing_mail DROP COLUMN attachments;
