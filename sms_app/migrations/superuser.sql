-- A superuser runs this once in the service's database; it may be repeated. `sms-app up` runs it at each start.
-- It takes from everyone but the owner and the monitoring roles the functions whose results tell that a row was written
-- behind the wall: counts of rows, sizes of files, locks, positions in the WAL, times of commits. pg_stat_activity stays.
do $$
declare
  function record;
  owner text := (select datdba::regrole::text from pg_database where datname = current_database());
begin
  for function in
    select p.oid::regprocedure::text as name from pg_proc p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' and (
      (p.proname like 'pg\_stat\_get\_%' and p.proname not in ('pg_stat_get_activity', 'pg_stat_get_progress_info'))
      or p.proname in (
        'pg_relation_size', 'pg_table_size', 'pg_indexes_size', 'pg_total_relation_size', 'pg_database_size',
        'pg_tablespace_size', 'pg_relation_filenode', 'pg_lock_status', 'pg_xact_commit_timestamp',
        'pg_xact_commit_timestamp_origin', 'pg_last_committed_xact', 'pg_current_wal_lsn',
        'pg_current_wal_insert_lsn', 'pg_current_wal_flush_lsn', 'pg_logical_emit_message', 'pg_control_checkpoint',
        'pg_control_recovery', 'pg_blocking_pids',
        -- a large object is a place to keep something that no list of tables shows
        'lo_create', 'lo_creat', 'lo_from_bytea'
      )
    )
  loop
    execute format('revoke execute on function pg_catalog.%s from public', function.name);
    execute format('grant execute on function pg_catalog.%s to %s, pg_monitor', function.name, owner);
  end loop;
end $$;

-- PostgreSQL's own log must not say which table refused a row of a hop. Of the roles that may insert behind the wall (in
-- the service it is web) it gets what ends a connection, and no error: the service logs those itself, without names. The
-- roles must be there, so run the script after `sms-app db roles` and `db upgrade`; it counts from the next connection on.
do $$
declare
  role name;
begin
  for role in
    select distinct r.rolname from pg_class c, aclexplode(c.relacl) a join pg_roles r on r.oid = a.grantee
    where c.oid = to_regclass('private.inbox') and a.privilege_type = 'INSERT' and a.grantee <> c.relowner
  loop
    execute format('alter role %I in database %I set log_min_messages = fatal', role, current_database());
    execute format('alter role %I in database %I set log_min_error_statement = panic', role, current_database());
  end loop;
end $$;
