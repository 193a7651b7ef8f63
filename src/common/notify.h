/* What a service manager is told (sd_notify(3)). */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

#define NOTIFY_READY "READY=1"
#define NOTIFY_STOPPING "STOPPING=1"

/* One datagram to NOTIFY_SOCKET; nothing where there is none. */
void notify_tell(const char *state);

#endif
