/* Giving up root's rights for those of a directory's owner, for good. */
#include "common/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err
become_user(const struct stat *dir, const char *name, struct fault *fault)
{
	struct passwd *user = getpwuid(dir->st_uid);
	gid_t gid = user ? user->pw_gid : dir->st_gid;
	int rc;

	rc = user ? initgroups(user->pw_name, gid) : setgroups(1, &gid);
	if (rc == 0)
		rc = setgid(gid);
	if (rc == 0)
		rc = setuid(dir->st_uid);
	if (rc != 0)
		return fault_add(fault, ERR_PLACE, NULL,
		    "cannot become user %lu, the owner of %s: %s",
		    (unsigned long)dir->st_uid, name, strerror(errno));
	return ERR_NONE;
}

enum err
user_become_owner(const char *dir, struct fault *fault)
{
	struct stat s;

	if (geteuid() != 0)
		return ERR_NONE;
	if (stat(dir, &s) < 0) {
		if (errno == ENOENT)
			return ERR_NONE;
		return fault_add(
		    fault, ERR_PLACE, NULL, "%s: %s", dir, strerror(errno));
	}
	if (s.st_uid == 0)
		return ERR_NONE;
	return become_user(&s, dir, fault);
}
