/* POST /webhooks/:id/test: a test event for one webhook, answered with its
 * first attempt, or after 10 s with the delivery's id (product chapter 2). */
#ifndef API_TRIAL_H
#define API_TRIAL_H

#include "api/api.h"

void trial_start(struct api *); /* sets api->trial */
/* A lease ended or the time has come: looks after the parked calls. Any
 * thread; nothing before trial_start. */
void trial_look(struct api *);
void trial_timer(struct api *);
void trial_stop(struct api *);

enum err trial_test(struct call *);

#endif
