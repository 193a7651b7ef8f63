/* The dispatcher's life: ask, fill, step, report, wait. */
#ifndef DELIVERY_LOOP_H
#define DELIVERY_LOOP_H

#include "common/conf.h"
#include "common/err.h"

struct loop_options {
	const struct conf *conf;
	const char *version;
	bool drain;		/* leave when nothing is due nor in flight */
	bool on_demand;		/* leave when nothing came for the idle time */
	int signal_fd;		/* SIGTERM, SIGINT arrive here */
	void (*ready)(void);	/* once the owner was reached; may be NULL */
	void (*stopping)(void); /* asked to stop; may be NULL */
};

/* Runs until told to stop, or until drained. */
enum err loop_run(const struct loop_options *, struct fault *);

#endif
