package migrations

// Who may come in, and what they changed. Nothing in these tables lets its reader in: passwords, tokens and keys are stored as digests,
// secrets sealed.
var accessUp = []string{
	`CREATE TABLE IF NOT EXISTS access_invitations (digest TEXT NOT NULL PRIMARY KEY, expire_time $bigint NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS access_users (
		id TEXT NOT NULL PRIMARY KEY, admin $bigint NOT NULL, password TEXT NOT NULL, etag $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS access_sessions (
		digest TEXT NOT NULL PRIMARY KEY, user_id TEXT NOT NULL, create_time $bigint NOT NULL, expire_time $bigint NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS access_sessions_user ON access_sessions (user_id)`,
	`CREATE TABLE IF NOT EXISTS access_keys (
		id TEXT NOT NULL PRIMARY KEY, digest TEXT NOT NULL, old_digest TEXT, etag $bigint NOT NULL, data $blob NOT NULL)`,
	`CREATE TABLE IF NOT EXISTS secrets (id TEXT NOT NULL PRIMARY KEY, sealed TEXT NOT NULL, data $blob NOT NULL)`,
	// A change's record and its end are two rows, because neither may ever be changed.
	`CREATE TABLE IF NOT EXISTS audit_records (
		id TEXT NOT NULL PRIMARY KEY, time $bigint NOT NULL, actor TEXT NOT NULL, method TEXT NOT NULL, resource TEXT, data $blob NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS audit_records_actor ON audit_records (actor, id)`,
	`CREATE INDEX IF NOT EXISTS audit_records_resource ON audit_records (resource, id)`,
	`CREATE TABLE IF NOT EXISTS audit_outcomes (record TEXT NOT NULL PRIMARY KEY, resource TEXT, data $blob NOT NULL)`,
	`CREATE INDEX IF NOT EXISTS audit_outcomes_resource ON audit_outcomes (resource, record)`,

	// The database itself refuses to change what was recorded, whatever the program asks for. On SQLite INSERT OR REPLACE deletes without
	// firing delete triggers.
	onlySQLite + `CREATE TRIGGER IF NOT EXISTS audit_records_update BEFORE UPDATE ON audit_records BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END`,
	onlySQLite + `CREATE TRIGGER IF NOT EXISTS audit_records_delete BEFORE DELETE ON audit_records BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END`,
	onlySQLite + `CREATE TRIGGER IF NOT EXISTS audit_records_insert BEFORE INSERT ON audit_records WHEN EXISTS (SELECT 1 FROM audit_records WHERE id = NEW.id)
			BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END`,
	onlySQLite + `CREATE TRIGGER IF NOT EXISTS audit_outcomes_update BEFORE UPDATE ON audit_outcomes BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END`,
	onlySQLite + `CREATE TRIGGER IF NOT EXISTS audit_outcomes_delete BEFORE DELETE ON audit_outcomes BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END`,
	onlySQLite + `CREATE TRIGGER IF NOT EXISTS audit_outcomes_insert BEFORE INSERT ON audit_outcomes
			WHEN EXISTS (SELECT 1 FROM audit_outcomes WHERE record = NEW.record) BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END`,
	onlyPostgres + `CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''audit records are append-only''; END'`,
	onlyPostgres + `CREATE OR REPLACE TRIGGER audit_records_refuse BEFORE UPDATE OR DELETE ON audit_records FOR EACH ROW EXECUTE FUNCTION audit_refuse()`,
	onlyPostgres + `CREATE OR REPLACE TRIGGER audit_records_keep BEFORE TRUNCATE ON audit_records FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()`,
	onlyPostgres + `CREATE OR REPLACE TRIGGER audit_outcomes_refuse BEFORE UPDATE OR DELETE ON audit_outcomes FOR EACH ROW EXECUTE FUNCTION audit_refuse()`,
	onlyPostgres + `CREATE OR REPLACE TRIGGER audit_outcomes_keep BEFORE TRUNCATE ON audit_outcomes FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()`,
}

// The triggers go with their tables.
var accessDown = append(
	dropped("audit_outcomes", "audit_records", "secrets", "access_keys", "access_sessions", "access_users", "access_invitations"),
	onlyPostgres+"DROP FUNCTION IF EXISTS audit_refuse()",
)
