/* What other threads look at: counts, sessions, how receivers are taken. They
 * may see a draft. */
#include "queue/draft.h"
#include "queue/priv.h"

bool
queue_has_session(struct queue *q)
{
	bool any;

	pthread_mutex_lock(&q->mem.lock);
	any = q->mem.sessions != NULL;
	pthread_mutex_unlock(&q->mem.lock);
	return any;
}

void
queue_count(struct queue *q, struct queue_counts *out)
{
	memory_count(&q->mem, out);
	pthread_mutex_lock(&q->mem.lock);
	out->leased = q->kept.leased;
	out->reported = q->kept.reported;
	out->unknown_reports = q->kept.unknown_reports;
	out->freed = q->kept.freed;
	out->removed = q->kept.removed;
	pthread_mutex_unlock(&q->mem.lock);
}

void
queue_receiver(struct queue *q, int64_t webhook, struct queue_receiver *out)
{
	struct hook *h;

	*out = (struct queue_receiver){.breaker = FLOW_CLOSED};
	memory_lock(&q->mem);
	h = memory_hook(&q->mem, webhook);
	if (h) {
		const struct flow *f = &h->rules.endpoint->flow;

		out->breaker = f->state;
		out->troubles = f->troubles;
		out->retry_ms = f->retry_ms;
	}
	memory_unlock(&q->mem);
}
