/* A copy of the store while it is used, ready to be opened.
 *
 * Berkeley DB copies its files page by page, then the log that was written
 * meanwhile; recovery from all of that log makes the copy one state. It is
 * done here at once, and every table is verified, so that a copy that was said
 * to be good needs nothing more than to be put in the store's place. */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "store/priv.h"

/* Log files must stay until they are copied; one backup at a time, so that the
 * second does not let them go under the first. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int
copy_files(struct store *store, const char *to)
{
	DB_ENV *env = store->env;
	int rc;

	pthread_mutex_lock(&one_at_a_time);
	rc = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 0);
	if (!rc)
		rc = env->backup(env, to, 0);
	(void)env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
	pthread_mutex_unlock(&one_at_a_time);
	return rc;
}

static int
recover_copy(const char *to)
{
	DB_ENV *env;
	int rc = db_env_create(&env, 0);

	if (rc)
		return rc;
	rc = env->open(env, to,
	    DB_CREATE | DB_INIT_TXN | DB_INIT_LOCK | DB_INIT_LOG |
		DB_INIT_MPOOL | DB_RECOVER_FATAL | DB_PRIVATE,
	    0600);
	if (!rc)
		rc = env->txn_checkpoint(env, 0, 0, DB_FORCE);
	if (env->close(env, 0) && !rc)
		rc = EIO;
	return rc;
}

static int
verify_table(const char *to, enum table table)
{
	struct arena *arena = arena_new();
	DB *db;
	int rc = db_create(&db, NULL, 0);

	/* verify ends the handle, whatever it finds */
	if (!rc)
		rc = db->verify(db,
		    arena_printf(arena, "%s/%s", to, table_name(table)), NULL,
		    NULL, 0);
	arena_free(arena);
	return rc;
}

static enum err
backup_fault(const char *to, const char *what, int rc, struct fault *fault)
{
	enum err e = db_err(rc);

	return fault_add(fault, e == ERR_FULL ? ERR_FULL : ERR_INTERNAL, NULL,
	    "no good copy in %s (%s: %s)", to, what, db_strerror(rc));
}

enum err
store_backup(struct store *store, const char *to, struct fault *fault)
{
	int rc;

	if (to[0] != '/' || mkdir(to, 0700) < 0)
		return fault_add(fault, ERR_PAYLOAD, NULL, "cannot make %s: %s",
		    to, to[0] != '/' ? "no absolute path" : strerror(errno));
	rc = copy_files(store, to);
	if (rc)
		return backup_fault(to, "copying", rc, fault);
	rc = recover_copy(to);
	if (rc)
		return backup_fault(to, "recovery", rc, fault);
	for (int i = 0; i < TABLE_COUNT; i++) {
		rc = verify_table(to, (enum table)i);
		if (rc)
			return backup_fault(
			    to, table_name((enum table)i), rc, fault);
	}
	return ERR_NONE;
}
