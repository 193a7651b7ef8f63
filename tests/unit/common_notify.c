/* The service manager's datagrams, at a path and at an abstract name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/notify.h"

static void
expect_told(const char *name)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char text[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t n = strlen(name);

	memcpy(at.sun_path, name, n);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(
	    0, bind(fd, (struct sockaddr *)&at,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)));
	assert_int_equal(0, setenv("NOTIFY_SOCKET", name, 1));
	notify_tell(NOTIFY_READY);
	assert_int_equal(7, recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT));
	assert_string_equal(text, "READY=1");
	notify_tell(NOTIFY_STOPPING);
	assert_int_equal(10, recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT));
	assert_string_equal(text, "STOPPING=1");
	close(fd);
}

static void
test_told(void **state)
{
	char dir[] = "/tmp/notify-XXXXXX", name[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "%s/socket", dir);
	expect_told(name);
	unlink(name);
	rmdir(dir);
	snprintf(name, sizeof(name), "@notify-%ld", (long)getpid());
	expect_told(name);
}

/* None, nobody there, too long: nothing happens. */
static void
test_nobody(void **state)
{
	char name[300];

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	notify_tell(NOTIFY_READY);
	setenv("NOTIFY_SOCKET", "", 1);
	notify_tell(NOTIFY_READY);
	setenv("NOTIFY_SOCKET", "/no/such/socket", 1);
	notify_tell(NOTIFY_READY);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	setenv("NOTIFY_SOCKET", name, 1);
	notify_tell(NOTIFY_READY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_told),
	    cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
