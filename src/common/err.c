/* The table of outcomes and the list of told errors.
 *
 * Nothing here fails: a code outside the table is our own mistake. */
#include "common/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>

#include "common/mem.h"

static const struct err_row {
	int status;
	const char *code, *text;
	bool temporary;
} err_rows[ERR_COUNT] = {
    [ERR_NONE] = {200, "NONE", "no error", false},
#define X(name, status, code, temporary, text)                                 \
	[ERR_##name] = {status, code, text, temporary},
#include "common/err.def"
#undef X
};

static const struct err_row *
err_row(enum err e)
{
	assert((unsigned)e < ERR_COUNT);
	return &err_rows[e];
}

int
err_status(enum err e)
{
	int status = err_row(e)->status;

	return status ? status : 500;
}

const char *
err_code(enum err e)
{
	return err_row(e)->code;
}

const char *
err_text(enum err e)
{
	return err_row(e)->text;
}

bool
err_is_temporary(enum err e)
{
	return err_row(e)->temporary;
}

static void
fault_append(
    struct fault *f, enum err code, const char *message, const char *extra)
{
	struct fault_item *item = arena_alloc(f->arena, sizeof *item);

	*item = (struct fault_item){code, message, extra ? extra : "", NULL};
	if (f->last)
		f->last->next = item;
	else
		f->first = item;
	f->last = item;
}

enum err
fault_add(
    struct fault *f, enum err code, const char *extra, const char *format, ...)
{
	va_list args;

	if (!f)
		return code;
	va_start(args, format);
	fault_append(f, code, arena_vprintf(f->arena, format, args), extra);
	va_end(args);
	return code;
}

enum err
fault_plain(struct fault *f, enum err code)
{
	if (f)
		fault_append(f, code, err_text(code), NULL);
	return code;
}
